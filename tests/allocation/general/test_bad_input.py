"""What cannot be right is refused with file, row, column, rule and what to do; nothing is written then."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.allocation.general.checker import broken, rows_of
from tests.allocation.general.problems import candidate, limit, write
from wealthloop.allocation.general import Infeasible, allocate
from wealthloop.engines import DuckDBEngine
from wealthloop.errors import InvalidInput

TWO = [candidate("c1", "a", "rm", 5.0, cards=1.0, rm="r1"), candidate("c2", "a", "rm", 3.0, cards=1.0, rm="r2")]
CARDS = [limit("cards", 1.0, "rm")]


@pytest.mark.parametrize(
    ("candidates", "capacities", "limits", "says"),
    [
        (
            [TWO[0] | {"value": float("nan")}],
            CARDS,
            "",
            r"candidates.parquet row 1, column value == nan, must be a finite",
        ),
        (
            [TWO[0], TWO[1] | {"value": None}],
            CARDS,
            "",
            r"candidates.parquet row 2, column value == None, must not be blank",
        ),
        ([TWO[0] | {"cards": -1.0}], CARDS, "", r"row 1, column cards == -1.0, must not be negative"),
        ([TWO[0] | {"cards": float("inf")}], CARDS, "", r"row 1, column cards == inf, must be a finite"),
        ([TWO[0] | {"customer": None}], CARDS, "", r"row 1, column customer == None, must not be blank"),
        ([TWO[0], TWO[1], TWO[0]], CARDS, "", r"row 3: customer c1, action a, channel rm stands in an earlier row"),
        (TWO, [limit("cards", 1.0, "rm", "r1")], "", r"row 2, column rm == r2, must be a key of cards in capacities"),
        ([TWO[0] | {"rm": None}], CARDS, "", r"row 1, column rm == \(blank\), must be a key of cards"),
        (
            TWO,
            [limit("cards", -2.0, "rm")],
            "",
            r"capacities.parquet row 1, column capacity == -2.0, must not be negative",
        ),
        (
            TWO,
            [limit("cards", float("nan"), "rm")],
            "",
            r"capacities.parquet row 1, column capacity == nan, must be a number",
        ),
        (TWO, [limit("cards", 1.0, "rm", "", -1.0)], "", r"row 1, column minimum == -1.0, must be finite and not"),
        (TWO, [limit("seats", 1.0)], "", r"column seats \(capacities.parquet names it\) is missing"),
        (TWO, [limit("cards", 1.0, "desk")], "", r"column desk \(capacities.parquet names it\) is missing"),
        (TWO, [*CARDS, *CARDS], "", r"row 2: resource cards, key \(blank\) stands in row 1 too"),
        (TWO, [CARDS[0] | {"kind": "some"}], "", r"row 1, column kind == 'some', must be global or per_key"),
        (TWO, [CARDS[0] | {"kind": "global"}], "", r"row 1, column key_column == 'rm', must be blank where"),
        (TWO, [CARDS[0] | {"key_column": ""}], "", r"row 1, column key_column == '', must name a column"),
        (TWO, CARDS, "per_customer = 0", r"per_customer == 0, must be a whole number of at least 1"),
        (TWO, CARDS, "gap_target = -1", r"gap_target == -1, must be a number"),
        (TWO, CARDS, "second = 1", r"second is unknown, must be one of"),
        (TWO, CARDS, "per_customer", r"limits.toml: .*; must be TOML"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(
    tmp_path: Path, candidates: list[dict[str, Any]], capacities: list[dict[str, Any]], limits: str, says: str
) -> None:
    folder, plan = write(tmp_path / "problem", candidates, capacities, limits), tmp_path / "plan.parquet"
    with pytest.raises(InvalidInput, match=says) as here:
        allocate(folder, plan)
    with pytest.raises(InvalidInput) as there:
        allocate(folder, plan, engine=DuckDBEngine(), sample=1)
    assert _rule(str(there.value)) == _rule(str(here.value))
    assert not plan.exists()


def _rule(said: str) -> str:
    """Return an error without the row: an engine's rows have names, no numbers."""
    by_name = r"customer \w+, action \w+, channel \w+"
    return re.sub(rf"^candidates.parquet( row \d+| in \d+ rows|, {by_name})(: {by_name})?", "", said)


