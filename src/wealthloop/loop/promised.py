"""What is left to promise of the catalogues: pieces of a benefit, places of an activity, never more than there are.

The bank says how many there were at an instant. Since then pieces were given, and promises stand: a contact promises a
piece to whoever does what is counted within the window, and a place until the activity begins. A promise is counted
once, from the night that plans it; it is given back when the contact surely did not leave, or when the window has
closed without a redemption. Where the bank hands over no redemptions, any lapsed promise may have been kept: it
counts until the stock is stated anew.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.access.keys import customers_of
from wealthloop.bank import BankTables
from wealthloop.delivery.models import Intent, IntentState
from wealthloop.kit import Home, day_of
from wealthloop.ledger import Disposition
from wealthloop.loop.catalogues import Item, items_of
from wealthloop.loop.types import Night
from wealthloop.reports.planned import rows_of
from wealthloop.strategies.life import Running
from wealthloop.strategies.repository import held_in, version_row, versions

_GONE: Final = (IntentState.SUPPRESSED, IntentState.FAILED, IntentState.EXPIRED)
"""States of a contact that surely did not leave."""
_OUT: Final = (IntentState.CLAIMED, IntentState.SENT, IntentState.UNKNOWN)
"""States of a contact that has left, or may have."""
_GRACE: Final = timedelta(days=14)
"""Days after the window in which a bank gives what was earned (assumed)."""

Windows: TypeAlias = Mapping[tuple[str, int], int]
"""Days of the outcome window, by strategy version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    customer_id: str
    """Empty where the person was erased."""
    on: date
    closes: date
    """The last day on which it may be given."""


def left_to_promise(night: Night, strategies: Sequence[Running]) -> dict[str, int]:
    """Return what a night may promise of all that its strategies' offers name and the bank counts, by resource."""
    items = sorted({item for one in strategies for item in items_of(one.document.offer)}, key=lambda one: one.resource)
    left = {item.resource: _for_night(night, item) for item in items}
    return {resource: units for resource, units in left.items() if units is not None}


def _for_night(night: Night, item: Item) -> int | None:
    windows = versions_with(item)
    gone = _ids(windows, state__in=_GONE)
    return _left(
        night.home, night.bank, item, windows, as_of=night.as_of, but=night.run_id, counts=lambda one: one not in gone
    )


class Claims:
    """What is left at the claims of one item: contacts that have left count, those that wait do not yet."""

    def __init__(self, home: Home, bank: BankTables, item: Item, *, as_of: date, now: datetime) -> None:
        """Count what had left before an instant; ``as_of``: the day of the bank's facts."""
        self._windows, self._now = versions_with(item), now
        self._before = _ids(self._windows, state__in=_OUT, claimed_at__lt=now)
        self._left = _left(home, bank, item, self._windows, as_of=as_of, but="", counts=self._before.__contains__)

    def room_for(self, intent: Intent) -> bool:
        """Say inside its claim whether there is one for a contact; asked again for one that has left, it says the same.

        Claims of the same item wait for one another.
        """
        if self._left is None:
            return True
        for which in sorted(self._windows):
            version_row(*which, lock=True)
        since = _ids(self._windows, state__in=_OUT, claimed_at__gte=self._now)
        own = intent.pk in self._before
        return len(since - {intent.pk}) < self._left + own


def versions_with(item: Item) -> dict[tuple[str, int], int]:
    """Return the versions, whatever has become of them, whose offer names an item, with their windows."""
    documents = ((row, held_in(row)[0]) for row in versions())
    return {
        (row.strategy_id, row.version): document.success.window_days
        for row, document in documents
        if item in items_of(document.offer)
    }


def _ids(windows: Windows, **kept: object) -> set[str]:
    """Return the ids of the versions' intents that a filter keeps."""
    return {
        str(intent_id)
        for strategy_id, version in windows
        for intent_id in Intent.objects.filter(
            strategy_id=strategy_id, strategy_version=version, **kept
        ).values_list("pk", flat=True)
    }  # fmt: skip


def _left(
    home: Home, bank: BankTables, item: Item, windows: Windows, *, as_of: date, but: str, counts: Callable[[str], bool]
) -> int | None:
    """Return how many are left; None where nobody counts them.

    Args:
        home: whose ledger.
        bank: what there is, and what was given.
        item: of what.
        windows: of the versions that promise it.
        as_of: the night.
        but: a run whose own decisions are left out.
        counts: says of a released decision whether it counts.
    """
    kind = item.kind
    rows = bank.read(kind.table, (kind.key, kind.units, "known_at"), as_of=as_of).to_pylist()
    stated = next((row for row in rows if row[kind.key] == item.name and row[kind.units] is not None), None)
    if stated is None:
        return None
    units = int(stated[kind.units])
    promises = _promises(home, windows, as_of=as_of, but=but, counts=counts)
    if not kind.lapses:
        return max(0, units - len(promises))
    told = bank.knows("redemptions", as_of=as_of)
    day = as_of if told else day_of(stated["known_at"].replace(tzinfo=UTC), home.zone)
    standing = [one for one in promises if one.closes >= day]
    if not told:
        return max(0, units - len(standing))
    given = _given(bank, item, as_of=as_of)
    stated_at: datetime = stated["known_at"]
    since = sum(at > stated_at for several in given.values() for at in several)
    return max(0, units - since - _outstanding(standing, given, home))


def _promises(home: Home, windows: Windows, *, as_of: date, but: str, counts: Callable[[str], bool]) -> list[_Promise]:
    """Return the promises of nights up to a day: of contacts released that count, and of those imported as sent."""
    decisions = ledger.read(home).filter((pc.field("as_of") <= as_of) & (pc.field("run_id") != but))
    found: list[_Promise] = []
    for which, days in windows.items():
        rows = rows_of(decisions, *which).select(["decision_id", "person_key", "as_of", "disposition"]).to_pylist()
        kept = [
            row for row in rows
            if row["disposition"] == Disposition.IMPORTED_SENT
            or (row["disposition"] == Disposition.RELEASED and counts(row["decision_id"]))
        ]  # fmt: skip
        customers = customers_of({row["person_key"] for row in kept})
        found += [
            _Promise(
                customer_id=customers.get(row["person_key"], ""), on=row["as_of"],
                closes=row["as_of"] + timedelta(days=days) + _GRACE,
            )
            for row in kept
        ]  # fmt: skip
    return found


def _given(bank: BankTables, item: Item, *, as_of: date) -> dict[str, list[datetime]]:
    """Return by customer the instants, zone-less UTC, at which a benefit was given."""
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for row in bank.read("redemptions", ("customer_id", "benefit_id", "granted_at"), as_of=as_of).to_pylist():
        if row["benefit_id"] == item.name:
            found[row["customer_id"]].append(row["granted_at"])
    return found


def _outstanding(standing: Sequence[_Promise], given: Mapping[str, Sequence[datetime]], home: Home) -> int:
    """Return how many promises stand that nothing was given for; what a customer got since the first meets one."""
    by_customer: defaultdict[str, list[date]] = defaultdict(list)
    for one in standing:
        by_customer[one.customer_id].append(one.on)
    met = {
        customer: sum(day_of(at.replace(tzinfo=UTC), home.zone) > min(days) for at in given.get(customer, ()))
        for customer, days in by_customer.items()
    }
    return sum(max(0, len(days) - met[customer]) for customer, days in by_customer.items())
