"""The leads that a night would have before it decides, found anew so that every day can be rehearsed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from wealthloop import features, insight, ledger
from wealthloop.kit import bucket
from wealthloop.leads.detect import detect
from wealthloop.leads.repository import LeadView, by_ids, listed, unrecorded
from wealthloop.leads.triggers import RULES
from wealthloop.loop.scheduled import scheduled_events
from wealthloop.loop.types import Night
from wealthloop.rehearsal.types import WEEK
from wealthloop.strategies.life import Running
from wealthloop.strategies.parts import SCHEDULED

_MONTH: Final = 30.0
_A_WEEK: Final = {"week": 1.0, "month": WEEK / _MONTH, "quarter": WEEK / 91, "year": WEEK / 365, "once": 0.0}
"""The part of a schedule's turns that a week brings, after the first."""
_MONTHS: Final = frozenset({"month", "customer.aum_month"})
"""Parts of a key that are the same for a whole month: that of the search, or of the average by which a tier goes."""
_TURNS: Final = frozenset(rule.name for rule in RULES if not _MONTHS.isdisjoint(rule.key))
"""Triggers that give every customer of a state one turn a month, all on the first night that finds them."""


def standing_leads(
    night: Night, strategies: Sequence[Running], *, mine: Running | None = None, gone: Collection[str] = frozenset()
) -> tuple[LeadView, ...]:
    """Return the leads of a night that some strategies answer, by customer, trigger and id.

    A lead that the home has recorded was found when the record says; any other on the day of its event, as a night
    of that day would have. Leads that earlier nights planned, those in ``gone``, and those that are over when the
    contacts begin are left out. A schedule of ``mine``, if there is one, is taken to begin tonight.
    """
    found = {lead.lead_id: lead for lead in (*_detected(night, strategies), *_scheduled(night, strategies, mine))}
    recorded = by_ids(list(found))
    planned = _planned_before(night)
    leads = (_found_when(lead, recorded.get(lead.lead_id), night.as_of) for lead in found.values())
    kept = (
        lead
        for lead in leads
        if lead.expires_on >= night.first_day and lead.lead_id not in planned and lead.lead_id not in gone
    )
    return tuple(sorted(kept, key=lambda lead: (lead.customer_id, lead.trigger, lead.lead_id)))


def brought_by_a_week(
    night: Night, leads: Iterable[LeadView], known_before: Collection[str], *, mine: Running
) -> frozenset[str]:
    """Return the ids of the leads that came in the last week.

    Args:
        night: the night.
        leads: what stands tonight.
        known_before: ids of the leads that stood a week ago.
        mine: the document.

    A trigger that gives everybody one turn a month brings a week's part of them, by hash of the customer; so does the
    schedule of ``mine`` of one turn a period.
    """
    salt = f"{night.home.settings.salt}/rehearsal"
    turns = dict.fromkeys(_TURNS, WEEK / _MONTH)
    if mine.document.schedule is not None:
        turns[SCHEDULED] = _A_WEEK[mine.document.schedule.every]
    return frozenset(
        lead.lead_id
        for lead in leads
        if (
            bucket(f"{salt}/{lead.trigger}", lead.customer_id) < turns[lead.trigger]
            if lead.trigger in turns
            else lead.lead_id not in known_before
        )
    )


def week_before(night: Night) -> date:
    """Return the day a week before a night's."""
    return night.as_of - timedelta(days=WEEK)


def _detected(night: Night, strategies: Sequence[Running]) -> list[LeadView]:
    answered = {trigger for one in strategies for trigger in one.document.triggers}
    events = detect(
        night.bank,
        night.engine,
        as_of=night.as_of,
        features=features.load(night.home, night.as_of),
        profiles=insight.load(night.home, night.as_of),
        rules=tuple(rule for rule in RULES if rule.name in answered),
    )
    return unrecorded(events, as_of=night.as_of)


def _scheduled(night: Night, strategies: Sequence[Running], mine: Running | None) -> list[LeadView]:
    """Return the leads of schedules: those of ``mine`` made tonight, those of the others made or recorded."""
    others = [one for one in strategies if mine is None or one.strategy_id != mine.strategy_id]
    begins = [] if mine is None or mine.document.schedule is None else [_beginning(mine, night.first_day)]
    events = scheduled_events(night, [*others, *begins])
    return [*listed(night.as_of, trigger=SCHEDULED), *unrecorded(events, as_of=night.as_of)]


def _beginning(mine: Running, day: date) -> Running:
    """Return a document whose schedule has its first day on a day."""
    assert mine.document.schedule is not None
    schedule = mine.document.schedule.model_copy(update={"on": day})
    return replace(mine, document=mine.document.model_copy(update={"schedule": schedule}))


def _planned_before(night: Night) -> frozenset[str]:
    """Return the ids of the leads that nights before this one planned: the shadow knows no later ones."""
    return frozenset(str(lead_id) for lead_id in ledger.read(night.home)["lead_id"].drop_null().to_pylist())


def _found_when(lead: LeadView, recorded: LeadView | None, as_of: date) -> LeadView:
    if recorded is not None and recorded.found_on <= as_of:
        return recorded
    return replace(lead, found_on=min(lead.occurred_on, as_of))
