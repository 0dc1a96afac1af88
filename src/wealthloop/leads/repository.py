"""The queries of the leads: each event makes one lead, however often it is found."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from wealthloop.errors import InvalidInput
from wealthloop.kit import parts_of, stable_id
from wealthloop.leads.detect import Event
from wealthloop.leads.models import Lead, LeadState
from wealthloop.leads.triggers import RULES

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadView:
    """A lead as other rooms see it."""

    lead_id: str
    customer_id: str
    trigger: str
    occurred_on: date
    found_on: date
    expires_on: date
    evidence: dict[str, Any]
    """Numbers and words of the moment: money in fen, days as ISO text."""
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCounts:
    """What became of the events of one search."""

    found: int
    new: int
    known: int
    """Recorded on an earlier night, or by an earlier start of this one."""
    late: int
    """Over before they were found: not recorded."""


def lead_id_of(event: Event) -> str:
    """Return the id of an event's lead: the same event found again has the same."""
    return stable_id("lead", event.trigger, event.customer_id, event.key)


def record(events: Sequence[Event], *, as_of: date) -> RecordCounts:
    """Record events as leads; an event that has its lead already changes nothing, also while another worker records.

    Raises:
        InvalidInput: an event occurred after ``as_of``.
    """
    fresh: dict[str, Event] = {}
    late = 0
    for event in events:
        if event.occurred_on > as_of:
            raise InvalidInput(f"event {event.trigger}: occurred_on == {event.occurred_on}, must not be after {as_of}")
        if event.expires_on < as_of:
            late += 1
        else:
            fresh.setdefault(lead_id_of(event), event)
    with transaction.atomic():
        known = set(_existing(sorted(fresh)))
        rows = [_row(lead_id, event, as_of) for lead_id, event in sorted(fresh.items()) if lead_id not in known]
        Lead.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)
    return RecordCounts(found=len(events), new=len(rows), known=len(events) - late - len(rows), late=late)


def open_leads(as_of: date, *, triggers: Collection[str] | None = None) -> list[LeadView]:
    """Return the leads that may be planned on a day, in a fixed order: found by then, not over, not planned.

    ``triggers``: of these alone, such as those that a running strategy answers; None: of all.
    """
    rows = Lead.objects.filter(state=LeadState.OPEN, found_on__lte=as_of, expires_on__gte=as_of)
    if triggers is not None:
        rows = rows.filter(trigger__in=sorted(triggers))
    return [_view(lead) for lead in rows.order_by("customer_id", "trigger", "lead_id")]


def by_ids(lead_ids: Sequence[str]) -> dict[str, LeadView]:
    """Return leads by their ids; an unknown id is left out."""
    found: dict[str, LeadView] = {}
    for piece in parts_of(sorted(set(lead_ids)), _AT_ONCE):
        found.update((lead.lead_id, _view(lead)) for lead in Lead.objects.filter(pk__in=piece))
    return found


def listed(as_of: date, *, customer_id: str | None = None, trigger: str | None = None) -> list[LeadView]:
    """Return the leads that were found by a day and are not over on it, planned ones too, the most urgent first."""
    rows = Lead.objects.filter(found_on__lte=as_of, expires_on__gte=as_of)
    rows = rows if customer_id is None else rows.filter(customer_id=customer_id)
    rows = rows if trigger is None else rows.filter(trigger=trigger)
    return _urgent_first([_view(lead) for lead in rows])


def unrecorded(events: Sequence[Event], *, as_of: date) -> list[LeadView]:
    """Return the leads that events would make if a night recorded them on a day, the most urgent first."""
    rows = [_row(lead_id_of(event), event, as_of) for event in events if event.expires_on >= as_of]
    return _urgent_first([_view(row) for row in rows])


def expire(as_of: date) -> int:
    """End the open leads that are over on a day; return how many."""
    with transaction.atomic():
        return Lead.objects.filter(state=LeadState.OPEN, expires_on__lt=as_of).update(state=LeadState.EXPIRED)


def end_done(done: Mapping[tuple[str, str], date]) -> int:
    """End the open leads of what is done already; return how many.

    Args:
        done: by customer and trigger the day on which it was said; a lead of a later event stays.
    """
    with transaction.atomic():
        still = Lead.objects.filter(state=LeadState.OPEN)
        over = [
            lead_id
            for lead_id, customer, trigger, day in still.values_list("pk", "customer_id", "trigger", "occurred_on")
            if day <= done.get((customer, trigger), date.min)
        ]
        return sum(
            still.filter(pk__in=piece).update(state=LeadState.EXPIRED) for piece in parts_of(sorted(over), _AT_ONCE)
        )


def mark_planned(lead_ids: Sequence[str]) -> int:
    """Mark leads as planned, so that no later night plans them again; return how many were open."""
    with transaction.atomic():
        return sum(
            Lead.objects.filter(pk__in=piece, state=LeadState.OPEN).update(state=LeadState.PLANNED)
            for piece in parts_of(sorted(set(lead_ids)), _AT_ONCE)
        )


def _urgent_first(leads: list[LeadView]) -> list[LeadView]:
    urgency = {rule.name: -rule.priority for rule in RULES}
    return sorted(leads, key=lambda lead: (urgency.get(lead.trigger, 0), lead.trigger, lead.customer_id, lead.lead_id))


def _existing(ids: Sequence[str]) -> Iterator[str]:
    for piece in parts_of(ids, _AT_ONCE):
        yield from Lead.objects.filter(pk__in=piece).values_list("lead_id", flat=True)


def _row(lead_id: str, event: Event, as_of: date) -> Lead:
    return Lead(
        lead_id=lead_id,
        customer_id=event.customer_id,
        trigger=event.trigger,
        occurred_on=event.occurred_on,
        found_on=as_of,
        expires_on=event.expires_on,
        evidence=dict(event.evidence),
    )


def _view(lead: Lead) -> LeadView:
    return LeadView(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        trigger=lead.trigger,
        occurred_on=lead.occurred_on,
        found_on=lead.found_on,
        expires_on=lead.expires_on,
        evidence=lead.evidence,
        state=lead.state,
    )
