"""Person keys: the random surrogates under which analytical rows know customers."""

import secrets
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import QuerySet

from wealthloop.access.models import PersonKey
from wealthloop.kit import parts_of

_AT_ONCE = 900  # below SQLite's oldest limit of 999 parameters
_MANY = 5 * _AT_ONCE
"""From so many keys on one pass over all of them is quicker."""


def person_keys(customer_ids: Iterable[str]) -> dict[str, str]:
    """Return the key of each customer, making the missing ones.

    A key is random, so that with its row destroyed nothing leads back to the customer.
    """
    wanted = sorted(set(customer_ids))
    with transaction.atomic():
        found = _keys_of(wanted)
        missing = [customer for customer in wanted if customer not in found]
        if not missing:
            return found
        fresh = [PersonKey(customer_id=customer, person_key=secrets.token_hex(16)) for customer in missing]
        PersonKey.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=400)
        return found | _keys_of(missing)


def known_keys(customer_ids: Iterable[str]) -> dict[str, str]:
    """Return the key of each customer who has one; none is made."""
    return _keys_of(sorted(set(customer_ids)))


def customers_of(keys: Iterable[str]) -> dict[str, str]:
    """Return key to customer for the keys that still lead to one."""
    wanted = set(keys)
    if len(wanted) > _MANY:
        return {key: customer for key, customer in _pairs(PersonKey.objects.all()) if key in wanted}
    found: dict[str, str] = {}
    for part in parts_of(sorted(wanted), _AT_ONCE):
        rows = _pairs(PersonKey.objects.filter(person_key__in=part))
        found.update(rows)
    return found


def _pairs(rows: QuerySet[PersonKey]) -> Iterable[tuple[str, str]]:
    return rows.values_list("person_key", "customer_id")


def _keys_of(customers: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts_of(customers, _AT_ONCE):
        rows = PersonKey.objects.filter(customer_id__in=part).values_list("customer_id", "person_key")
        found.update(rows)
    return found
