"""The compiled pass over all customers: what each would take at given prices, softened, and how that bends.

A customer who may take any of a menu's candidates or none, at reduced values ``u`` (value less the price of what is
used), has the soft maximum ``width * log(1 + sum(exp(u / width)))``, which falls to ``max(0, max(u))`` with the width
(Nesterov 2005, Smooth minimization of non-smooth functions, section 4.1).
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from wealthloop.allocation.menus import Floats, Integers, Menus

_FAR: Final = 25.0
"""Widths behind the best at which a candidate is taken with no chance worth counting (below 2e-11)."""
_SETTLED: Final = 1e-9


class Response(NamedTuple):
    """The dual function at some prices."""

    hard: float
    """The upper bound that the prices prove, fen."""
    soft: float
    """The same with soft maxima, never below ``hard``, fen."""
    slope: Floats
    """Gradient of ``soft``: units left over, shape (n_resources,)."""
    curve: Floats
    """Second derivatives of ``soft``, shape (n_resources, n_resources)."""


def _reduced_value(menus: Menus, prices: Floats, i: int) -> float:
    """Return the value of candidate ``i`` less the price of what it uses, fen."""
    left = float(menus.value[i])
    for k in range(menus.start[i], menus.start[i + 1]):
        left -= menus.amount[k] * prices[menus.resource[k]]
    return left


def _choose(menus: Menus, prices: Floats, width: float, customer: int, chance: Floats) -> tuple[float, float]:
    """Write the chances of a customer's candidates; return the best reduced value and the weight of all."""
    low, high = menus.first[customer], menus.first[customer + 1]
    best = 0.0
    for i in range(low, high):
        chance[i] = reduced_value(menus, prices, i)
        best = max(best, chance[i])
    total = math.exp(-best / width)
    for i in range(low, high):
        behind = (best - chance[i]) / width
        chance[i] = math.exp(-behind) if behind < _FAR else 0.0
        total += chance[i]
    for i in range(low, high):
        chance[i] /= total
    return best, total


def _count_use(menus: Menus, customer: int, chance: Floats, slope: Floats) -> None:
    """Take what a customer is expected to use from what is left."""
    for i in range(menus.first[customer], menus.first[customer + 1]):
        if chance[i] > 0.0:
            for k in range(menus.start[i], menus.start[i + 1]):
                slope[menus.resource[k]] -= chance[i] * menus.amount[k]


def _bend(menus: Menus, customer: int, chance: Floats, curve: Floats, mean: Floats, touched: Integers) -> None:
    """Add the covariance of what a customer uses; ``mean`` comes and goes as zeros."""
    n = 0
    for i in range(menus.first[customer], menus.first[customer + 1]):
        if chance[i] == 0.0:
            continue
        for k in range(menus.start[i], menus.start[i + 1]):
            r = menus.resource[k]
            if mean[r] == 0.0:
                touched[n] = r
                n += 1
            weight = chance[i] * menus.amount[k]
            mean[r] += weight
            for h in range(menus.start[i], menus.start[i + 1]):
                curve[r, menus.resource[h]] += weight * menus.amount[h]
    for a in range(n):
        for b in range(n):
            curve[touched[a], touched[b]] -= mean[touched[a]] * mean[touched[b]]
    for a in range(n):
        mean[touched[a]] = 0.0


def _respond(menus: Menus, prices: Floats, width: float) -> Response:
    """Return the dual function at ``prices`` (fen a unit, shape (n_resources,)), softened by ``width`` fen."""
    slope = menus.capacity.astype(np.float64)
    hard = soft = float((prices * slope).sum())
    curve = np.zeros((prices.size, prices.size))
    chance, mean = np.zeros(menus.value.size), np.zeros(prices.size)
    touched = np.zeros(menus.resource.size + 1, np.int64)
    for customer in range(menus.first.size - 1):
        best, total = choose(menus, prices, width, customer, chance)
        hard += best
        soft += best + width * math.log(total)
        count_use(menus, customer, chance, slope)
        if total > 1.0 + _SETTLED:
            bend(menus, customer, chance, curve, mean, touched)
    return Response(hard, soft, slope, curve / width)


def _reduce_all(menus: Menus, prices: Floats) -> Floats:
    """Return the reduced value of every candidate, fen, shape (n,)."""
    out = np.zeros(menus.value.size)
    for i in range(out.size):
        out[i] = reduced_value(menus, prices, i)
    return out


reduced_value: Final = njit(cache=True, inline="always")(_reduced_value)
choose: Final = njit(cache=True, inline="always")(_choose)
count_use: Final = njit(cache=True, inline="always")(_count_use)
bend: Final = njit(cache=True, inline="always")(_bend)
respond: Final[Callable[[Menus, Floats, float], Response]] = njit(cache=True)(_respond)
reduce_all: Final[Callable[[Menus, Floats], Floats]] = njit(cache=True)(_reduce_all)
