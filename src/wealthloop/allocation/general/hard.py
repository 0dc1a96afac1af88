"""What customers would take at prices: the bound that anyone can recompute."""

import math
from typing import Any, Final

import numpy as np
from numba import njit

from wealthloop.allocation.general.layout import Floats, Instance, Menus, Rows
from wealthloop.allocation.general.path import priced
from wealthloop.allocation.general.response import most_of


def bound_of(instance: Instance, prices: Floats) -> float:
    """Return the upper bound that prices prove by weak duality, safe of rounding.

    Args:
        instance: with all its candidates.
        prices: each of a sign that its row allows, shape (n_rows,).
    """
    menus = instance.menus
    best = np.zeros(instance.customers)
    slots = int(np.diff(menus.first).max(initial=0))
    best_of(menus, instance.cost(prices), instance.most, np.zeros(slots), best)
    total = math.fsum(best) + priced(instance.rows, prices)
    largest = max(float(menus.value.max(initial=0.0)), -float(menus.value.min(initial=0.0)))
    at_stake = math.fsum(best) + largest * best.size + _stake(instance.rows, prices)
    return total + 8 * float(np.finfo(np.float64).eps) * at_stake


def _stake(rows: Rows, prices: Floats) -> float:
    return priced(rows, np.maximum(prices, 0.0)) - priced(rows, np.minimum(prices, 0.0))


def _best_of(menus: Menus, cost: Floats, most: int, tops: Floats, best: Floats) -> None:
    for customer in range(best.size):
        low, high = menus.first[customer], menus.first[customer + 1]
        for s in range(high - low):
            top = 0.0
            for i in range(menus.slot[low + s], menus.slot[low + s + 1]):
                top = max(top, menus.value[i] - cost[menus.pattern[i]])
            tops[s] = top
        best[customer] = most_of(tops, high - low, most)


best_of: Final[Any] = njit(cache=True)(_best_of)
