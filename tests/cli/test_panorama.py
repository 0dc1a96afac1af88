"""A customer explained and shown from the command line, on a bank that is just CSV files."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.bank.source import source_at
from tests.conftest import command, json_of

from wealthloop.kit import Home

ON = ("--as-of", "2026-11-20")
SHAPE = [
    "shape", "customer_id", "as_of", "profile", "profile_sources", "wallet", "wallet_basis", "tags", "explained",
    "features", "scores", "outside", "withheld", "days", "aum", "holdings", "happenings", "contacts", "complaints",
    "plans", "lists", "missing",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a bank of three CSV files on which no night has run."""
    folder = tmp_path_factory.mktemp("bank")
    json_of("ingest", source_at(folder), "--home", folder / "home", *ON)
    return folder / "home"


def test_a_bank_of_csv_files_gives_panoramas_and_explained_tags_before_any_night(home: Path) -> None:
    seen = json_of("panorama", "C1", "--home", home, *ON)
    assert list(seen) == SHAPE
    assert (seen["shape"], seen["customer_id"], seen["as_of"]) == (1, "C1", "2026-11-20")
    first = seen["features"][0]
    assert set(first) == {"name", "words", "value", "unit", "made_by", "sources", "as_of", "assumed"}
    assert "张" not in json.dumps(seen, ensure_ascii=False)
    told = json_of("tags", "explain", "C1", "--home", home, *ON, alone=True)
    assert [one["tag"] for one in told["tags"]] == [one["tag"] for one in seen["explained"]]
    assert told["tags"] == seen["explained"]


def test_people_read_tables_and_an_unknown_customer_is_said_to_be_unknown(home: Path, tmp_path: Path) -> None:
    told = command("tags", "explain", "C1", "--home", home).stdout
    assert "客户层级" in told
    assert "owner channel" in told
    assert "customers.open_date" in command("panorama", "C1", "--home", home).stdout
    assert "no such customer" in command("panorama", "C99", "--home", home, *ON, code=4).stderr
    empty = Home.create(tmp_path / "empty").root
    assert "wealthloop ingest" in command("tags", "explain", "C1", "--home", empty, code=2).stderr


def test_scores_of_a_night_name_their_model_and_its_version(demo: tuple[Path, dict[str, Any]]) -> None:
    bank, printed = demo
    table = pq.read_table(bank / "scores" / f"{printed['as_of']}.parquet")
    model = next(name for name in table.column_names[1:] if table[name].null_count < table.num_rows)
    place = next(place for place, value in enumerate(table[model].to_pylist()) if value is not None)
    seen = json_of("panorama", table["customer_id"][place].as_py(), "--home", bank)
    score = next(one for one in seen["scores"] if one["model_id"] == model)
    assert score["value"]["value"] == table[model][place].as_py()
    assert score["value"]["made_by"] == f"model {model} {score['version']}"
    assert "holdings.balance" in score["value"]["sources"]
    assert score["flags"]


def test_a_night_keeps_wallets_and_the_panorama_shows_one_with_its_provenance(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    home, night = demo
    table = pq.read_table(home / "insight" / "wallet" / f"{night['as_of']}.parquet")
    row = table.to_pylist()[0]
    seen = json_of("panorama", row["customer_id"], "--home", home)
    told = {one["name"]: one for one in seen["wallet"]}
    assert {name: told[name]["value"] for name in told if name != "verified_on"} == {
        name: row[name] for name in told if name != "verified_on"
    }
    assert {"holdings.balance", "external_tags.consent_ref"} <= set(told["off_bank"]["sources"])
    assert seen["wallet_basis"]["en"].startswith(("estimated", "verified"))
    because = [one for one in seen["missing"] if one["what"] == "off_bank_interval"]
    assert bool(because) == (row["no_interval_because"] is not None)
