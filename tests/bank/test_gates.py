"""Gates: rows that moved, rows that are bad; a person decides."""

from pathlib import Path

import pytest

from tests.bank.source import FILES, home_at, load, rows, source_at
from wealthloop.bank import refused_rows, reports
from wealthloop.errors import GateStopped

_T = "transaction_id,customer_id,at,kind,amount\n"


def _transactions(n: int, *, bad: int = 0, first: int = 0) -> str:
    good = "".join(f"T{first + row},C1,2026-11-19 10:00:00,fee,1\n" for row in range(n - bad))
    return _T + good + "".join(f"B{row},C1,never,fee,1\n" for row in range(bad))


def test_bad_rows_over_half_a_percent_stop_the_load_and_are_kept(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    source = source_at(tmp_path, {"transactions.csv": _transactions(1000, bad=6)})
    with pytest.raises(GateStopped, match=r"6 of 1,000 rows refused \(0\.60%, at most 0\.5%\).*--accept") as stopped:
        load(home, source)
    assert stopped.value.exit_code == 3
    assert not (home.tables / "CURRENT").exists()
    assert reports(home)[-1].status == "stopped"
    assert len(refused_rows(home, 1, "transactions")) == 6
    assert load(home, source, accept=True).status == "loaded"
    assert len(rows(home, "transactions")) == 994


def test_bad_rows_of_half_a_percent_load(tmp_path: Path) -> None:
    report = load(home_at(tmp_path), source_at(tmp_path, {"transactions.csv": _transactions(1000, bad=5)}))
    assert report.status == "loaded"


@pytest.mark.parametrize(("rows_now", "stops"), [(79, True), (80, False), (120, False), (121, True)])
def test_a_file_that_moves_by_more_than_a_fifth_stops_the_load(tmp_path: Path, rows_now: int, stops: bool) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path, {"transactions.csv": _transactions(100)}))
    source = source_at(tmp_path, {"transactions.csv": _transactions(rows_now, first=1000)})
    if not stops:
        assert load(home, source).status == "loaded"
        return
    with pytest.raises(GateStopped, match=rf"transactions\.csv has {rows_now} rows, 100 in the load before"):
        load(home, source)
    assert len(rows(home, "transactions")) == 100
    assert load(home, source, accept=True).changes["transactions"].added == rows_now


def test_a_file_of_another_name_is_not_held_against_it(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    load(home, source_at(tmp_path, {"transactions.csv": _transactions(100)}))
    day = source_at(tmp_path, {"transactions.csv": None, "transactions_20261120.csv": _transactions(3, first=500)})
    assert load(home, day).status == "loaded"


def test_the_first_load_of_a_file_has_nothing_to_be_held_against(tmp_path: Path) -> None:
    assert load(home_at(tmp_path), source_at(tmp_path)).gates == ()


def test_a_table_stopped_by_a_gate_holds_the_other_tables_back(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    with pytest.raises(GateStopped):
        load(home, source_at(tmp_path, {"holdings.csv": FILES["holdings.csv"] + "C1,P1,never,1\n"}))
    assert rows(home, "customers") == []
