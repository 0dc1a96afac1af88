"""Leads of a calendar: on its days, to its audience, to one strategy alone, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.loop.makers import AS_OF, TOMORROW, night_of, running
from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.leads import repository as leads
from wealthloop.leads.models import Lead
from wealthloop.loop.audience import answers
from wealthloop.loop.models import Run
from wealthloop.loop.scheduled import due_tonight, last_due, scheduled_events
from wealthloop.loop.types import Night
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import Audience, Schedule

pytestmark = pytest.mark.django_db
At = Callable[[date], Night]
EVERYBODY = Audience(
    tiers=("mass", "affluent", "wealth", "pre_private", "private"),
    lifecycles=("new", "growing", "mature", "declining", "dormant", "won_back", "lost", "unknown"),
)


@pytest.fixture
def at(bank_home: Home, engine: DuckDBEngine) -> At:
    """Return a function that gives the small bank's night of a day."""
    return lambda day: night_of(bank_home, engine, BankTables(bank_home, engine), as_of=day)


def calendar(*, on: date = TOMORROW, every: str = "month", lasts_days: int = 5, **changes: Any) -> Running:  # noqa: ANN401
    schedule = Schedule.model_validate({"every": every, "on": on, "lasts_days": lasts_days})
    return running("idle-salary", schedule=schedule, **{"audience": EVERYBODY, **changes})


def ran(day: date) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    Run.objects.create(run_id=f"run {day}", as_of=day, inputs={}, started_at=now, ledger_hash="h")


@pytest.mark.parametrize(
    ("every", "on", "day", "due"),
    [
        ("once", "2026-11-21", "2026-12-31", "2026-11-21"),
        ("once", "2026-11-21", "2026-11-20", None),
        ("week", "2026-11-02", "2026-11-22", "2026-11-16"),
        ("week", "2026-11-02", "2026-11-23", "2026-11-23"),
        ("month", "2026-01-31", "2026-03-04", "2026-02-28"),
        ("month", "2026-01-31", "2026-03-31", "2026-03-31"),
        ("month", "2026-01-31", "2026-03-30", "2026-02-28"),
        ("quarter", "2026-01-15", "2026-07-14", "2026-04-15"),
        ("quarter", "2025-11-30", "2026-02-28", "2026-02-28"),
        ("year", "2024-02-29", "2026-11-20", "2026-02-28"),
        ("year", "2025-12-31", "2026-12-30", "2025-12-31"),
    ],
)
def test_days_of_a_schedule_are_whole_periods_after_its_first(every: str, on: str, day: str, due: str | None) -> None:
    schedule = Schedule.model_validate({"every": every, "on": on, "lasts_days": 1})
    assert last_due(schedule, date.fromisoformat(day)) == (None if due is None else date.fromisoformat(due))


def test_everybody_in_the_audience_has_one_lead_with_the_facts_that_sentences_name(at: At) -> None:
    night, strategy = at(AS_OF), calendar()
    events = scheduled_events(night, [strategy])
    assert len({one.customer_id for one in events}) == len(events) > 100
    assert {one.expires_on for one in events} == {TOMORROW + timedelta(days=4)}
    assert all(
        set(one.evidence) == {"strategy_id", "on", "tier", "demand_fen", "aum_fen"}
        and one.evidence["on"] == TOMORROW.isoformat()
        and int(one.evidence["demand_fen"]) <= int(one.evidence["aum_fen"])
        for one in events
    )  # fmt: skip
    wealthy = calendar(audience=EVERYBODY.model_copy(update={"tiers": ("wealth", "pre_private", "private")}))
    few = scheduled_events(night, [wealthy])
    assert {one.evidence["tier"] for one in few} == {"wealth", "pre_private", "private"}
    assert len(few) < len(events)


def test_a_night_that_is_run_again_makes_the_same_leads_and_they_answer_their_strategy_alone(at: At) -> None:
    night, strategy = at(AS_OF), calendar()
    first = leads.record(scheduled_events(night, [strategy]), as_of=AS_OF)
    second = leads.record(scheduled_events(night, [strategy]), as_of=AS_OF)
    assert (first.new, second.new) == (Lead.objects.count(), 0)
    other = replace(strategy, strategy_id="maturity-care")
    found = leads.open_leads(AS_OF, triggers={"scheduled"})
    assert len(found) == first.new
    assert all(answers(strategy, one) and not answers(other, one) for one in found)


def test_a_day_begins_with_the_first_night_that_reaches_it_and_with_no_later_one(at: At) -> None:
    strategy = calendar()
    assert due_tonight(at(AS_OF - timedelta(days=1)), strategy) is None
    assert due_tonight(at(AS_OF), strategy) == TOMORROW
    assert due_tonight(at(AS_OF + timedelta(days=2)), strategy) == TOMORROW
    ran(AS_OF)
    assert due_tonight(at(AS_OF), strategy) == TOMORROW
    assert due_tonight(at(AS_OF + timedelta(days=1)), strategy) is None


def test_a_day_that_is_over_before_a_night_reaches_it_is_left(at: At) -> None:
    assert due_tonight(at(AS_OF + timedelta(days=4)), calendar()) == TOMORROW
    assert due_tonight(at(AS_OF + timedelta(days=5)), calendar()) is None
    assert due_tonight(at(AS_OF), calendar(not_after=AS_OF)) is None
    last = scheduled_events(at(AS_OF), [calendar(not_after=TOMORROW)])
    assert {one.expires_on for one in last} == {TOMORROW}


def test_a_day_before_the_launch_is_not_made_up_for_and_the_day_of_the_launch_is(at: At) -> None:
    ran(AS_OF)
    late = replace(calendar(on=TOMORROW), launched_on=TOMORROW)
    assert due_tonight(at(TOMORROW), late) == TOMORROW
    assert due_tonight(at(TOMORROW), replace(late, launched_on=TOMORROW + timedelta(days=1))) is None


def test_a_night_records_them_and_plans_their_customers(bank_home: Home, described: None) -> None:
    del described
    from tests.loop.makers import AT_WORK
    from wealthloop.loop.night import run_night
    from wealthloop.strategies import life

    script = calendar().document.card
    why = {"salary_idle": script.en.why_now["salary_idle"], "scheduled": "{on}: {demand_fen}, {aum_fen}, {tier}"}
    card = script.model_copy(
        update={name: getattr(script, name).model_copy(update={"why_now": why}) for name in ("zh", "en")}
    )
    document = calendar(card=card).document
    row = life.submit(document, "li", AT_WORK)
    life.approve(document.id, row.version, "zhao", AT_WORK)
    life.launch(document.id, row.version, "zhao", AT_WORK, on=date(2026, 8, 1))
    result = run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    assert result.steps["leads"]["scheduled"] > 100
    assert Lead.objects.filter(trigger="scheduled", state="planned").count() > 0
