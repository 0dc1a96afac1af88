"""What customers would take at prices: the bound that anyone can recompute."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit

from wealthloop.allocation.general.layout import Floats, Instance, Integers, Menus, Rows
from wealthloop.allocation.general.response import most_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What there is in all."""

    candidates: int
    customers: int
    largest: float
    """The largest value of a candidate, either way."""


def bound_of(instance: Instance, prices: Floats, *, whole: Whole | None = None) -> float:
    """Return the upper bound that prices prove by weak duality, safe of rounding.

    Args:
        instance: with all its candidates, or with every customer's best response alone.
        prices: each of a sign that its row allows, shape (n_rows,).
        whole: of all candidates, where the instance holds only the best responses.
    """
    whole = whole or whole_of(instance)
    responses = best_responses(instance, prices)
    total = responses + worth_of_rows(instance.rows, prices)
    at_stake = responses + whole.largest * whole.customers + _stake(instance.rows, prices)
    return total + 8 * float(np.finfo(np.float64).eps) * at_stake


def whole_of(instance: Instance) -> Whole:
    """Return what the rounding of a bound depends on."""
    value = instance.menus.value
    largest = max(float(value.max(initial=0.0)), -float(value.min(initial=0.0)))
    return Whole(candidates=instance.candidates, customers=instance.customers, largest=largest)


def best_responses(instance: Instance, prices: Floats) -> float:
    """Return what all customers' best responses are worth at prices, added up exactly."""
    menus = instance.menus
    best = np.zeros(instance.customers)
    slots = int(np.diff(menus.first).max(initial=0))
    best_of(menus, instance.cost(prices), instance.most, np.zeros(slots), best)
    return math.fsum(best)


def respond_best(menus: Menus, cost: Floats, rank: Integers, most: int) -> Integers:
    """Return the candidates that customers take, shape (n_taken,); of equal ones those of the lower rank.

    Args:
        menus: the candidates.
        cost: price of each pattern, shape (n_patterns,).
        rank: of each pattern, different within a customer, shape (n_patterns,).
        most: how many slots a customer may take.
    """
    slots = int(np.diff(menus.first).max(initial=0))
    taken = np.full(menus.slot.size - 1, -1, np.int64)
    _respond_best(menus, cost, rank, most, np.zeros(slots), np.zeros(slots, np.int64), taken)
    return taken[taken >= 0]


def worth_of_rows(rows: Rows, prices: Floats) -> float:
    """Return what ``path.priced`` does, added up exactly: the same in whatever order the rows are."""
    used = prices != 0
    limit = np.where(prices > 0, rows.capacity, rows.minimum)
    return math.fsum(prices[used] * limit[used])


def _stake(rows: Rows, prices: Floats) -> float:
    return worth_of_rows(rows, np.maximum(prices, 0.0)) - worth_of_rows(rows, np.minimum(prices, 0.0))


def _best_of(menus: Menus, cost: Floats, most: int, tops: Floats, best: Floats) -> None:
    for customer in range(best.size):
        low, high = menus.first[customer], menus.first[customer + 1]
        for s in range(high - low):
            top = 0.0
            for i in range(menus.slot[low + s], menus.slot[low + s + 1]):
                top = max(top, menus.value[i] - cost[menus.pattern[i]])
            tops[s] = top
        best[customer] = most_of(tops, high - low, most)


def _ahead(top: float, rank: int, other: float, rank_of_other: int) -> bool:
    return top > other or (top == other and rank < rank_of_other)


def _take_best(
    menus: Menus, cost: Floats, rank: Integers, most: int, tops: Floats, picks: Integers, taken: Integers
) -> None:
    """Write what each customer takes into its slots."""
    for customer in range(menus.first.size - 1):
        low, high = menus.first[customer], menus.first[customer + 1]
        for s in range(high - low):
            tops[s], picks[s] = 0.0, -1
            for i in range(menus.slot[low + s], menus.slot[low + s + 1]):
                left = menus.value[i] - cost[menus.pattern[i]]
                first = picks[s] < 0
                if left > 0.0 and (
                    first or ahead(left, rank[menus.pattern[i]], tops[s], rank[menus.pattern[picks[s]]])
                ):
                    tops[s], picks[s] = left, i
        for _ in range(min(most, high - low)):
            at = -1
            for s in range(high - low):
                if picks[s] >= 0 and (
                    at < 0 or ahead(tops[s], rank[menus.pattern[picks[s]]], tops[at], rank[menus.pattern[picks[at]]])
                ):
                    at = s
            if at >= 0:
                taken[low + at] = picks[at]
                picks[at] = -1


ahead: Final[Any] = njit(cache=True, inline="always")(_ahead)
_respond_best: Final[Any] = njit(cache=True)(_take_best)
best_of: Final[Any] = njit(cache=True)(_best_of)
