"""Every query of this room on the state plane."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

from wealthloop.kit import parts_of
from wealthloop.policies.caps import LONGEST_DAYS
from wealthloop.policies.models import ContactLock, OptOut, Reservation, Stop
from wealthloop.policies.types import Contact

_AT_ONCE = 900  # below SQLite's oldest limit of 999 parameters
_THE_STOP = 1


def contacts(customers: Sequence[str], *, now: datetime, but: str = "") -> dict[str, tuple[Contact, ...]]:
    """Return the contacts that count, by customer, oldest first; ``but`` names an intent to leave out.

    A day more than the longest cap is read, as a zone's clock may have gone back since.
    """
    found: defaultdict[str, list[Contact]] = defaultdict(list)
    for part in parts_of(customers, _AT_ONCE):
        rows = Reservation.objects.filter(
            customer_id__in=part, released_at=None, at__gt=now - timedelta(days=LONGEST_DAYS + 1)
        )
        for row in rows.exclude(pk=but).order_by("at", "pk"):
            found[row.customer_id].append(Contact(contact_id=row.pk, channel=row.channel, at=row.at))
    return {customer: tuple(rows) for customer, rows in found.items()}


def opt_outs(customers: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the channels refused, by customer; customers without a refusal are left out."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts_of(customers, _AT_ONCE):
        for customer, channel in OptOut.objects.filter(customer_id__in=part).values_list("customer_id", "channel"):
            found[customer].add(channel)
    return {customer: frozenset(channels) for customer, channels in found.items()}


def stop_is_on() -> bool:
    """Say whether the global stop is on."""
    return Stop.objects.exists()


def put_stop(*, by: str, reason: str, now: datetime) -> bool:
    """Put the stop on; return whether it was off."""
    return Stop.objects.get_or_create(pk=_THE_STOP, defaults={"by": by, "reason": reason, "at": now})[1]


def take_stop() -> bool:
    """Take the stop off; return whether it was on."""
    return Stop.objects.all().delete()[0] > 0


def put_opt_out(customer_id: str, channel: str, *, source: str, now: datetime) -> bool:
    """Record a refusal; return whether it is new."""
    given = {"at": now, "source": source}
    return OptOut.objects.get_or_create(customer_id=customer_id, channel=channel, defaults=given)[1]


def lock_customer(customer_id: str) -> None:
    """Make everybody else who reserves for this customer wait until the transaction ends.

    SQLite's IMMEDIATE transaction already holds the whole database; PostgreSQL locks the row.
    """
    if not connection.features.has_select_for_update:
        return
    ContactLock.objects.bulk_create([ContactLock(customer_id=customer_id)], ignore_conflicts=True)
    ContactLock.objects.select_for_update().get(customer_id=customer_id)


def put_reservation(intent_id: str, *, customer_id: str, channel: str, strategy_id: str, now: datetime) -> None:
    """Count a contact from now; one that already counts keeps its instant, one that was given back counts anew."""
    given = Reservation(intent_id=intent_id, customer_id=customer_id, channel=channel, strategy_id=strategy_id, at=now)
    Reservation.objects.bulk_create([given], ignore_conflicts=True)
    Reservation.objects.filter(pk=intent_id).exclude(released_at=None).update(at=now, released_at=None)


def free_reservation(intent_id: str, *, now: datetime) -> None:
    """Give a contact back."""
    Reservation.objects.filter(pk=intent_id, source="outbox", released_at=None).update(released_at=now)


def own_reservations(customers: Collection[str], *, since: datetime) -> list[Reservation]:
    """Return our own contacts of some customers from an instant on, oldest first."""
    found: list[Reservation] = []
    for part in parts_of(sorted(customers), _AT_ONCE):
        found += Reservation.objects.filter(source="outbox", customer_id__in=part, at__gte=since)
    return sorted(found, key=lambda one: (one.at, one.pk))


def known_ids(*, since: datetime) -> list[str]:
    """Return the ids of everybody's contacts from an instant on, those given back and echoes among them."""
    return list(Reservation.objects.filter(at__gte=since).values_list("intent_id", flat=True))


def put_bank_contacts(rows: Sequence[Reservation], *, echoes: Sequence[Reservation]) -> int:
    """Count contacts that other systems made; return how many are new. Echoes are remembered and do not count."""
    before = Reservation.objects.filter(source="bank").count()
    Reservation.objects.bulk_create([*rows, *echoes], ignore_conflicts=True, batch_size=100)
    for part in parts_of([row.pk for row in rows], _AT_ONCE):
        Reservation.objects.filter(pk__in=part, source="echo").update(source="bank", released_at=None)
    return Reservation.objects.filter(source="bank").count() - before
