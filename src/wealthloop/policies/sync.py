"""Contacts that other systems of the bank made count against the caps too."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.policies import repository
from wealthloop.policies.models import Reservation

ATTEMPTS: Final = 3
"""So many attempts to reach a customer inside one lead count as the one contact that the lead reserved."""

_LEAD_LIFE: Final = timedelta(days=30)
_SAME_MESSAGE: Final = timedelta(days=1)
_BY_PEOPLE: Final = frozenset({"rm", "remote_agent"})
_NOT_MADE: Final = frozenset({"failed", "expired", "suppressed"})


def sync_bank_contacts(bank: BankTables, engine: Engine, *, since: date) -> int:
    """Count the bank's contacts from a day on; return how many are new.

    A row that our own outbox made is recognised by its id or, where the bank keeps ids of its own, by customer,
    channel and strategy close behind our reservation; a contact that was never made does not count. Repeating
    changes nothing.
    """
    if not bank.has("contacts"):
        return 0
    table = bank.scan("contacts")
    reach = since - _LEAD_LIFE
    rows = table.filter(table["at_day"] >= reach).select(
        "contact_id", "customer_id", "channel", "strategy_id", "outcome", "at", "at_day"
    )
    found = engine.to_arrow(rows.order_by(["at", "contact_id"]), name="policies.contacts").to_pylist()
    foreign = _without_ours([row for row in found if row["outcome"] not in _NOT_MADE], since=reach)
    return repository.put_bank_contacts([_reservation(row) for row in foreign if row["at_day"] >= since])


def _without_ours(rows: list[dict[str, Any]], *, since: date) -> list[dict[str, Any]]:
    begins = datetime(since.year, since.month, since.day, tzinfo=UTC) - _LEAD_LIFE
    ours = repository.own_reservations(since=begins)
    ids = {one.pk for one in ours}
    by_key: defaultdict[tuple[str, str, str], list[Reservation]] = defaultdict(list)
    for one in ours:
        by_key[(one.customer_id, one.channel, one.strategy_id)].append(one)
    attempts: defaultdict[str, int] = defaultdict(int)
    return [row for row in rows if row["contact_id"] not in ids and not _is_ours(row, by_key, attempts)]


def _is_ours(
    row: Mapping[str, Any],
    by_key: Mapping[tuple[str, str, str], list[Reservation]],
    attempts: defaultdict[str, int],
) -> bool:
    """Say whether a row tells of a contact that we reserved, and note the attempt."""
    by_person = row["channel"] in _BY_PEOPLE
    reach, most = (_LEAD_LIFE, ATTEMPTS) if by_person else (_SAME_MESSAGE, 1)
    at = row["at"].replace(tzinfo=UTC)
    for one in by_key.get((row["customer_id"], row["channel"], row["strategy_id"] or ""), ()):
        if timedelta(0) <= at - one.at <= reach and attempts[one.pk] < most:
            attempts[one.pk] += 1
            return True
    return False


def _reservation(row: Mapping[str, Any]) -> Reservation:
    return Reservation(
        intent_id=row["contact_id"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        strategy_id=row["strategy_id"] or "",
        at=row["at"].replace(tzinfo=UTC),
        source="bank",
    )
