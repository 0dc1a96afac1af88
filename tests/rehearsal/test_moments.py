"""The leads of a rehearsed night: when they were found, which are gone or over, which a week brings."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.features.small_bank import MemoryBank
from tests.ledger.rows import decisions
from tests.loop.makers import AS_OF, TOMORROW, lead, night_of, running
from wealthloop import features, insight, ledger
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import Home
from wealthloop.leads.detect import Event
from wealthloop.leads.models import Lead
from wealthloop.leads.repository import LeadView, lead_id_of
from wealthloop.loop.types import Night
from wealthloop.rehearsal import moments
from wealthloop.rehearsal.moments import brought_by_a_week, standing_leads, week_before
from wealthloop.strategies.parts import Schedule

MINE = running("idle-salary")


def event(customer_id: str, *, days: int = 3, lasts: int = 12, trigger: str = "salary_idle") -> Event:
    """Return an event of so many days before AS_OF."""
    on = AS_OF - timedelta(days=days)
    return Event(
        trigger=trigger, customer_id=customer_id, occurred_on=on, expires_on=on + timedelta(days=lasts), evidence={},
        key=customer_id,
    )  # fmt: skip


@pytest.fixture
def night(home: Home, engine: DuckDBEngine, db: None, monkeypatch: pytest.MonkeyPatch) -> Night:  # noqa: ARG001
    """A night that finds what a test lays out for it."""
    monkeypatch.setattr(insight, "load", lambda *_: None)
    monkeypatch.setattr(features, "load", lambda *_: None)
    return night_of(home, engine, MemoryBank(engine, {}))


def finds(monkeypatch: pytest.MonkeyPatch, *events: Event) -> dict[str, Any]:
    asked: dict[str, Any] = {}

    def detect(*_: object, **given: Any) -> list[Event]:  # noqa: ANN401 - whatever detection is asked with
        asked.update(given)
        return list(events)

    monkeypatch.setattr(moments, "detect", detect)
    return asked


def record(one: Event, *, found_on: date, **changes: Any) -> None:  # noqa: ANN401 - any column
    Lead.objects.create(
        lead_id=lead_id_of(one), customer_id=one.customer_id, trigger=one.trigger, occurred_on=one.occurred_on,
        found_on=found_on, expires_on=one.expires_on, evidence={}, **changes,
    )  # fmt: skip


def test_a_lead_was_found_when_the_record_says_unless_that_is_after_the_night(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, tonight, later, never = (event(name) for name in "ABCD")
    record(early, found_on=AS_OF - timedelta(days=2))
    record(tonight, found_on=AS_OF)
    record(later, found_on=AS_OF + timedelta(days=1))
    finds(monkeypatch, early, tonight, later, never)
    found = {one.customer_id: (AS_OF - one.found_on).days for one in standing_leads(night, (MINE,), mine=MINE)}
    assert found == {"A": 2, "B": 0, "C": 3, "D": 3}


def test_a_lead_stands_until_the_day_on_which_contacts_begin_and_never_once_it_is_over(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert night.first_day == TOMORROW
    finds(monkeypatch, event("A", days=3, lasts=4), event("B", days=3, lasts=3), event("C", days=3, lasts=2))
    assert [one.customer_id for one in standing_leads(night, (MINE,), mine=MINE)] == ["A"]


def test_what_an_earlier_night_planned_or_is_gone_stands_no_more(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    planned, gone, left = event("A"), event("B"), event("C")
    rows = decisions("run1", n=1, as_of=AS_OF - timedelta(days=1)).to_pylist()
    ledger.write(
        night.home, "run1",
        ledger.DECISIONS.empty_table().from_pylist([{**rows[0], "lead_id": lead_id_of(planned)}], ledger.DECISIONS),
    )  # fmt: skip
    finds(monkeypatch, left, gone, planned)
    found = standing_leads(night, (MINE,), mine=MINE, gone={lead_id_of(gone)})
    assert [one.customer_id for one in found] == ["C"]


def test_only_triggers_that_somebody_answers_are_looked_for(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = finds(monkeypatch)
    standing_leads(night, (MINE, running("maturity-care")), mine=MINE)
    answered = {*MINE.document.triggers, *running("maturity-care").document.triggers}
    assert {rule.name for rule in asked["rules"]} == answered
    assert asked["as_of"] == AS_OF


def test_the_schedule_of_the_document_begins_tonight_and_that_of_others_on_its_own_day(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(monkeypatch)
    begun: dict[str, date] = {}

    def scheduled(_: Night, strategies: list[Any]) -> list[Event]:
        begun.update(
            {one.strategy_id: one.document.schedule.on for one in strategies if one.document.schedule is not None}
        )
        return []

    monkeypatch.setattr(moments, "scheduled_events", scheduled)
    plan = Schedule(every="month", on=date(2026, 1, 31), lasts_days=5)
    mine, other = (running(name, schedule=plan) for name in ("idle-salary", "stay-close"))
    standing_leads(night, (mine, other), mine=mine)
    assert begun == {"idle-salary": TOMORROW, "stay-close": date(2026, 1, 31)}


def of_many(trigger: str, n: int = 3_000) -> list[LeadView]:
    return [
        LeadView(**{**_fields(lead(f"C{number}")), "trigger": trigger, "lead_id": f"{trigger}-{number}"})
        for number in range(n)
    ]


def _fields(one: LeadView) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def test_an_event_came_in_the_last_week_if_it_did_not_stand_before(night: Night) -> None:
    leads = of_many("salary_idle", 4)
    known = {"salary_idle-0", "salary_idle-3"}
    assert brought_by_a_week(night, leads, known, mine=MINE) == {"salary_idle-1", "salary_idle-2"}
    assert week_before(night) == AS_OF - timedelta(days=7)


@pytest.mark.parametrize("trigger", ["credit_near_limit", "near_tier"])
def test_a_turn_a_month_brings_a_weeks_part_of_everybody_whether_known_or_not(night: Night, trigger: str) -> None:
    leads = of_many(trigger)
    found = [brought_by_a_week(night, leads, known, mine=MINE) for known in ([], [one.lead_id for one in leads])]
    assert found[0] == found[1]
    assert len(found[0]) / len(leads) == pytest.approx(7 / 30, abs=0.02)


@pytest.mark.parametrize(
    ("every", "part"), [("week", 1.0), ("month", 7 / 30), ("quarter", 7 / 91), ("year", 7 / 365), ("once", 0.0)]
)
def test_a_schedule_brings_a_weeks_part_of_its_turns(night: Night, every: Any, part: float) -> None:  # noqa: ANN401
    mine = running("idle-salary", schedule=Schedule(every=every, on=AS_OF, lasts_days=5))
    found = brought_by_a_week(night, of_many("scheduled"), [], mine=mine)
    assert len(found) / 3_000 == pytest.approx(part, abs=0.02)
