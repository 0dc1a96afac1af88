"""The ledger is written once, in the same bytes, and never rewritten."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.ledger.rows import decisions
from wealthloop import ledger
from wealthloop.errors import Conflict, InvalidInput, NotFound
from wealthloop.kit import Home, file_hash


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home", salt="a-test-salt")


def test_a_run_is_read_back_as_it_was_written(home: Home) -> None:
    ledger.write(home, "run1", decisions())
    assert ledger.read(home).equals(decisions().cast(ledger.DECISIONS))


def test_i14_the_same_decisions_in_another_order_make_the_same_bytes(home: Home, tmp_path: Path) -> None:
    other = Home.create(tmp_path / "other", salt="another-salt")
    table = decisions()
    first = ledger.write(home, "run1", table)
    shuffled = table.take([3, 1, 4, 0, 2]).select(list(reversed(table.column_names)))
    assert ledger.write(other, "run1", shuffled) == first
    assert ledger.paths(home)[0].read_bytes() == ledger.paths(other)[0].read_bytes()


def test_the_digest_is_of_the_file(home: Home) -> None:
    written = ledger.write(home, "run1", decisions())
    assert written == ledger.digest(home, "run1") == file_hash(ledger.paths(home)[0])


def test_a_second_write_of_the_same_content_changes_nothing(home: Home) -> None:
    first = ledger.write(home, "run1", decisions())
    before = ledger.paths(home)[0].stat().st_mtime_ns
    assert ledger.write(home, "run1", decisions()) == first
    assert ledger.paths(home)[0].stat().st_mtime_ns == before


def test_a_second_write_of_other_content_is_refused_and_the_first_stays(home: Home) -> None:
    first = ledger.write(home, "run1", decisions())
    table = decisions()
    changed = table.set_column(table.schema.get_field_index("value"), "value", pc.add(table["value"], 1))
    with pytest.raises(Conflict, match="never rewritten"):
        ledger.write(home, "run1", changed)
    assert ledger.digest(home, "run1") == first


def test_an_empty_night_has_a_ledger_too(home: Home) -> None:
    ledger.write(home, "run1", ledger.DECISIONS.empty_table())
    assert ledger.read(home).num_rows == 0
    assert len(ledger.paths(home)) == 1


def test_a_home_without_runs_reads_as_no_decisions(home: Home) -> None:
    assert ledger.read(home).schema.equals(ledger.DECISIONS)
    assert ledger.paths(home) == ()


def test_all_runs_are_read_in_the_order_of_their_days(home: Home) -> None:
    ledger.write(home, "aaa", decisions("aaa", as_of=date(2026, 11, 21)))
    ledger.write(home, "bbb", decisions("bbb", as_of=date(2026, 11, 20)))
    assert ledger.read(home)["run_id"].to_pylist() == ["bbb"] * 5 + ["aaa"] * 5


def test_a_missing_or_unknown_column_is_named(home: Home) -> None:
    with pytest.raises(InvalidInput, match=r"missing \['arm'\]"):
        ledger.write(home, "run1", decisions().drop_columns(["arm"]))
    with pytest.raises(InvalidInput, match=r"unknown \['mood'\]"):
        ledger.write(home, "run1", decisions().append_column("mood", pa.array([1] * 5)))


def test_an_empty_cell_where_one_is_needed_is_refused(home: Home) -> None:
    table = decisions()
    holed = table.set_column(table.schema.get_field_index("arm"), "arm", pa.array([None, "a", "a", "a", "a"]))
    with pytest.raises(InvalidInput, match="column arm has empty cells"):
        ledger.write(home, "run1", holed)


def test_a_decision_that_occurs_twice_is_refused(home: Home) -> None:
    with pytest.raises(InvalidInput, match="occurs twice"):
        ledger.write(home, "run1", pa.concat_tables([decisions(), decisions()]))


def test_a_row_of_another_run_is_refused(home: Home) -> None:
    with pytest.raises(InvalidInput, match="another run_id"):
        ledger.write(home, "run2", decisions("run1"))


def test_a_run_id_that_leaves_the_ledger_is_refused(home: Home) -> None:
    with pytest.raises(InvalidInput, match="letters and digits"):
        ledger.write(home, "../run1", decisions())


def test_the_digest_of_an_unknown_run_is_not_found(home: Home) -> None:
    with pytest.raises(NotFound):
        ledger.digest(home, "run9")


def test_no_temporary_file_is_left_beside(home: Home) -> None:
    ledger.write(home, "run1", decisions())
    assert [file.name for file in (home.ledger / "run1").iterdir()] == ["decisions.parquet"]
    assert pq.ParquetFile(ledger.paths(home)[0]).metadata.num_rows == 5


def test_a_file_from_before_a_column_was_declared_is_read_with_that_column_empty(home: Home) -> None:
    ledger.write(home, "run1", decisions())
    file = ledger.paths(home)[0]
    late = ["lottery", "unit", "held_by", "market"]
    pq.write_table(pq.read_table(file).drop_columns(late), file)
    ledger.write(home, "run2", decisions("run2"))
    for table in (ledger.read(home), ledger.read_run(home, "run1")):
        assert table.schema.equals(ledger.DECISIONS)
        assert table["lottery"].null_count == table.num_rows


def test_units_are_customers_of_a_version_each_once_by_a_day(home: Home) -> None:
    ledger.write(home, "run1", decisions())
    ledger.write(home, "run2", decisions("run2", n=7, as_of=date(2026, 11, 21)))
    ledger.write(home, "run3", decisions("run3", n=2, strategy_id="idle"))
    assert ledger.units(home, as_of=date(2026, 11, 20)) == {("maturity", 1): 5, ("idle", 1): 2}
    assert ledger.units(home, as_of=date(2026, 11, 21)) == {("maturity", 1): 7, ("idle", 1): 2}


def test_a_home_without_decisions_has_no_units(home: Home) -> None:
    assert ledger.units(home, as_of=date(2026, 11, 20)) == {}
