"""A version whose end has come contacts no more and waits for a verdict; nothing is decided by itself."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.ledger.rows import decisions
from wealthloop import ledger
from wealthloop.kit import Home
from wealthloop.strategies import life
from wealthloop.strategies.ending import due
from wealthloop.strategies.load import shipped
from wealthloop.strategies.models import StrategyState
from wealthloop.strategies.parts import Stop
from wealthloop.strategies.repository import version_row

NOW = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAY = date(2026, 11, 1)
IDLE = next(one for one in shipped() if one.id == "idle-salary")
pytestmark = pytest.mark.django_db


def start(on: date = DAY, **change: object) -> None:
    row = life.submit(IDLE.model_copy(update=change), "li", NOW)
    life.approve(IDLE.id, row.version, "zhao", NOW)
    life.launch(IDLE.id, row.version, "zhao", NOW, on=on)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def test_a_version_plans_on_so_many_days_and_then_waits_for_a_verdict(home: Home) -> None:
    start(stop=Stop(max_days=28))
    last = DAY + timedelta(days=27)
    assert due(home, last - timedelta(days=1)) == ()
    assert [one.version for one in life.running(last)] == [1]
    assert life.running(last + timedelta(days=1)) == ()
    (found,) = due(home, last)
    assert (found.strategy_id, found.version, found.owner, found.why, found.limit, found.reached) == (
        "idle-salary", 1, IDLE.owner, "max_days", 28, 28,
    )  # fmt: skip
    assert version_row(IDLE.id, 1).state == StrategyState.RUNNING


def test_a_version_that_has_planned_its_units_waits_for_a_verdict(home: Home) -> None:
    start(stop=Stop(max_units=10))
    ledger.write(home, "run1", decisions("run1", n=9, as_of=DAY, strategy_id=IDLE.id))
    assert due(home, DAY) == ()
    ledger.write(home, "run2", decisions("run2", n=10, as_of=DAY + timedelta(days=1), strategy_id=IDLE.id))
    assert due(home, DAY) == ()
    (found,) = due(home, DAY + timedelta(days=1))
    assert (found.why, found.limit, found.reached) == ("max_units", 10, 10)


def test_a_version_past_its_last_day_waits_for_a_verdict_and_a_concluded_one_for_nothing(home: Home) -> None:
    start(not_after=DAY + timedelta(days=5))
    life.pause(IDLE.id, 1, "zhao", NOW)
    (found,) = due(home, DAY + timedelta(days=5))
    assert (found.why, found.limit) == ("not_after", DAY + timedelta(days=5))
    life.conclude(IDLE.id, 1, "inconclusive", "zhao", NOW, "the season is over")
    assert due(home, DAY + timedelta(days=5)) == ()


def test_a_version_is_not_due_before_it_begins(home: Home) -> None:
    start(on=DAY + timedelta(days=9), not_after=DAY + timedelta(days=5))
    assert due(home, DAY + timedelta(days=8)) == ()
    assert [one.why for one in due(home, DAY + timedelta(days=9))] == ["not_after"]


def test_a_version_without_an_end_is_never_due(home: Home) -> None:
    start()
    assert due(home, DAY + timedelta(days=1000)) == ()
    assert [one.version for one in life.running(DAY + timedelta(days=1000))] == [1]
