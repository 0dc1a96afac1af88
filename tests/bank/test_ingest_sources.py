"""Encodings, folders, archives and Parquet."""

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.bank.source import FILES, home_at, load, only, rows, source_at
from wealthloop.bank.converted import Cells
from wealthloop.bank.encoding import detect
from wealthloop.bank.sources import table_of
from wealthloop.errors import BankDataError, GateStopped

_CUSTOMERS = FILES["customers.csv"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_each_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    home = home_at(tmp_path)
    report = load(home, source_at(tmp_path, {"customers.csv": _CUSTOMERS.encode(encoding)}))
    assert report.files["customers.csv"].encoding == encoding
    names = {row["customer_id"]: home.cipher.decrypt(row["name"]) for row in rows(home, "customers")}
    assert names["C7"] == "张三7"


def test_a_line_with_a_bad_byte_is_kept_aside_and_the_others_load(tmp_path: Path) -> None:
    lines = _CUSTOMERS.encode().split(b"\n")
    lines[3] = lines[3].replace("张".encode(), b"\xff")
    home = home_at(tmp_path)
    source = source_at(tmp_path, {"customers.csv": b"\n".join(lines)})
    with pytest.raises(GateStopped, match="unreadable_encoding 1"):
        load(home, source)
    report = load(home, source, accept=True)
    assert (report.tables["customers"].accepted, report.examples["customers"][0].line) == (9, 4)
    assert report.files["customers.csv"].fault == "line 4, rule unreadable_encoding: a byte that is not utf-8"


def test_a_file_in_no_known_encoding_is_refused_with_its_first_bad_line(tmp_path: Path) -> None:
    with pytest.raises(BankDataError, match=r"customers\.csv, line 1, rule unreadable_encoding"):
        load(home_at(tmp_path), source_at(tmp_path, {"customers.csv": _CUSTOMERS.encode("utf-16")}))


def test_broken_gb18030_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("编号,名称\n1,好\n2,".encode("gb18030") + b"\xff\n")
    found = detect(path)
    assert (found.name, found.bad_line) == ("gb18030", 3)


def test_broken_utf8_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("编号,名称\n1,好\n2,".encode() + b"\xc4\xe3\n")
    found = detect(path)
    assert (found.name, found.bad_line) == ("utf-8", 3)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("customers.csv", "customers"),
        ("2026/app_events_20261119.parquet", "app_events"),
        ("holdings/part-0.csv", "holdings"),
        ("notes.csv", None),
    ],
)
def test_a_file_name_tells_its_table(name: str, table: str | None) -> None:
    assert table_of(name) == table


def test_folders_are_searched_to_the_bottom_and_strangers_are_named(tmp_path: Path) -> None:
    source = source_at(tmp_path, {"deep/er/staff.csv": "staff_id,role,branch_id\nS1,rm,B1\n", "notes.csv": "a\n1\n"})
    report = load(home_at(tmp_path), source)
    assert report.tables["staff"].accepted == 1
    assert report.ignored_files == ("notes.csv",)


def test_an_archive_is_a_folder(tmp_path: Path) -> None:
    archive = tmp_path / "in.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name, text in FILES.items():
            made.writestr(f"银行/{name}", text)
    report = load(home_at(tmp_path), archive)
    assert sorted(report.files) == sorted(f"银行/{name}" for name in FILES)


def test_quoted_cells_over_several_lines_keep_line_numbers_right(tmp_path: Path) -> None:
    text = 'product_id,name,category,regime\nP1,"two\nlines",demand,deposit\n\nP2,x,nonsense,deposit\n'
    report = load(home_at(tmp_path), source_at(tmp_path, {"products.csv": text}), accept=True)
    assert report.examples["products"][0].line == 5


def test_a_source_without_data_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BankDataError, match=r"no \.csv and no \.parquet"):
        load(home_at(tmp_path), tmp_path / "empty")
    with pytest.raises(BankDataError, match="no such file"):
        load(home_at(tmp_path), tmp_path / "nowhere")


def _parquet(folder: Path, amounts: Cells, at: Cells) -> Path:
    n = len(amounts)
    source = source_at(folder, {"transactions.csv": None})
    columns = {
        "transaction_id": pa.array(range(n), pa.int64()), "customer_id": ["C1"] * n, "at": at, "kind": ["fee"] * n,
        "amount": amounts,
    }  # fmt: skip
    pq.write_table(pa.table(columns), source / "transactions.parquet")
    return source


def test_parquet_money_is_rounded_to_the_fen_or_refused(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    amounts = pa.array([0.1 + 0.2, -37.19, 1.005, float("inf"), None], pa.float64())
    at = pa.array([datetime(2026, 11, 19, 8)] * 5, pa.timestamp("us"))  # noqa: DTZ001
    report = load(home, _parquet(tmp_path, amounts, at), accept=True)
    assert report.tables["transactions"].reasons == {"missing_value": 1, "money_precision": 1, "wrong_type": 1}
    assert [row["amount"] for row in rows(home, "transactions")] == [30, -3719]
    assert [row.line for row in report.examples["transactions"]] == [4, 3, 5]


def test_parquet_decimals_and_zoned_instants_are_exact(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    at = pa.array([datetime(2026, 11, 18, 20, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    load(home, _parquet(tmp_path, pa.array([Decimal("12.340")], pa.decimal128(12, 3)), at))
    (row,) = rows(home, "transactions")
    assert (row["amount"], row["at"].isoformat(), row["at_day"]) == (1234, "2026-11-18T20:00:00", date(2026, 11, 19))


def test_a_zone_less_parquet_instant_is_wall_time_of_the_bank(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    at = pa.array([datetime(2026, 11, 19, 0, 30)], pa.timestamp("ns"))  # noqa: DTZ001
    load(home, _parquet(tmp_path, pa.array([1], pa.int32()), at))
    (row,) = rows(home, "transactions")
    assert (row["transaction_id"], row["amount"], row["at"].isoformat()) == ("0", 100, "2026-11-18T16:30:00")


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BankDataError, match=r"staff\.parquet: not readable as parquet"):
        load(home_at(tmp_path), source_at(tmp_path, {"staff.parquet": b"nonsense"}))


def test_one_day_of_one_table_loads_into_a_home_that_has_the_others(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    day = "transaction_id,customer_id,at,kind,amount\nT50,C1,2026-11-20 10:00:00,fee,1\n"
    report = load(home, only(tmp_path, "day", {"transactions_20261120.csv": day}))
    assert report.changes["transactions"].added == 1
    assert len(rows(home, "transactions")) == 10
