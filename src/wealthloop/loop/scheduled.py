"""Leads that a calendar makes: on the days of its schedule every customer whom a strategy is for has one."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, insight
from wealthloop.kit import months_after
from wealthloop.leads.detect import Event
from wealthloop.loop.audience import OWNER, audiences_of
from wealthloop.loop.models import Run
from wealthloop.loop.types import Night
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import SCHEDULED, Schedule

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_WEEK: Final = 7
_DAY: Final = timedelta(days=1)
_FACTS: Final = {"demand_fen": "balance_demand", "aum_fen": "aum"}
"""By key of the evidence the feature that it tells, fen; who is not known by them all has no lead."""


def scheduled_events(night: Night, strategies: Sequence[Running]) -> list[Event]:
    """Return what the schedules of some strategies make tonight.

    A day of a schedule belongs to the first night whose contacts can begin on it, or to the first one after the
    launch; that night run again makes the same leads, a later one makes none of that day.
    """
    due = [(one, day) for one in strategies if (day := due_tonight(night, one)) is not None]
    if not due:
        return []
    profiles = insight.load(night.home, night.as_of)
    audiences = audiences_of(night, profiles)
    return [
        event
        for strategy, day in due
        for event in _events(night, strategy, day, profiles, audiences.of(strategy.document.audience))
    ]


def due_tonight(night: Night, strategy: Running) -> date | None:
    """Return the day of a strategy's schedule that this night begins; None where it begins none."""
    schedule = strategy.document.schedule
    day = None if schedule is None else last_due(schedule, night.first_day)
    if schedule is None or day is None or day < strategy.launched_on or _last_day(strategy, day) < night.first_day:
        return None
    since = max(day - _DAY, strategy.launched_on)
    begun = Run.objects.filter(as_of__gte=since, as_of__lt=night.as_of).exclude(ledger_hash="").exists()
    return None if begun else day


def last_due(schedule: Schedule, day: date) -> date | None:
    """Return the newest day of a schedule up to a day.

    Example:
        >>> last_due(Schedule(every="month", on=date(2026, 1, 31), lasts_days=5), date(2026, 3, 4))
        datetime.date(2026, 2, 28)
    """
    if day < schedule.on:
        return None
    if schedule.every == "once":
        return schedule.on
    if schedule.every == "week":
        return day - timedelta(days=(day - schedule.on).days % _WEEK)
    step = _MONTHS[schedule.every]
    passed = (day.year - schedule.on.year) * 12 + day.month - schedule.on.month
    found = months_after(schedule.on, passed // step * step)
    return found if found <= day else months_after(schedule.on, (passed // step - 1) * step)


def _last_day(strategy: Running, day: date) -> date:
    """Return the last day on which a lead of a day of the schedule can be answered."""
    document = strategy.document
    lasts = document.schedule.lasts_days if document.schedule else 1
    last = day + (lasts - 1) * _DAY
    return last if document.not_after is None else min(last, document.not_after)


def _events(
    night: Night, strategy: Running, day: date, profiles: pa.Table, customers: frozenset[str]
) -> Iterator[Event]:
    """Yield the lead of each customer with what is known of them, by customer."""
    tiers = dict(zip(profiles["customer_id"].to_pylist(), profiles["tier"].to_pylist(), strict=True))
    for row in _known(night, customers):
        customer = str(row["customer_id"])
        facts = {key: round(row[feature]) for key, feature in _FACTS.items()}
        yield Event(
            trigger=SCHEDULED,
            customer_id=customer,
            occurred_on=night.as_of,
            expires_on=_last_day(strategy, day),
            evidence={OWNER: strategy.strategy_id, "on": day.isoformat(), "tier": str(tiers[customer]), **facts},
            key=f"{strategy.strategy_id}/{day.isoformat()}",
        )


def _known(night: Night, customers: frozenset[str]) -> list[dict[str, Any]]:
    """Return the facts of some customers, of those alone of whom all are known, by customer."""
    table = features.load(night.home, night.as_of, columns=("customer_id", *_FACTS.values()))
    ours = table.filter(pc.is_in(table["customer_id"], value_set=pa.array(sorted(customers), pa.string())))
    known = np.all([np.isfinite(ours[name].to_numpy()) for name in _FACTS.values()], axis=0)
    return ours.filter(pa.array(known)).sort_by("customer_id").to_pylist()
