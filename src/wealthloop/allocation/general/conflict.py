"""Why no plan can meet every minimum: a smallest set of limits that contradict each other.

Only what candidates use matters here, not what they are worth, so customers who could use the same are one class and
the question is small: how often each class takes each way to use the rows in doubt. Whole numbers of a class can always
be dealt to its customers, since each slot is taken at most once a customer and slots in all at most ``most`` times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from wealthloop.allocation.general.hard import best_of
from wealthloop.allocation.general.layout import Floats, Instance, Integers
from wealthloop.allocation.general.path import usual_use

_NODES: Final = 2_000
_SHORT: Final = 1e-6
_DOUBLINGS: Final = 9
"""How often twice as many capacities are taken into doubt, the dearest first."""
_MOST_COLUMNS: Final = 60_000
_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """One side of a row's limits."""

    row: int
    minimum: bool
    """Whether it is the minimum; else the capacity."""


@dataclass(frozen=True, slots=True)
class _Classes:
    """Customers by what they could use of some rows."""

    uses: csr_array
    """Of each column, shape (n_columns, n_rows)."""
    slot: Integers
    """Of each column, shape (n_columns,)."""
    owner: Integers
    """Class of each slot, shape (n_slots,)."""
    count: Integers
    """Customers of each class, shape (n_classes,)."""


def conflict_of(instance: Instance, prices: Floats) -> tuple[Side, ...]:
    """Return limits that no plan can keep together and of which none can be left out; none if that is not proved.

    Args:
        instance: what is to be allocated.
        prices: those at which no plan was found; they have gone far where limits contradict each other.
    """
    alone = _alone(instance)
    if alone:
        return alone
    rows = instance.rows
    least = [Side(int(row), minimum=True) for row in np.flatnonzero(rows.minimum_units > 0)]
    limited = np.flatnonzero(np.isfinite(rows.capacity))
    pull = prices * usual_use(instance.patterns, rows)
    most = [Side(int(row), minimum=False) for row in limited[np.argsort(-pull[limited], kind="stable")]]
    for n in (0, *(2**k for k in range(_DOUBLINGS))):
        sides = least + most[:n]
        if _impossible(instance, sides):
            return tuple(sorted(_filtered(instance, sides)))
        if n >= len(most):
            break
    return ()


def _alone(instance: Instance) -> tuple[Side, ...]:
    """Return a minimum that no plan reaches even where nothing else is limited."""
    patterns, rows = instance.patterns, instance.rows
    for row in np.flatnonzero(rows.minimum_units > 0).tolist():
        use = np.zeros(patterns.start.size - 1)
        places = np.flatnonzero(patterns.row == row)
        use[_owners(instance)[places]] = patterns.amount[places]
        if _most(instance, use) < rows.minimum[row] * (1 - _SHORT):
            return (Side(row, minimum=True),)
        if rows.minimum[row] > rows.capacity[row]:
            return (Side(row, minimum=False), Side(row, minimum=True))
    return ()


def _most(instance: Instance, use: Floats) -> float:
    """Return the most that customers can use in all."""
    menus = instance.menus._replace(value=use[instance.menus.pattern])
    best = np.zeros(instance.customers)
    nothing = np.zeros(use.size)
    best_of(menus, nothing, instance.most, np.zeros(int(np.diff(menus.first).max(initial=0))), best)
    return float(best.sum())


def _owners(instance: Instance) -> Integers:
    return np.repeat(np.arange(instance.patterns.start.size - 1), np.diff(instance.patterns.start))


