"""Places taken during a day: each is reserved at once with all that is left to do, so that no kill loses or doubles it.

One transaction takes the capacity and writes the decision; then the ledger's partition is made durable; then one
transaction records its digest, stages its intents and marks its leads. Whoever comes next finishes what a kill left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

import pyarrow as pa
from django.db import transaction
from django.db.models import F

from wealthloop import features, ledger
from wealthloop.access.keys import person_keys
from wealthloop.delivery import outbox
from wealthloop.delivery.types import NewIntent
from wealthloop.kit import Home, stable_id
from wealthloop.leads import repository as leads
from wealthloop.leads.repository import LeadView
from wealthloop.ledger import DECISIONS
from wealthloop.loop.decide import known_of
from wealthloop.loop.models import IntradayRun, Placement, Run, Taken
from wealthloop.policies.repository import lock_customer

INTRADAY: Final = "intraday"
"""The occasion of a decision that was made after its night."""


class Reason(StrEnum):
    """Why a lead takes no place now."""

    OVER = "over"
    """It has ended, or a night has planned it."""
    UNKNOWN = "customer_unknown"
    """The night has no profile of its customer, or the day was opened without the customer."""
    CONTACTED = "planned_today"
    """Its customer has a contact today already, sent or withheld."""
    NOT_ALLOWED = "not_allowed"
    """No strategy that ran in the night is for it, or the rules allow none of their contacts."""
    NO_CLUSTER = "no_cluster"
    """Nothing draws the arm: its customer is in no cluster."""
    IN_MARKET = "in_market"
    """A standing experiment between ways to choose decides such contacts, at night."""
    NO_PRICE = "no_price"
    """The night knew no such resource, so it has no price."""
    BELOW_PRICE = "below_price"
    """No contact is worth more than the night's prices of what it uses."""
    NO_ROOM = "no_room"
    """Nothing is left of what would be worth it."""
    NIGHT_BEGUN = "night_begun"
    """A later night is already at work: the lead is that night's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A lead that has its place."""

    lead_id: str
    customer_id: str
    run_id: str
    decision: Mapping[str, Any]
    """The ledger's row without the person key; days as ISO text."""
    fresh: bool
    """Whether it took the place now; else it had it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A lead that takes no place now."""

    lead_id: str
    reason: Reason


Outcome: TypeAlias = Placed | Declined


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision and what is to be staged for it."""

    row: dict[str, object]
    """The ledger's, without the person key."""
    intent: NewIntent | None
    """None: nothing may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One contact that is worth its price."""

    uses: Mapping[str, int]
    make: Callable[[str], Made]
    """Decides it as a part of a run, by the run's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A lead with its choices, the best first."""

    lead: LeadView
    choices: tuple[Choice, ...] = ()
    refused: Reason = Reason.NO_ROOM
    """Why it has no choices; with choices, why none of them is taken."""


def reserve(run: Run, day: date, room: Mapping[str, int], asked: Sequence[Asked], *, now: datetime) -> list[Outcome]:
    """Give leads their places within what is left, in one transaction and in this order; at most one a customer a day.

    Two workers that ask at once wait for one another: what one takes the other finds taken.

    Args:
        run: the night at whose prices they were chosen.
        day: the bank day of the contacts.
        room: what the night has left of each resource.
        asked: the leads.
        now: the present instant, UTC.

    Returns:
        What became of each; ``finish`` makes what is fresh durable in the ledger and stages it.
    """
    with transaction.atomic():
        for customer in sorted({one.lead.customer_id for one in asked}):
            lock_customer(customer)
        if Run.objects.filter(as_of__gt=run.as_of).exists():
            return [_had(one) or Declined(lead_id=one.lead.lead_id, reason=Reason.NIGHT_BEGUN) for one in asked]
        book = _Book(run=run, day=day, now=now, left=_left(day, room, _resources(asked)))
        return [book.place(one) for one in asked]


def left_of(day: date, room: Mapping[str, int]) -> dict[str, int]:
    """Return what placements have left of what a night has left for a day."""
    taken = dict(Taken.objects.filter(day=day).values_list("resource", "units"))
    return {name: units - taken.get(name, 0) for name, units in room.items()}


