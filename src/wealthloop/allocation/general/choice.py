"""A plan in the making: whole candidates in slots, never above a capacity between two moves."""

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

from wealthloop.allocation.general.layout import Floats, Integers, Menus, Patterns, Rows


class Choice(NamedTuple):
    """What is chosen, and what is left."""

    pick: Integers
    """Candidate of each slot, -1 for none, shape (n_slots,)."""
    taken: Integers
    """Slots that each customer has filled, shape (n_customers,)."""
    left: Integers
    """Units up to the capacity, shape (n_rows,)."""
    spare: Integers
    """Units above the minimum, negative while it is not met, shape (n_rows,)."""


def nothing_chosen(menus: Menus, rows: Rows) -> Choice:
    """Return a plan that holds nothing yet."""
    return Choice(
        np.full(menus.slot.size - 1, -1, np.int64),
        np.zeros(menus.first.size - 1, np.int64),
        rows.capacity_units.copy(),
        -rows.minimum_units,
    )


def _add_use(patterns: Patterns, choice: Choice, pattern: int, times: int) -> None:
    """Count a pattern's use ``times`` times (-1 to take it back)."""
    for k in range(patterns.start[pattern], patterns.start[pattern + 1]):
        choice.left[patterns.row[k]] -= times * patterns.units[k]
        choice.spare[patterns.row[k]] += times * patterns.units[k]


def _has_room(patterns: Patterns, choice: Choice, pattern: int) -> bool:
    """Say whether a pattern fits into what is left."""
    for k in range(patterns.start[pattern], patterns.start[pattern + 1]):
        if choice.left[patterns.row[k]] < patterns.units[k]:
            return False
    return True


def _may_leave(patterns: Patterns, choice: Choice, pattern: int) -> bool:
    """Say whether every minimum still holds as well as before when a pattern's use is taken back."""
    for k in range(patterns.start[pattern], patterns.start[pattern + 1]):
        if choice.spare[patterns.row[k]] < patterns.units[k]:
            return False
    return True


def _meet(
    menus: Menus, patterns: Patterns, owner: Integers, most: int, row: int, order: Integers, choice: Choice
) -> None:
    """Give slots candidates that use a row, in the order given, until the row's minimum is met."""
    for i in order:
        if choice.spare[row] >= 0:
            return
        slot = np.searchsorted(menus.slot, i, side="right") - 1
        if choice.pick[slot] >= 0 or choice.taken[owner[slot]] >= most:
            continue
        if has_room(patterns, choice, menus.pattern[i]):
            choice.pick[slot] = i
            choice.taken[owner[slot]] += 1
            add_use(patterns, choice, menus.pattern[i], 1)


def _fill(
    menus: Menus, patterns: Patterns, cost: Floats, owner: Integers, most: int, order: Integers, choice: Choice
) -> None:
    """Give each slot in turn the candidate with the best reduced value among those for which there is room.

    Args:
        menus: the candidates.
        patterns: their uses.
        cost: price of each pattern, shape (n_patterns,).
        owner: customer of each slot, shape (n_slots,).
        most: how many slots a customer may take.
        order: the slots, the most urgent first.
        choice: the plan, filled in place.
    """
    for slot in order:
        if choice.pick[slot] >= 0 or choice.taken[owner[slot]] >= most:
            continue
        best, at = 0.0, -1
        for i in range(menus.slot[slot], menus.slot[slot + 1]):
            left = menus.value[i] - cost[menus.pattern[i]]
            if left > best and has_room(patterns, choice, menus.pattern[i]):
                best, at = left, i
        if at >= 0:
            choice.pick[slot] = at
            choice.taken[owner[slot]] += 1
            add_use(patterns, choice, menus.pattern[at], 1)


def _weakest(menus: Menus, patterns: Patterns, most: int, customer: int, slot: int, choice: Choice) -> int:
    """Return the slot that would give way to ``slot``: itself, the least valuable of a full customer, or -1."""
    if choice.pick[slot] >= 0:
        return slot if may_leave(patterns, choice, menus.pattern[choice.pick[slot]]) else -1
    if choice.taken[customer] < most:
        return slot
    at = -1
    for other in range(menus.first[customer], menus.first[customer + 1]):
        pick = choice.pick[other]
        if pick >= 0 and (at < 0 or menus.value[pick] < menus.value[choice.pick[at]]):
            at = other
    return at if may_leave(patterns, choice, menus.pattern[choice.pick[at]]) else -1


def _climb(menus: Menus, patterns: Patterns, owner: Integers, most: int, order: Integers, choice: Choice) -> float:
    """Give each slot in turn the candidate of most value for which there is room; return what is gained."""
    gained = 0.0
    for slot in order:
        out = weakest(menus, patterns, most, owner[slot], slot, choice)
        if out < 0:
            continue
        now, worth = choice.pick[out], 0.0
        if now >= 0:
            worth = menus.value[now]
            add_use(patterns, choice, menus.pattern[now], -1)
        best, at = worth, -1
        for i in range(menus.slot[slot], menus.slot[slot + 1]):
            if menus.value[i] > best and has_room(patterns, choice, menus.pattern[i]):
                best, at = menus.value[i], i
        if at >= 0:
            choice.pick[out] = -1
            choice.pick[slot] = at
            choice.taken[owner[slot]] += now < 0
            add_use(patterns, choice, menus.pattern[at], 1)
        elif now >= 0:
            add_use(patterns, choice, menus.pattern[now], 1)
        gained += best - worth
    return gained


def _margins(menus: Menus, cost: Floats, most: int, tops: Floats, margin: Floats, best: Floats, use: Floats) -> None:
    """Write how far each slot's best response is ahead of its next, what it is worth, and what its use costs.

    What a full customer's best slot beyond those that it may take is worth, the others must be worth beside it.
    """
    for customer in range(menus.first.size - 1):
        low, high = menus.first[customer], menus.first[customer + 1]
        own = 0.0
        if high - low > most:
            for s in range(high - low):
                tops[s] = 0.0
                for i in range(menus.slot[low + s], menus.slot[low + s + 1]):
                    tops[s] = max(tops[s], menus.value[i] - cost[menus.pattern[i]])
            tops[: high - low].sort()
            own = tops[high - low - most - 1]
        for slot in range(low, high):
            first, second, use[slot] = 0.0, -np.inf, 0.0
            for i in range(menus.slot[slot], menus.slot[slot + 1]):
                left = menus.value[i] - cost[menus.pattern[i]] - own
                if left > first:
                    first, second, use[slot] = left, first, cost[menus.pattern[i]]
                elif left > second:
                    second = left
            margin[slot], best[slot] = first - second, first


add_use: Final[Any] = njit(cache=True, inline="always")(_add_use)
has_room: Final[Any] = njit(cache=True, inline="always")(_has_room)
may_leave: Final[Any] = njit(cache=True, inline="always")(_may_leave)
weakest: Final[Any] = njit(cache=True)(_weakest)
fill: Final[Any] = njit(cache=True)(_fill)
meet: Final[Any] = njit(cache=True)(_meet)
climb: Final[Any] = njit(cache=True)(_climb)
margins: Final[Any] = njit(cache=True)(_margins)