def _filtered(instance: Instance, sides: Sequence[Side]) -> list[Side]:
    """Leave out what can be left out: first halves of what is left, then one at a time."""
    kept = list(sides)
    size = max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            without = kept[:at] + kept[at + size :]
            if any(side.minimum for side in without) and _impossible(instance, without):
                kept = without
            else:
                at += size
        if size == 1:
            return kept
        size = max(1, size // 2)


def _impossible(instance: Instance, sides: Sequence[Side]) -> bool:
    """Say whether it is proved that no plan keeps some limits."""
    rows = np.array(sorted({side.row for side in sides}))
    classes = _classes(instance, rows)
    if classes is None:
        return False
    place = {row: k for k, row in enumerate(rows.tolist())}
    least, most = np.zeros(rows.size), np.full(rows.size, np.inf)
    for side in sides:
        if side.minimum:
            least[place[side.row]] = instance.rows.minimum[side.row]
        else:
            most[place[side.row]] = instance.rows.capacity[side.row]
    return _shortfall(classes, least, most, instance.most) > _SHORT * max(1.0, float(least.max()))


def _classes(instance: Instance, rows: Integers) -> _Classes | None:
    """Return the classes that some rows make, ``None`` if there are too many."""
    reduced, kind = np.unique(instance.uses[:, rows].toarray(), axis=0, return_inverse=True)
    something = np.asarray(reduced.any(axis=1))
    menus = instance.menus
    slot = np.repeat(np.arange(menus.slot.size - 1), np.diff(menus.slot))
    useful = something[kind][menus.pattern]
    pairs = np.unique(slot[useful] * len(reduced) + kind[menus.pattern[useful]])
    of, what = np.divmod(pairs, len(reduced))
    signature = _signatures(instance, of, what)
    kinds, first, counts = np.unique(signature, return_index=True, return_counts=True)
    chosen = np.isin(instance.owner[of], first[kinds != 0])
    if chosen.sum() > _MOST_COLUMNS:
        return None
    of, what = of[chosen], what[chosen]
    customers, of_class = np.unique(instance.owner[of], return_inverse=True)
    size = dict(zip(first.tolist(), counts.tolist(), strict=True))
    slots, place = np.unique(of, return_inverse=True)
    owner = np.zeros(slots.size, np.int64)
    owner[place] = of_class
    return _Classes(
        uses=csr_array(reduced[what]),
        slot=place,
        owner=owner,
        count=np.array([size[customer] for customer in customers.tolist()], dtype=np.int64),
    )


def _signatures(instance: Instance, slot: Integers, what: Integers) -> Integers:
    """Return a number of each customer that is equal where what its slots could use is, 0 for nothing."""
    within = slot - instance.menus.first[instance.owner[slot]]
    if instance.most == 1:
        within = np.zeros_like(within)
    ends = np.flatnonzero(np.diff(instance.owner[slot], append=-1)) + 1
    begins = np.concatenate([[0], ends])[: ends.size]
    known: dict[bytes, int] = {}
    out = np.zeros(instance.customers, np.int64)
    pairs = np.stack([within, what], axis=1)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        out[instance.owner[slot[begin]]] = known.setdefault(pairs[begin:end].tobytes(), len(known) + 1)
    return out


def _shortfall(classes: _Classes, least: Floats, most: Floats, per_customer: int) -> float:
    """Return by how much minimums are missed at least, in all."""
    columns, rows = classes.uses.shape
    missing = np.flatnonzero(least > 0)
    extra = csr_array((np.ones(missing.size), (missing, np.arange(missing.size))), shape=(rows, missing.size))
    limits = _beside(csr_array(classes.uses.T), extra)
    by_slot = csr_array((np.ones(columns), (classes.slot, np.arange(columns))), shape=(classes.owner.size, columns))
    owner = classes.owner[classes.slot]
    by_class = csr_array((np.ones(columns), (owner, np.arange(columns))), shape=(classes.count.size, columns))
    nothing = csr_array((classes.owner.size + classes.count.size, missing.size))
    dealt = _beside(vstack([by_slot, by_class], format="csr"), nothing)
    room = np.concatenate([classes.count[classes.owner], per_customer * classes.count])
    found = milp(
        np.concatenate([np.zeros(columns), np.ones(missing.size)]),
        integrality=np.concatenate([np.ones(columns), np.zeros(missing.size)]),
        bounds=Bounds(0, np.inf),
        constraints=[LinearConstraint(limits, least, most), LinearConstraint(dealt, -np.inf, room)],
        options={"node_limit": _NODES, "time_limit": _SECONDS},
    )
    proved = found.fun if found.status == 0 else found.mip_dual_bound
    return float(proved or 0.0)


def _beside(left: csr_array, right: csr_array) -> csr_array:
    return csr_array(vstack([left.T, right.T], format="csr").T)
