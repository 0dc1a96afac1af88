"""Contacts that other systems of the bank made count against the caps too."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.policies import repository
from wealthloop.policies.models import Reservation

ATTEMPTS: Final = 3
"""So many attempts to reach a customer inside one lead count as the one contact that the lead reserved."""

_LEAD_LIFE: Final = timedelta(days=30)
_SAME_MESSAGE: Final = timedelta(days=1)
_BY_PEOPLE: Final = frozenset({"rm", "remote_agent"})
_COLUMNS: Final = ("contact_id", "customer_id", "channel", "strategy_id", "outcome", "at", "at_day")
_NOT_MADE: Final = frozenset({"failed", "expired", "suppressed"})


def sync_bank_contacts(bank: BankTables, engine: Engine, *, since: date) -> int:  # noqa: ARG001 - rooms are asked alike
    """Count the bank's contacts from a day on; return how many are new.

    A row that our own outbox made is recognised by its id or, where the bank keeps ids of its own, by customer,
    channel and strategy close behind our reservation; a contact that was never made does not count. Repeating
    changes nothing.
    """
    if not bank.has("contacts"):
        return 0
    reach = since - _LEAD_LIFE
    rows = bank.read("contacts", _COLUMNS, days=(reach, None))
    made = rows.filter(pc.invert(pc.is_in(rows["outcome"], value_set=pa.array(sorted(_NOT_MADE)))))
    found = _of_new_customers(made, since=since)
    foreign, echoes = _told_apart(found, since=_own_begins(reach))
    return repository.put_bank_contacts(
        [_reservation(row) for row in foreign if row["at_day"] >= since],
        echoes=[_reservation(row, echo=True) for row in echoes if row["at_day"] >= since],
    )


def _own_begins(reach: date) -> datetime:
    return datetime(reach.year, reach.month, reach.day, tzinfo=UTC) - _LEAD_LIFE


def _of_new_customers(rows: pa.Table, *, since: date) -> list[dict[str, Any]]:
    """Return every contact of the customers with one that is not known yet, the oldest first."""
    recent = rows.filter(pc.greater_equal(rows["at_day"], pa.scalar(since, pa.date32())))
    known = pa.array(repository.known_ids(since=_own_begins(since)), pa.string())
    new = recent.filter(pc.invert(pc.is_in(recent["contact_id"], value_set=known)))
    theirs = rows.filter(pc.is_in(rows["customer_id"], value_set=new["customer_id"].combine_chunks()))
    return theirs.sort_by([("at", "ascending"), ("contact_id", "ascending")]).to_pylist()


def _told_apart(
    rows: list[dict[str, Any]], *, since: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """Return the contacts that other systems made, and the rows that tell of ours under ids of the bank's own."""
    ours = repository.own_reservations({row["customer_id"] for row in rows}, since=since)
    ids = {one.pk for one in ours}
    by_key: defaultdict[tuple[str, str, str], list[Reservation]] = defaultdict(list)
    for one in ours:
        by_key[(one.customer_id, one.channel, one.strategy_id)].append(one)
    attempts: defaultdict[str, int] = defaultdict(int)
    told: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for row in rows:
        if row["contact_id"] not in ids:
            told[_is_ours(row, by_key, attempts)].append(row)
    return told[False], told[True]


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


def _reservation(row: Mapping[str, Any], *, echo: bool = False) -> Reservation:
    at = row["at"].replace(tzinfo=UTC)
    return Reservation(
        intent_id=row["contact_id"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        strategy_id=row["strategy_id"] or "",
        at=at,
        released_at=at if echo else None,
        source="echo" if echo else "bank",
    )
