"""Floors: the least contacts that a night plans for a branch's customers or for a strategy, at a small loss of value.

The blind plan is made without them; then a group that is short gets its best contacts that were not planned, in the
room that is left or in that of contacts of others. It stands before any arm is drawn, so control counts. The exchanges
are greedy: each is the one that loses the least among those that are looked at, and all together may lose more than a
plan that knew the floors from the beginning.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from wealthloop.ledger import FLOORS, FloorReason
from wealthloop.loop.capacity import branch_resource, strategy_resource
from wealthloop.loop.exchange import Exchanges
from wealthloop.loop.options import Option
from wealthloop.loop.types import Counts
from wealthloop.strategies.life import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What each group is to have, and for which groups a contact counts."""

    least: Mapping[str, int]
    """Contacts a night by group: ``branch:<id>`` or ``strategy:<id>``."""
    branch_of: Mapping[str, str | None]
    """Branches of the options' customers."""

    def groups(self, one: Option) -> tuple[str, ...]:
        """Return the groups with a floor for which a contact counts."""
        branch = self.branch_of.get(one.customer_id)
        named = (strategy_resource(one.strategy_id), *(() if branch is None else (branch_resource(branch),)))
        return tuple(name for name in named if name in self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floored:
    """How one group stands to its floor."""

    group: str
    least: int
    before: int
    """Contacts in the plan that knew no floors."""
    planned: int
    why: FloorReason | None
    """Why the floor is missed; None where it is held."""


def floors_of(
    branches: Mapping[str, int], strategies: Sequence[Running], profiles: Mapping[str, Mapping[str, Any]]
) -> Floors | None:
    """Return the floors of a home's branches and of the strategies that have a minimum; None where there are none.

    Args:
        branches: least contacts by branch.
        strategies: what runs.
        profiles: of the customers, by id.
    """
    least = {branch_resource(name): units for name, units in branches.items()}
    least |= {
        strategy_resource(one.strategy_id): one.document.daily_minimum
        for one in strategies
        if one.document.daily_minimum is not None
    }
    if not least:
        return None
    return Floors(least=least, branch_of={name: row["branch_id"] for name, row in profiles.items()})


def meet_floors(
    options: Sequence[Option], values: Sequence[int], chosen: Sequence[int], capacities: Mapping[str, int],
    floors: Floors,
) -> tuple[list[int], tuple[Floored, ...]]:  # fmt: skip
    """Exchange contacts until every group has its floor, or nothing more can be done for it.

    The group that has the smallest part of its floor goes first. Only contacts that are worth something come in, be it
    instead of another contact of the same customer; none goes that brings another group below its floor, and no
    capacity is exceeded.

    Args:
        options: what may be done.
        values: of the options, fen as the plan counts them.
        chosen: places of the options that are planned, at most one a customer, together within capacity.
        capacities: units of every resource.
        floors: what is to be met.

    Returns:
        The places of the options that are planned now, in the order of the options, and how each group stands.
    """
    plan = Exchanges(
        options=options, values=values, capacities=capacities, least=floors.least,
        groups=[floors.groups(one) for one in options],
    )  # fmt: skip
    for place in chosen:
        plan.enter(place)
    before = Counter(plan.contacts)
    plan.index()
    stuck: dict[str, FloorReason] = {}
    while short := [name for name in floors.least if name not in stuck and plan.lacks(name) > 0]:
        group = min(short, key=lambda name: (plan.contacts[name] / floors.least[name], name))
        if not plan.improve(group):
            stuck[group] = "capacity" if plan.has_waiting(group) else "no_options"
    if plan.moved:
        plan.fill()
    stands = tuple(
        Floored(
            group=name, least=least, before=before[name], planned=plan.contacts[name],
            why=stuck.get(name) if plan.lacks(name) > 0 else None,
        )
        for name, least in sorted(floors.least.items())
    )  # fmt: skip
    return sorted(plan.pick.values()), stands


def floor_table(stands: Sequence[Floored]) -> pa.Table:
    """Return the rows of ``FLOORS`` of a night."""
    return pa.Table.from_pylist([asdict(one) for one in stands], schema=FLOORS)


def floor_counts(stands: Sequence[Floored], cost: int) -> Counts:
    """Return what a night's record says of floors; nothing where the home has set none."""
    if not stands:
        return {}
    return {"floors": len(stands), "floors_missed": sum(one.why is not None for one in stands), "floor_cost_fen": cost}
