"""Nights of tags: transitions, since when, and a night that is run again."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tests.features.small_bank import day
from wealthloop.errors import NotFound
from wealthloop.insight import load_tags, moves_of, save_tags
from wealthloop.insight.tagged.table import VERSIONS
from wealthloop.kit import Home

FIRST, SECOND, THIRD = day(2), day(1), day(0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def _table(
    states: dict[str, str], *, version: int = 1, since: dict[str, date] | None = None, aum: float = 5.0
) -> pa.Table:
    """Return the tags of some customers, of one tag with one fact."""
    many = len(states)
    columns = {
        "customer_id": pa.array(list(states), pa.string()),
        "mood": pa.array(list(states.values()), pa.string()),
        "mood.by": pa.array([0] * many, pa.int16()),
        "mood.since": pa.array([(since or {}).get(who) for who in states], pa.date32()),
        "mood.waiting": pa.array([0] * many, pa.int16()),
        "mood.fact.aum": pa.array([aum] * many, pa.float64()),
    }
    versions = json.dumps({"mood": [version, f"digest{version}"]}).encode()
    return pa.table(columns).replace_schema_metadata({VERSIONS: versions})


def _since(home: Home, on: date) -> dict[str, date | None]:
    kept = load_tags(home, on)
    return dict(zip(map(str, kept["customer_id"].to_pylist()), kept["mood.since"].to_pylist(), strict=True))


def _files(home: Home) -> dict[str, bytes]:
    return {str(path.relative_to(home.root)): path.read_bytes() for path in home.insight.rglob("*.parquet")}


def test_the_first_night_has_no_transitions_and_knows_no_beginning(home: Home) -> None:
    assert save_tags(home, FIRST, _table({"A": "gay"})).num_rows == 0
    assert _since(home, FIRST) == {"A": None}
    assert moves_of(home, "A", as_of=FIRST) == []


def test_transitions_are_kept_with_their_facts_and_read_back_newest_first(home: Home) -> None:
    save_tags(home, FIRST, _table({"A": "gay", "B": "gay"}))
    save_tags(home, SECOND, _table({"A": "sad", "B": "gay"}, aum=float("inf")))
    save_tags(home, THIRD, _table({"A": "gay", "B": "gay", "C": "sad"}))
    told = [
        (row["on"], row["from"], row["to"], row["version"], json.loads(row["facts"]))
        for row in moves_of(home, "A", as_of=THIRD)
    ]
    assert told == [(THIRD, "sad", "gay", 1, {"aum": 5.0}), (SECOND, "gay", "sad", 1, {"aum": None})]
    assert moves_of(home, "A", as_of=SECOND)[0]["to"] == "sad"
    assert moves_of(home, "B", as_of=THIRD) == []
    assert [(row["from"], row["to"]) for row in moves_of(home, "C", as_of=THIRD)] == [(None, "sad")]
    assert _since(home, THIRD) == {"A": THIRD, "B": None, "C": THIRD}


def test_a_state_that_stays_keeps_its_first_day_and_the_walks_own_day_goes_first(home: Home) -> None:
    save_tags(home, FIRST, _table({"A": "gay", "B": "gay"}))
    save_tags(home, SECOND, _table({"A": "sad", "B": "sad"}))
    save_tags(home, THIRD, _table({"A": "sad", "B": "sad"}, since={"B": day(40)}))
    assert _since(home, THIRD) == {"A": SECOND, "B": day(40)}


def test_a_night_that_is_run_again_gives_the_same_bytes(home: Home) -> None:
    save_tags(home, FIRST, _table({"A": "gay", "B": "gay"}))
    save_tags(home, SECOND, _table({"A": "sad", "B": "gay"}))
    once = _files(home)
    save_tags(home, SECOND, _table({"A": "sad", "B": "gay"}))
    assert _files(home) == once
    save_tags(home, THIRD, _table({"A": "gay", "B": "gay"}))
    save_tags(home, SECOND, _table({"A": "sad", "B": "gay"}))
    assert {name: found for name, found in _files(home).items() if THIRD.isoformat() not in name} == once


def test_a_transition_says_when_the_definition_changed_in_the_same_night(home: Home) -> None:
    save_tags(home, FIRST, _table({"A": "gay", "B": "gay"}))
    save_tags(home, SECOND, _table({"A": "sad", "B": "gay"}, version=2))
    save_tags(home, THIRD, _table({"A": "sad", "B": "sad"}, version=2))
    assert [(row["version"], row["redefined"]) for row in moves_of(home, "A", as_of=THIRD)] == [(2, True)]
    assert [(row["version"], row["redefined"]) for row in moves_of(home, "B", as_of=THIRD)] == [(2, False)]


def test_a_night_that_was_not_kept_is_not_found(home: Home) -> None:
    with pytest.raises(NotFound, match="no tags of"):
        load_tags(home, FIRST)
