"""The leads that a night would have before it decides, found anew so that every day can be rehearsed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from wealthloop import features, insight, ledger
from wealthloop.kit import bucket
from wealthloop.leads.detect import detect
from wealthloop.leads.repository import LeadView, by_ids, unrecorded
from wealthloop.leads.triggers import RULES
from wealthloop.loop.types import Night
from wealthloop.rehearsal.types import WEEK
from wealthloop.strategies.life import Running

_MONTH: Final = 30.0
_TURNS: Final = frozenset(rule.name for rule in RULES if "month" in rule.key)
"""Triggers that give every customer of a state one turn a month, all on the first night that finds them."""


def standing_leads(
    night: Night, strategies: Sequence[Running], *, gone: Collection[str] = frozenset()
) -> tuple[LeadView, ...]:
    """Return the leads of a night that some strategies answer, by customer, trigger and id.

    A lead that the home has recorded was found when the record says; any other on the day of its event, as a night
    of that day would have. Leads that earlier nights planned, those in ``gone``, and those that are over when the
    contacts begin are left out.
    """
    found = {lead.lead_id: lead for lead in _detected(night, strategies)}
    recorded = by_ids(list(found))
    planned = _planned_before(night)
    leads = (_found_when(lead, recorded.get(lead.lead_id), night.as_of) for lead in found.values())
    kept = (
        lead
        for lead in leads
        if lead.expires_on >= night.first_day and lead.lead_id not in planned and lead.lead_id not in gone
    )
    return tuple(sorted(kept, key=lambda lead: (lead.customer_id, lead.trigger, lead.lead_id)))


def brought_by_a_week(night: Night, leads: Iterable[LeadView], known_before: Collection[str]) -> frozenset[str]:
    """Return the ids of the leads that came in the last week.

    Args:
        night: the night.
        leads: what stands tonight.
        known_before: ids of the leads that stood a week ago.

    A trigger that gives everybody one turn a month brings a week's part of them, by hash of the customer.
    """
    salt = f"{night.home.settings.salt}/rehearsal"
    return frozenset(
        lead.lead_id
        for lead in leads
        if (
            bucket(f"{salt}/{lead.trigger}", lead.customer_id) < WEEK / _MONTH
            if lead.trigger in _TURNS
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


def _planned_before(night: Night) -> frozenset[str]:
    """Return the ids of the leads that nights before this one planned: the shadow knows no later ones."""
    return frozenset(str(lead_id) for lead_id in ledger.read(night.home)["lead_id"].drop_null().to_pylist())


def _found_when(lead: LeadView, recorded: LeadView | None, as_of: date) -> LeadView:
    if recorded is not None and recorded.found_on <= as_of:
        return recorded
    return replace(lead, found_on=min(lead.occurred_on, as_of))
