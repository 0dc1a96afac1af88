"""Prices of rows that only their own customers use, found exactly: a manager's cards, given every other price.

Of one such row the dual function is piecewise linear and convex in its price: its slope is what is left over when its
customers take their best. Halving finds the price at which that changes sign.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

from wealthloop.allocation.general.layout import Floats, Instance, Integers, Menus, Patterns, Rows

_HALVINGS: Final = 40


class Lone(NamedTuple):
    """The rows that are priced by themselves."""

    start: Integers
    """First customer of each, shape (n_lone + 1,)."""
    customer: Integers
    """Who may use it."""
    first: Integers
    """First pattern of each, shape (n_lone + 1,)."""
    pattern: Integers
    """What uses it."""
    ceiling: Floats
    """A price at which nobody would, shape (n_rows,)."""


def customers_of(menus: Menus, patterns: Patterns, rows: Rows) -> tuple[Integers, Integers]:
    """Return by lone row (those from ``rows.dense`` on) which customers may use it: starts, then customers."""
    lone = rows.capacity.size - rows.dense
    start = np.zeros(lone + 1, np.int64)
    seen = np.full(lone, -1, np.int64)
    _count(menus, patterns, rows.dense, seen, start)
    start = np.cumsum(start)
    members = np.empty(int(start[-1]), np.int64)
    seen[:] = -1
    _list(menus, patterns, rows.dense, seen, start[:-1].copy(), members)
    return start, members


def settle_lone(instance: Instance, prices: Floats) -> Floats:
    """Return prices, shape (n_rows,), of which every lone one is the best, in turn, given all others."""
    menus, patterns, rows = instance.menus, instance.patterns, instance.rows
    out, cost = prices.copy(), instance.cost(prices)
    highest = float(np.abs(menus.value).max(initial=0.0) + np.abs(cost).max(initial=0.0))
    smallest = np.ones(rows.capacity.size)
    np.minimum.at(smallest, patterns.row, patterns.amount)
    lone = Lone(*customers_of(menus, patterns, rows), *_patterns_by_row(patterns, rows), highest / smallest)
    slots = int(np.diff(menus.first).max(initial=0))
    _settle(menus, patterns, rows, out, cost, instance.most, lone, np.zeros((2, slots)))
    return out


def _patterns_by_row(patterns: Patterns, rows: Rows) -> tuple[Integers, Integers]:
    """Return by lone row which patterns use it: starts, then patterns."""
    places = np.flatnonzero(patterns.row >= rows.dense)
    owner = np.searchsorted(patterns.start, places, side="right") - 1
    row = patterns.row[places] - rows.dense
    order = np.argsort(row, kind="stable")
    counts = np.bincount(row, minlength=rows.capacity.size - rows.dense)
    return np.concatenate([[0], np.cumsum(counts)]), owner[order]


def _count_members(menus: Menus, patterns: Patterns, dense: int, seen: Integers, start: Integers) -> None:
    for customer in range(menus.first.size - 1):
        for i in range(menus.slot[menus.first[customer]], menus.slot[menus.first[customer + 1]]):
            for k in range(patterns.start[menus.pattern[i]], patterns.start[menus.pattern[i] + 1]):
                row = patterns.row[k] - dense
                if row >= 0 and seen[row] != customer:
                    seen[row] = customer
                    start[row + 1] += 1


def _list_members(
    menus: Menus, patterns: Patterns, dense: int, seen: Integers, at: Integers, members: Integers
) -> None:
    for customer in range(menus.first.size - 1):
        for i in range(menus.slot[menus.first[customer]], menus.slot[menus.first[customer + 1]]):
            for k in range(patterns.start[menus.pattern[i]], patterns.start[menus.pattern[i] + 1]):
                row = patterns.row[k] - dense
                if row >= 0 and seen[row] != customer:
                    seen[row] = customer
                    members[at[row]] = customer
                    at[row] += 1


def _use_in(patterns: Patterns, pattern: int, row: int) -> float:
    """Return what a pattern uses of a row."""
    for k in range(patterns.start[pattern + 1] - 1, patterns.start[pattern] - 1, -1):
        if patterns.row[k] == row:
            return float(patterns.amount[k])
    return 0.0


def _demand(
    menus: Menus,
    patterns: Patterns,
    cost: Floats,
    row: int,
    more: float,
    most: int,
    customers: Integers,
    room: Floats,
) -> float:
    """Return what some customers would use of a row whose price is ``more`` above that in ``cost``."""
    total, best, used = 0.0, room[0], room[1]
    for customer in customers:
        low, high = menus.first[customer], menus.first[customer + 1]
        for s in range(high - low):
            best[s], used[s] = 0.0, 0.0
            for i in range(menus.slot[low + s], menus.slot[low + s + 1]):
                left = menus.value[i] - cost[menus.pattern[i]]
                if left > best[s] or more < 0.0:
                    use = use_in(patterns, menus.pattern[i], row)
                    if left - more * use > best[s]:
                        best[s], used[s] = left - more * use, use
        total += used_by_most(best, used, high - low, most)
    return total


def _used_by_most(best: Floats, used: Floats, slots: int, most: int) -> float:
    """Return the use of the ``most`` best slots; changes their order."""
    total = 0.0
    for a in range(min(most, slots)):
        at = a
        for b in range(a + 1, slots):
            if best[b] > best[at]:
                at = b
        best[a], best[at] = best[at], best[a]
        used[a], used[at] = used[at], used[a]
        total += used[a]
    return total


def _best_price(
    menus: Menus,
    patterns: Patterns,
    rows: Rows,
    cost: Floats,
    most: int,
    lone: Lone,
    at: tuple[int, float],
    room: Floats,
) -> float:
    """Return the best price of a row that stands at a price now."""
    row, now = at
    customers = lone.customer[lone.start[row - rows.dense] : lone.start[row - rows.dense + 1]]
    free = demand(menus, patterns, cost, row, -now, most, customers, room)
    if rows.minimum[row] <= free <= rows.capacity[row]:
        return 0.0
    over = free > rows.capacity[row]
    low, high = (0.0, lone.ceiling[row]) if over else (-lone.ceiling[row], 0.0)
    limit = rows.capacity[row] if over else rows.minimum[row]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        there = demand(menus, patterns, cost, row, middle - now, most, customers, room)
        if there == limit:
            return middle
        if there > limit:
            low = middle
        else:
            high = middle
    return high if over else low


def _settle_rows(
    menus: Menus, patterns: Patterns, rows: Rows, prices: Floats, cost: Floats, most: int, lone: Lone, room: Floats
) -> None:
    for place in range(lone.start.size - 1):
        row = rows.dense + place
        price = best_price(menus, patterns, rows, cost, most, lone, (row, prices[row]), room)
        for k in range(lone.first[place], lone.first[place + 1]):
            cost[lone.pattern[k]] += (price - prices[row]) * use_in(patterns, lone.pattern[k], row)
        prices[row] = price


use_in: Final[Any] = njit(cache=True, inline="always")(_use_in)
used_by_most: Final[Any] = njit(cache=True)(_used_by_most)
demand: Final[Any] = njit(cache=True)(_demand)
best_price: Final[Any] = njit(cache=True)(_best_price)
_count: Final[Any] = njit(cache=True)(_count_members)
_list: Final[Any] = njit(cache=True)(_list_members)
_settle: Final[Any] = njit(cache=True)(_settle_rows)