@pytest.mark.parametrize("file", ["candidates.parquet", "capacities.parquet", "limits.toml"])
def test_a_file_that_is_missing_or_something_else_is_named(tmp_path: Path, file: str) -> None:
    folder = write(tmp_path / "problem", TWO, CARDS)
    (folder / file).unlink()
    with pytest.raises(InvalidInput, match=rf"{file}: no such file"):
        allocate(folder, tmp_path / "plan.parquet")
    (folder / file).write_bytes(b"\xff\xfe[")
    with pytest.raises(InvalidInput, match=rf"{file}: .*must be (a Parquet file|TOML)"):
        allocate(folder, tmp_path / "plan.parquet")


def test_prices_to_start_with_must_be_prices(tmp_path: Path) -> None:
    folder = write(tmp_path / "problem", TWO, CARDS)
    with pytest.raises(InvalidInput, match="no such file; a start is a prices file"):
        allocate(folder, tmp_path / "plan.parquet", start=tmp_path / "gone")
    with pytest.raises(InvalidInput, match="column resource is missing"):
        allocate(folder, tmp_path / "plan.parquet", start=folder / "candidates.parquet")


def test_an_empty_problem_is_an_empty_plan_with_its_reason(tmp_path: Path) -> None:
    folder, plan = write(tmp_path / "problem", [], CARDS), tmp_path / "plan.parquet"
    full = write(tmp_path / "full", TWO, [limit("cards", 0.0, "rm")])
    for engine in (None, DuckDBEngine()):
        found = allocate(folder, plan, engine=engine)
        assert (found.objective, found.bound, found.violations, rows_of(plan)) == (0.0, 0.0, 0, [])
        assert any("has no row" in note for note in found.notes)
        assert any("fits into the capacities" in n for n in allocate(full, plan, engine=engine, sample=1).notes)
        assert broken(full, plan, 1) == []


@pytest.mark.parametrize(
    ("capacities", "named", "unnamed"),
    [
        ([limit("cards", 3.0, "rm", "", 1.5)], ["cards (rm r1) at least 1.5"], ["r2", "at most"]),
        ([limit("cards", 0.5, "rm", "", 0.7)], ["cards (rm r1) at most 0.5", "cards (rm r1) at least 0.7"], ["r2"]),
        (
            [*CARDS, limit("one", 1.0, "channel", "rm"), limit("one", None, "channel", "sms", 1.0)],
            ["one (channel sms) at least 1"],
            ["cards", "channel rm"],
        ),
        (
            [limit("cards", 1.0, "rm", "", 1.0), limit("one", 1.0), limit("cost", 9.0)],
            ["cards (rm r1) at least 1", "cards (rm r2) at least 1", "one at most 1"],
            ["cost"],
        ),
        (
            [limit("one", None, "channel", "rm", 1.0), limit("cards", None, "rm", "", 1.0), limit("one", 1.0)],
            ["cards (rm r1) at least 1", "cards (rm r2) at least 1", "one at most 1"],
            ["channel rm"],
        ),
    ],
)
def test_minimums_that_cannot_be_met_are_named_with_a_smallest_set_of_limits(
    tmp_path: Path, capacities: list[dict[str, Any]], named: list[str], unnamed: list[str]
) -> None:
    folder, plan = write(tmp_path / "problem", TWO, capacities), tmp_path / "plan.parquet"
    for engine in (None, DuckDBEngine()):
        with pytest.raises(Infeasible) as refused:
            allocate(folder, plan, engine=engine, sample=1)
        said = str(refused.value)
        assert all(one in said for one in named)
        assert not any(one in said.partition("any one of them")[2] for one in unnamed)
        assert not plan.exists()