@dataclass(slots=True, kw_only=True)
class _Book:
    """The places of one transaction."""

    run: Run
    day: date
    now: datetime
    left: dict[str, int]
    made: IntradayRun | None = None

    def place(self, one: Asked) -> Outcome:
        """Give a lead its place, the one that it has, or none."""
        had = _had(one)
        if had is not None:
            return had
        lead = one.lead
        choice = next((each for each in one.choices if self._fits(each)), None)
        if choice is None:
            return Declined(lead_id=lead.lead_id, reason=one.refused)
        if Placement.objects.filter(day=self.day, customer_id=lead.customer_id).exists():
            return Declined(lead_id=lead.lead_id, reason=Reason.CONTACTED)
        return self._take(lead, choice)

    def _fits(self, choice: Choice) -> bool:
        return all(units <= self.left[name] for name, units in choice.uses.items())

    def _take(self, lead: LeadView, choice: Choice) -> Placed:
        run_id = stable_id(INTRADAY, lead.lead_id) if self.made is None else self.made.run_id
        decided = choice.make(run_id)
        if self.made is None:
            self.made = IntradayRun.objects.create(run_id=run_id, night=self.run, started_at=self.now)
        for name, units in choice.uses.items():
            self.left[name] -= units
            Taken.objects.filter(day=self.day, resource=name).update(units=F("units") + units)
        row = _plain(decided.row)
        Placement.objects.create(
            lead_id=lead.lead_id, run=self.made, customer_id=lead.customer_id, day=self.day, decision=row,
            uses=dict(choice.uses), intent=None if decided.intent is None else _plain(asdict(decided.intent)),
        )  # fmt: skip
        return Placed(lead_id=lead.lead_id, customer_id=lead.customer_id, run_id=run_id, decision=row, fresh=True)


def finish(home: Home, run_id: str, *, now: datetime) -> None:
    """Make the decisions of a run of placements durable, then stage its intents; repeating it changes nothing.

    Args:
        home: the home.
        run_id: of an ``IntradayRun``.
        now: the present instant, UTC.
    """
    run = IntradayRun.objects.get(pk=run_id)
    if run.finished_at is not None:
        return
    placed = list(run.placements.order_by("lead_id"))
    keys = person_keys(one.customer_id for one in placed)
    rows = [_restored(one.decision) | {"person_key": keys[one.customer_id]} for one in placed]
    digest = ledger.write(home, run_id, pa.Table.from_pylist(rows, schema=DECISIONS))
    with transaction.atomic():
        locked = IntradayRun.objects.select_for_update().get(pk=run_id)
        if locked.finished_at is not None:
            return
        outbox.stage([_intent(one.intent) for one in placed if one.intent is not None], now=now)
        leads.mark_planned([one.lead_id for one in placed])
        run.placements.update(intent=None)
        locked.ledger_hash, locked.finished_at = digest, now
        locked.save(update_fields=["ledger_hash", "finished_at"])


def finish_all(home: Home, *, now: datetime) -> int:
    """Finish what kills have left of placements; return how many runs there were."""
    left = list(IntradayRun.objects.filter(finished_at=None).order_by("run_id").values_list("run_id", flat=True))
    for run_id in left:
        finish(home, run_id, now=now)
    return len(left)


def close_days(home: Home, *, now: datetime) -> None:
    """Finish the placements of earlier days, and write beside them what was known of their customers.

    The next night does it before it decides: a placement has no time for it, and nobody learns from it sooner.
    """
    finish_all(home, now=now)
    waiting = list(IntradayRun.objects.filter(described=False).select_related("night").order_by("night", "run_id"))
    known: dict[date, pa.Table] = {}
    for run in waiting:
        as_of = run.night.as_of
        if as_of not in known:
            known = {as_of: features.load(home, as_of)}
        keys = person_keys(run.placements.values_list("customer_id", flat=True))
        ledger.write_known(home, run.run_id, known_of(known[as_of], keys))
    IntradayRun.objects.filter(pk__in=[run.run_id for run in waiting]).update(described=True)


def _had(one: Asked) -> Placed | None:
    found = Placement.objects.filter(pk=one.lead.lead_id).first()
    if found is None:
        return None
    return Placed(
        lead_id=found.lead_id, customer_id=found.customer_id, run_id=found.run_id, decision=found.decision, fresh=False
    )


def _resources(asked: Sequence[Asked]) -> list[str]:
    return sorted({name for one in asked for choice in one.choices for name in choice.uses})


def _left(day: date, room: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """Return what is left of some resources, locked until the transaction ends."""
    rows = Taken.objects.select_for_update().filter(day=day, resource__in=names).order_by("resource")
    taken = {row.resource: row.units for row in rows}
    if len(taken) < len(names):
        Taken.objects.bulk_create([Taken(day=day, resource=name) for name in names], ignore_conflicts=True)
        taken = {row.resource: row.units for row in rows.all()}
    return {name: room[name] - taken[name] for name in names}


def _plain(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values as JSON holds them: days and instants as ISO text."""
    return {name: one.isoformat() if isinstance(one, date) else one for name, one in values.items()}


def _restored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "as_of": date.fromisoformat(row["as_of"])}


def _intent(values: Mapping[str, Any]) -> NewIntent:
    begins, ends = (datetime.fromisoformat(values[name]) for name in ("not_before", "not_after"))
    return replace(NewIntent(**values), not_before=begins, not_after=ends)
