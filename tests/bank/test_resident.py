"""What is read in memory is what a scan gives, whatever was read before; folds see every row once."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.bank.source import AS_OF, home_at, load, only, source_at
from wealthloop.bank import TABLES, BankTables, Fold, resident, storage_schema
from wealthloop.bank.resident import Days
from wealthloop.bank.versions import within_days
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home

_DAYS = [date(2026, 11, number) for number in (17, 18, 19, 20, 21)]
_SPANS: list[Days] = [(None, None), (_DAYS[2], None), (None, _DAYS[1]), (_DAYS[1], _DAYS[1]), (_DAYS[4], _DAYS[4])]
_MORE = {
    "contacts_2.csv": "contact_id,customer_id,at,channel,outcome,outcome_at\n"
    "K1,C1,2026-11-18 10:00:00,sms,read,2026-11-20 10:00:00\nK2,C2,2026-11-19 10:00:00,sms,,\n",
    "transactions_2.csv": "transaction_id,customer_id,at,kind,amount,known_at\n"
    "U1,C1,2026-11-18 09:00:00,buy,-5,2026-11-20 09:00:00\nU2,C2,2026-11-20 09:00:00,buy,-6,\n",
}


@pytest.fixture
def engine() -> DuckDBEngine:
    return DuckDBEngine(threads=1)


@pytest.fixture(params=["three loads", "a correction"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A home with rows that become known late; in one case with a key on two rows."""
    home = home_at(tmp_path)
    load(home, source_at(tmp_path))
    load(home, only(tmp_path, "more", _MORE))
    holdings = "customer_id,product_id,as_of,balance\nC1,P1,2026-11-20,7\n"
    corrected = "C1,P1,2026-11-19,9\n" if request.param == "a correction" else ""
    load(home, only(tmp_path, "last", {"holdings_3.csv": holdings + corrected}), as_of=AS_OF + timedelta(days=1))
    return home


def _sorted(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())


@pytest.mark.parametrize("days", _SPANS)
@pytest.mark.parametrize("large", [False, True])
def test_what_is_read_is_what_a_scan_gives(
    home: Home, engine: DuckDBEngine, days: Days, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr("wealthloop.bank.versions.LARGE", 0)
    bank = BankTables(home, engine)
    for name in ("customers", "holdings", "transactions", "contacts", "plans"):
        spec = TABLES[name]
        columns = storage_schema(spec).names
        for as_of in (None, _DAYS[1], AS_OF):
            scanned = engine.to_arrow(within_days(bank.scan(name, as_of=as_of), spec, days), name=name)
            found = bank.read(name, columns, as_of=as_of, days=days)
            assert found.schema.names == columns
            assert _sorted(found) == _sorted(scanned), (name, as_of)


def test_a_few_columns_are_enough_even_where_a_later_fact_is_hidden(home: Home, engine: DuckDBEngine) -> None:
    bank = BankTables(home, engine)
    assert bank.read("contacts", ["outcome"], as_of=_DAYS[1])["outcome"].to_pylist() == [None]
    assert sorted(bank.read("contacts", ["outcome"], as_of=AS_OF)["outcome"].to_pylist(), key=str) == [None, "read"]


def _step(known: tuple[str, ...], rows: pa.Table) -> tuple[str, ...]:
    return tuple(sorted([*known, *map(repr, rows.to_pylist())]))


@pytest.mark.parametrize("table", ["holdings", "transactions"])
def test_a_fold_sees_every_known_row_once_on_whatever_night_it_is_asked(
    home: Home, engine: DuckDBEngine, table: str
) -> None:
    columns = tuple(storage_schema(TABLES[table]).names)
    fold: Fold[tuple[str, ...]] = Fold(
        name=f"rows of {table}",
        table=table,
        columns=columns,
        start=(),
        step=_step,
    )
    bank = BankTables(home, engine)
    for as_of in (*_DAYS, *reversed(_DAYS), *_DAYS):
        for before in (None, *_DAYS):
            last = None if before is None else before - timedelta(days=1)
            expected = bank.read(table, columns, as_of=as_of, days=(None, last))
            assert bank.folded(fold, as_of=as_of, before=before) == tuple(sorted(map(repr, expected.to_pylist())))


def test_a_home_that_takes_the_place_of_another_is_read_anew(tmp_path: Path, engine: DuckDBEngine) -> None:
    found = []
    for amount in ("1", "2"):
        folder = tmp_path / "same"
        home = home_at(folder)
        load(
            home,
            source_at(folder, {"holdings.csv": f"customer_id,product_id,as_of,balance\nC1,P1,2026-11-19,{amount}\n"}),
        )
        found += BankTables(home, engine).read("holdings", ["balance"])["balance"].to_pylist()
        folder.rename(tmp_path / f"was-{amount}")
    assert found == [100, 200]


def test_columns_that_were_not_used_for_longest_are_forgotten(
    home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident, "_MOST_BYTES", 1)
    bank = BankTables(home, engine)
    first = bank.read("holdings", ["customer_id", "balance"])
    assert bank.read("transactions", ["amount"]).num_rows > 0
    assert bank.read("holdings", ["customer_id", "balance"]).equals(first)
