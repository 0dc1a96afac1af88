"""Versions: what is known as of a day, corrections, loading again, and a crash before the swap."""

from datetime import date, datetime
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pytest

from tests.bank.source import AS_OF, FILES, home_at, load, only, rows, source_at
from wealthloop.bank import TABLES, BankTables, storage_schema
from wealthloop.bank.alone import only_load
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import Conflict
from wealthloop.kit import Home

_HOLDINGS = "customer_id,product_id,as_of,balance\n"


def _bank(home: Home) -> BankTables:
    return BankTables(home, DuckDBEngine())


def _balance(home: Home, as_of: date | None) -> list[int]:
    return [row["balance"] for row in rows(home, "holdings", as_of=as_of) if row["customer_id"] == "C1"]


def _corrected(folder: Path, text: str, *, name: str, as_of: date) -> Home:
    home = home_at(folder)
    load(home, source_at(folder))
    load(home, only(folder, name, {f"holdings_{name}.csv": _HOLDINGS + text}), as_of=as_of)
    return home


def test_a_scan_has_every_contract_column_and_the_bank_day_of_at(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    engine = DuckDBEngine()
    for name, spec in TABLES.items():
        found = engine.to_arrow(BankTables(home, engine).scan(name, as_of=AS_OF), name=name)
        assert found.schema.names == storage_schema(spec).names
    assert storage_schema(TABLES["transactions"]).field("at_day").type == pa.date32()
    assert storage_schema(TABLES["holdings"]).field("balance").type == pa.int64()


def test_an_absent_table_is_an_empty_expression(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    bank = _bank(home)
    assert (bank.has("customers"), bank.has("plans")) == (True, False)
    assert "plans" in bank.absent()
    assert rows(home, "plans") == []
    assert bank.last_day() == date(2026, 11, 19)


def test_a_snapshot_of_a_day_is_seen_as_of_that_day_and_not_before(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    seen = [{row["as_of"].day for row in rows(home, "holdings", as_of=date(2026, 11, day))} for day in (17, 18, 19)]
    assert seen == [set(), {18}, {18, 19}]


def test_an_instant_is_known_from_itself(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    assert rows(home, "transactions", as_of=date(2026, 11, 18)) == []
    seen = rows(home, "transactions", as_of=date(2026, 11, 19))
    assert all(row["known_at"] == row["at"] for row in seen)
    assert len(seen) == 9


def test_a_customer_of_tomorrow_is_not_known_today(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    known = {row["open_date"].day for row in rows(home, "customers", as_of=date(2020, 1, 4))}
    assert known == {1, 2, 3, 4}


def test_a_row_without_event_time_is_always_known(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path, {"branches.csv": "branch_id,name\nB1,x\n"}))
    (row,) = rows(home, "branches", as_of=date(1970, 1, 1))
    assert row["known_at"] == datetime(1970, 1, 1)  # noqa: DTZ001 - stored without a zone


def test_loading_the_same_files_again_changes_nothing(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    first = load(home, source_at(tmp_path))
    before, current = _bank(home).version(), (home.tables / "CURRENT").read_bytes()
    again = load(home, source_at(tmp_path))
    assert _bank(home).version() == before
    assert (home.tables / "CURRENT").read_bytes() == current
    assert again.tables == first.tables
    assert all(file.seen_before for file in again.files.values())


def test_rows_that_are_known_already_are_accepted_and_not_written_twice(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    more = FILES["holdings.csv"] + "C1,P2,2026-11-19,1\n"
    report = load(home, source_at(tmp_path, {"holdings.csv": more}))
    changes = report.changes["holdings"]
    assert (changes.added, changes.corrected, changes.unchanged) == (1, 0, 20)
    assert report.tables["holdings"].accepted == 21
    assert len(rows(home, "holdings")) == 21


def test_a_correction_is_known_from_the_end_of_the_day_of_its_load(tmp_path: Path) -> None:
    home = _corrected(tmp_path, "C1,P1,2026-11-18,7\n", name="fix", as_of=date(2026, 11, 22))
    assert _balance(home, date(2026, 11, 21)) == [10_050, 10_050]
    assert sorted(_balance(home, date(2026, 11, 22))) == [700, 10_050]
    assert sorted(_balance(home, None)) == [700, 10_050]


def test_of_two_corrections_of_one_day_the_later_load_counts(tmp_path: Path) -> None:
    home = _corrected(tmp_path, "C1,P1,2026-11-18,7\n", name="one", as_of=AS_OF)
    load(home, only(tmp_path, "two", {"holdings_two.csv": f"{_HOLDINGS}C1,P1,2026-11-18,8\n"}))
    assert sorted(_balance(home, AS_OF)) == [800, 10_050]
    load(home, only(tmp_path, "three", {"holdings_three.csv": f"{_HOLDINGS}C1,P1,2026-11-18,8\n"}))
    assert sorted(_balance(home, AS_OF)) == [800, 10_050]
    assert len(rows(home, "holdings", as_of=AS_OF)) == 20


def test_a_stated_known_at_orders_the_versions_of_a_row(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    told = (
        "customer_id,product_id,as_of,balance,known_at\nC1,P1,2026-11-01,1,2026-11-02 09:00:00\n"
        "C1,P1,2026-11-01,2,2026-11-05 09:00:00\nC1,P1,2026-11-01,3,2026-11-04 09:00:00\n"
    )
    load(home, source_at(tmp_path, {"holdings.csv": told}))
    seen = [_balance(home, date(2026, 11, day)) for day in (1, 2, 3, 4, 5)]
    assert seen == [[], [100], [100], [300], [200]]


def test_a_later_outcome_is_not_seen_before_its_time(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    contacts = "contact_id,customer_id,at,channel,outcome,outcome_at\nK1,C1,2026-11-01 10:00,rm,won,2026-11-09 10:00\n"
    books = "customer_id,rm_id,from,to\nC1,R1,2026-01-01,2026-11-09\n"
    load(home, source_at(tmp_path, {"contacts.csv": contacts, "book_assignments.csv": books}))
    seen = [(row["outcome"], row["outcome_at"]) for row in rows(home, "contacts", as_of=date(2026, 11, 8))]
    assert seen == [(None, None)]
    assert rows(home, "contacts", as_of=date(2026, 11, 9))[0]["outcome"] == "won"
    assert [rows(home, "book_assignments", as_of=date(2026, 11, day))[0]["to"] for day in (8, 9)] == [
        None,
        date(2026, 11, 9),
    ]


def test_i15_what_is_learned_after_a_day_changes_nothing_as_of_that_day(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    as_of = date(2026, 11, 19)
    before = {name: rows(home, name, as_of=as_of) for name in ("customers", "holdings", "transactions")}
    late = {
        "customers_l.csv": "customer_id,birth_year,open_date\nC1,1999,2020-01-01\nC77,1999,2026-11-20\n",
        "holdings_l.csv": f"{_HOLDINGS}C1,P1,2026-11-18,1\nC2,P1,2026-11-20,1\n",
        "transactions_l.csv": "transaction_id,customer_id,at,kind,amount\nT1,C9,2026-11-01,fee,9\n"
        "T88,C1,2026-11-20 08:00,fee,9\n",
    }
    load(home, only(tmp_path, "late", late), as_of=date(2026, 11, 20))
    after = {name: rows(home, name, as_of=as_of) for name in before}
    key = repr
    assert {name: sorted(found, key=key) for name, found in after.items()} == {
        name: sorted(found, key=key) for name, found in before.items()
    }
    assert len(rows(home, "transactions", as_of=date(2026, 11, 20))) == 10


def test_a_crash_before_the_swap_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    before, seen = _bank(home).version(), rows(home, "holdings")
    day = only(tmp_path, "day", {"holdings_d.csv": f"{_HOLDINGS}C1,P1,2026-11-20,1\n"})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(import_module("wealthloop.bank.ingest"), "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            load(home, day)
    assert (home.tables / "holdings" / "part-000002.parquet").exists()
    assert (_bank(home).version(), rows(home, "holdings")) == (before, seen)
    load(home, day)
    assert len(rows(home, "holdings")) == len(seen) + 1


def test_a_reader_keeps_the_version_with_which_it_began(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    reader = _bank(home)
    before = reader.version()
    load(home, only(tmp_path, "day", {"holdings_d.csv": f"{_HOLDINGS}C1,P1,2026-11-20,1\n"}))
    assert reader.version() == before
    assert _bank(home).version() != before


def test_two_loads_of_one_home_at_once_are_refused(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    with only_load(home), pytest.raises(Conflict, match="another load"):
        load(home, source_at(tmp_path))


def test_i15_two_futures_in_one_file_look_the_same_before_them(tmp_path: Path) -> None:
    as_of = date(2026, 11, 18)
    seen: list[list[dict[str, object]]] = []
    for future in ("C1,P1,2026-11-19,1\n", "C5,P9,2026-11-19,999\nC6,P9,2026-11-20,5\n"):
        folder = tmp_path / str(len(seen))
        past = f"{_HOLDINGS}C1,P1,2026-11-18,10\nC2,P1,2026-11-18,20\n"
        home = home_at(folder)
        load(home, source_at(folder, {"holdings.csv": past + future}))
        seen.append(rows(home, "holdings", as_of=as_of))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 2
