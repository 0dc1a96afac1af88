"""Limits of households and branches: at most so many contacts a night for the customers of each.

They are further resources of the night's plan, of which every contact for such a customer takes one, control included.
A household's resource is named only where more of its customers may be contacted than it may have contacts: the
others' can never be short.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.loop.capacity import branch_resource, household_resource, load_capacity
from wealthloop.loop.types import Night


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits that some customers fall under."""

    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By customer the resources of which a contact takes one; who is not named falls under none."""
    room: Mapping[str, int] = field(default_factory=dict)
    """Contacts a night of each such resource."""


NO_LIMITS: Final = Limits()


def limits_of(night: Night, profiles: Mapping[str, Mapping[str, Any]], *, crowded: bool = True) -> Limits:
    """Return the limits of the home that some customers fall under; a customer without a household has none of one.

    Args:
        night: the night.
        profiles: of the customers, by id.
        crowded: whether households are left out of which no more customers than contacts are among these.
    """
    limits = load_capacity(night.home)
    most, branches = limits.household_contacts, limits.branch_limits
    if most is None and not branches:
        return NO_LIMITS
    households = {} if most is None else _households(night, profiles)
    sizes = Counter(households.values())
    bound = {name for name, size in sizes.items() if most is not None and (size > most or not crowded)}
    room = {household_resource(name): most or 0 for name in sorted(bound)}
    room |= {branch_resource(name): units for name, units in branches.items()}
    takes: dict[str, tuple[str, ...]] = {}
    for customer, profile in profiles.items():
        household, branch = households.get(customer), profile["branch_id"] if branches else None
        taken = (
            *((household_resource(household),) if household in bound else ()),
            *((branch_resource(branch),) if branch in branches else ()),
        )
        if taken:
            takes[customer] = taken
    return Limits(takes=takes, room=room)


def _households(night: Night, profiles: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the household of each customer who has one."""
    known = night.bank.read("customers", ("customer_id", "household_id"), as_of=night.as_of)
    ours = pc.is_in(known["customer_id"], value_set=pa.array(sorted(profiles), pa.string()))
    rows = known.filter(pc.and_(ours, pc.is_valid(known["household_id"]))).to_pylist()
    return {str(row["customer_id"]): str(row["household_id"]) for row in rows if row["household_id"]}
