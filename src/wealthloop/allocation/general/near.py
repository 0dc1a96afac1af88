"""Cuts menus to what may matter at some prices, and to some of the customers."""

import math
from typing import Any, Final

import numpy as np
from numba import njit

from wealthloop.allocation.general.layout import Codes, Flags, Floats, Integers, Menus, Patterns

_SEED: Final = 7
_HALVINGS: Final = 12


def near(menus: Menus, cost: Floats, lone: Flags, reach: float) -> tuple[Menus, Integers]:
    """Return the candidates at most ``reach`` behind their slot's best, and where each stands.

    Candidates that use a row priced by itself are compared among themselves, since such a price may be far off yet.

    Args:
        menus: the candidates.
        cost: price of each pattern, shape (n_patterns,).
        lone: which patterns use a row that is priced by itself, shape (n_patterns,).
        reach: in the unit of the values, not negative.
    """
    slot = np.cumsum(_counts(menus, cost, lone, reach))
    places = np.empty(int(slot[-1]), np.int64)
    _pick(menus, cost, lone, reach, slot, places)
    return Menus(menus.value[places], menus.pattern[places], slot, menus.first), places


def reach_for(menus: Menus, cost: Floats, lone: Flags, kept: float) -> float:
    """Return the reach at which a slot keeps ``kept`` candidates, in the mean."""
    low, high = 0.0, float(np.abs(menus.value).max(initial=0.0)) + float(np.abs(cost).max(initial=0.0))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _counts(menus, cost, lone, middle).sum() > kept * (menus.slot.size - 1):
            high = middle
        else:
            low = middle
    return high


def _counts(menus: Menus, cost: Floats, lone: Flags, reach: float) -> Integers:
    """Return how many candidates of each slot stay, after a 0, shape (n_slots + 1,)."""
    slot = np.zeros(menus.slot.size, np.int64)
    _pick(menus, cost, lone, reach, slot, np.empty(0, np.int64))
    return slot


def some_customers(customers: int, group: Codes | None, wanted: int) -> Integers:
    """Return about ``wanted`` of the customers, whole groups (a manager's book), the same each time.

    Args:
        customers: how many there are.
        group: of each customer, -1 for none, shape (n_customers,); ``None`` where customers stand alone.
        wanted: about how many.
    """
    draw = np.random.default_rng(_SEED)
    if group is None:
        return np.sort(draw.permutation(customers)[:wanted])
    share, groups = wanted / customers, int(group.max(initial=-1)) + 1
    kept = np.zeros(groups, np.bool_)
    kept[draw.permutation(groups)[: math.ceil(share * groups)]] = True
    alone = draw.random(customers) < share
    return np.flatnonzero(np.where(group >= 0, kept[group], alone))


def groups_of(menus: Menus, patterns: Patterns, dense: int) -> Codes | None:
    """Return of each customer the first row priced by itself that its candidates use, -1 for none; ``None`` if all."""
    own = np.full(patterns.start.size - 1, -1, np.int32)
    places = np.flatnonzero(patterns.row >= dense)
    if not places.size:
        return None
    owner = np.searchsorted(patterns.start, places, side="right") - 1
    own[owner[::-1]] = patterns.row[places[::-1]] - dense
    out = np.empty(menus.first.size - 1, np.int32)
    _first_group(menus, own, out)
    return out


def _pick_near(menus: Menus, cost: Floats, lone: Flags, reach: float, slot: Integers, places: Integers) -> None:
    """Count the candidates that stay, or list them where there is room for it."""
    for s in range(menus.slot.size - 1):
        best, best_lone = 0.0, -np.inf
        for i in range(menus.slot[s], menus.slot[s + 1]):
            left = menus.value[i] - cost[menus.pattern[i]]
            if left > best or left > best_lone:
                if lone[menus.pattern[i]]:
                    best_lone = max(best_lone, left)
                else:
                    best = max(best, left)
        at = slot[s] if places.size else 0
        for i in range(menus.slot[s], menus.slot[s + 1]):
            left = menus.value[i] - cost[menus.pattern[i]] + reach
            if left >= (best_lone if lone[menus.pattern[i]] else best):
                if places.size:
                    places[at] = i
                at += 1
        if not places.size:
            slot[s + 1] = at


def _group_customers(menus: Menus, own: Codes, out: Codes) -> None:
    for customer in range(out.size):
        out[customer] = -1
        for i in range(menus.slot[menus.first[customer]], menus.slot[menus.first[customer + 1]]):
            if own[menus.pattern[i]] >= 0:
                out[customer] = own[menus.pattern[i]]
                break


_pick: Final[Any] = njit(cache=True)(_pick_near)
_first_group: Final[Any] = njit(cache=True)(_group_customers)
