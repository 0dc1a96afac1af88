"""Features from the command line, on a bank that is just CSV files."""

from pathlib import Path

import pyarrow.parquet as pq
from tests.bank.source import source_at
from tests.conftest import command, json_of

from wealthloop.features import FEATURES

ON = ("--as-of", "2026-11-20")


def test_a_bank_of_csv_files_gives_a_parquet_with_a_column_a_feature_and_the_same_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    json_of("ingest", source_at(tmp_path), "--home", home, *ON)
    told = json_of("features", "build", "--home", home, *ON)
    table = pq.read_table(told["path"])
    assert table.column_names == ["customer_id", *(feature.name for feature in FEATURES)]
    assert (told["rows"], told["features"]) == (table.num_rows, len(FEATURES))
    assert told["seconds"] > 0
    assert told["peak_mb"] > 0
    first = Path(told["path"]).read_bytes()
    command("features", "build", "--home", home, *ON, "--anew", alone=True)
    assert Path(told["path"]).read_bytes() == first


def test_the_catalogue_is_listed_and_explained_and_wrong_names_are_said_to_be_wrong(tmp_path: Path) -> None:
    listed = json_of("features", "list")["features"]
    assert [one["name"] for one in listed] == [feature.name for feature in FEATURES]
    contacts = json_of("features", "list", "--table", "contacts")["features"]
    assert contacts
    assert all("contacts" in " ".join(one["lineage"]) for one in contacts)
    told = json_of("features", "explain", "buy_fund_sum_90d")
    assert told["unit"] == "fen"
    assert told["lineage"] == ["transactions.at", "transactions.kind", "transactions.product_id", "products.category",
                               "transactions.amount"]  # fmt: skip
    assert "近 90 天购买非货币基金金额" in command("features", "explain", "buy_fund_sum_90d").stdout
    assert "catalogue" in command("features", "explain", "no_such", code=4).stderr
    assert "must be one of" in command("features", "list", "--table", "nothing", code=2).stderr
    assert "wealthloop ingest" in command("features", "build", "--home", _empty(tmp_path), *ON, code=2).stderr


def _empty(tmp_path: Path) -> Path:
    home = tmp_path / "none"
    command("ingest", tmp_path / "nothing", "--home", home, *ON, code=2)
    return home
