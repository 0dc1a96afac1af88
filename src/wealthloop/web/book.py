"""The customers whom a visitor may know of, as of the newest night."""

from functools import lru_cache

import pyarrow as pa

from wealthloop import insight
from wealthloop.access.scope import Scope, sees
from wealthloop.errors import NotFound
from wealthloop.insight import Panorama
from wealthloop.web.context import Site, reading


def book(place: Site, scope: Scope) -> pa.Table:
    """Return the profiles of the customers in scope, the largest AUM first; empty before the first night."""
    table = profiles(place)
    held = zip(table["staff_id"].to_pylist(), table["branch_id"].to_pylist(), strict=True)
    inside = [sees(scope, staff_id=staff, branch_id=branch) for staff, branch in held]
    found = table.filter(pa.array(inside, pa.bool_()))
    return found.sort_by([("aum_average", "descending"), ("customer_id", "ascending")])


def look(place: Site, scope: Scope, customer_id: str) -> Panorama:
    """Return the panorama of a customer in scope.

    Raises:
        NotFound: there is none, or it lies outside the scope; which of the two is not said (I19).
    """
    held = insight.profile_of(profiles(place), customer_id)
    if not sees(scope, staff_id=held.staff_id, branch_id=held.branch_id):
        raise NotFound("customer: none within reach")
    return _panorama(place, customer_id)


def profiles(place: Site) -> pa.Table:
    """Return every customer's profile as of the newest night; for counting, never for showing one."""
    try:
        return _profiles(place) if place.as_of else insight.SCHEMA.empty_table()
    except NotFound:
        return insight.SCHEMA.empty_table()


@lru_cache(maxsize=2)
def _profiles(place: Site) -> pa.Table:
    if place.as_of is None:
        return insight.SCHEMA.empty_table()
    return insight.load(place.home, place.as_of)


@lru_cache(maxsize=256)
def _panorama(place: Site, customer_id: str) -> Panorama:
    if place.as_of is None:
        raise NotFound("customer: none within reach")
    with reading(place) as (bank, engine):
        return insight.panorama(bank, engine, customer_id, as_of=place.as_of, table=_profiles(place), home=place.home)
