"""Exchanges that improve a plan: one candidate comes in, one or two others make room for it, and the plan gains.

For every row the moves that free some of it are listed, cheapest first by size; a candidate that would gain but has no
room is tried with those of the rows it lacks, depth first.
"""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

from wealthloop.allocation.general.choice import Choice, add_use, may_leave
from wealthloop.allocation.general.layout import Codes, Floats, Integers, Menus, Patterns

_SIZES: Final = 8
"""Sizes of what a move frees, each twice the last; the fourth is about a usual use."""
_WIDE: Final = 6
"""Moves kept of each size, cheapest first."""


class Releases(NamedTuple):
    """For each row the moves that free some of it, cheapest first."""

    slot: Codes
    """Shape (n_rows, _SIZES * _WIDE), by size; -1 where there is none."""
    to: Codes
    """What the slot would have instead, -1 for nothing; same shape."""
    loss: Floats
    """Reduced value that is lost; same shape."""


class Trail(NamedTuple):
    """A search for room: by depth who has moved and what is tried next. Every array has shape (depth + 1,)."""

    slot: Integers
    """Which moved, the one that enters first."""
    before: Integers
    """The pick before."""
    gain: Floats
    """Value gained by those that moved so far."""
    at: Integers
    """The next release to try."""
    row: Integers
    """A row above its capacity, -1 if there is none."""
    fuel: Integers
    """Moves that may still be tried, shape (1,)."""


def _switch(menus: Menus, patterns: Patterns, owner: Integers, choice: Choice, slot: int, to: int) -> int:
    """Give a slot another pick, whatever is left of the rows; return the pick before."""
    before = int(choice.pick[slot])
    if before >= 0:
        add_use(patterns, choice, menus.pattern[before], -1)
    if to >= 0:
        add_use(patterns, choice, menus.pattern[to], 1)
    choice.taken[owner[slot]] += (to >= 0) - (before >= 0)
    choice.pick[slot] = to
    return before


def _lacking(menus: Menus, patterns: Patterns, choice: Choice, i: int) -> int:
    """Return the first row of candidate ``i`` that is above its capacity, -1 if none is."""
    if i >= 0:
        for k in range(patterns.start[menus.pattern[i]], patterns.start[menus.pattern[i] + 1]):
            if choice.left[patterns.row[k]] < 0:
                return int(patterns.row[k])
    return -1


def _units_in(menus: Menus, patterns: Patterns, i: int, row: int) -> int:
    """Return the units of a row that a pick uses."""
    if i >= 0:
        for k in range(patterns.start[menus.pattern[i]], patterns.start[menus.pattern[i] + 1]):
            if patterns.row[k] == row:
                return int(patterns.units[k])
    return 0


def _note(out: Releases, row: int, size: int, slot: int, to: int, loss: float) -> None:
    """Insert a move among those that free about as much, cheapest first."""
    low, at = size * _WIDE, size * _WIDE + _WIDE - 1
    if loss >= out.loss[row, at]:
        return
    while at > low and out.loss[row, at - 1] > loss:
        out.slot[row, at], out.to[row, at] = out.slot[row, at - 1], out.to[row, at - 1]
        out.loss[row, at] = out.loss[row, at - 1]
        at -= 1
    out.slot[row, at], out.to[row, at], out.loss[row, at] = slot, to, loss


def _list_releases(
    menus: Menus, patterns: Patterns, choice: Choice, cost: Floats, usual: Floats, out: Releases
) -> None:
    """List the moves of one slot that free something and break no minimum."""
    for slot in range(choice.pick.size):
        now = choice.pick[slot]
        if now < 0 or not may_leave(patterns, choice, menus.pattern[now]):
            continue
        here = menus.value[now] - cost[menus.pattern[now]]
        for i in range(menus.slot[slot] - 1, menus.slot[slot + 1]):
            to = i if i >= menus.slot[slot] else -1
            loss = here - (menus.value[to] - cost[menus.pattern[to]] if to >= 0 else 0.0)
            for k in range(patterns.start[menus.pattern[now]], patterns.start[menus.pattern[now] + 1]):
                freed = patterns.units[k] - units_in(menus, patterns, to, patterns.row[k])
                if freed > 0:
                    size = int(math.log2(freed / usual[patterns.row[k]]) + 4.0)
                    note(out, patterns.row[k], min(max(size, 0), _SIZES - 1), slot, to, loss)


def _short(menus: Menus, patterns: Patterns, choice: Choice, moved: Integers, n: int) -> int:
    """Return the first row that the moved slots drew above its capacity, -1 if there is none."""
    for m in range(n):
        row = lacking(menus, patterns, choice, choice.pick[moved[m]])
        if row >= 0:
            return int(row)
    return -1


def _worth(menus: Menus, i: int) -> float:
    """Return the value of a pick."""
    return float(menus.value[i]) if i >= 0 else 0.0


def _try_next(
    menus: Menus, patterns: Patterns, owner: Integers, choice: Choice, releases: Releases, trail: Trail, n: int
) -> bool:
    """Make the next move that might free what depth ``n`` lacks, if all moves together would still gain."""
    row, at = trail.row[n], trail.at[n]
    trail.at[n] += 1
    slot, to = releases.slot[row, at], releases.to[row, at]
    if slot < 0 or choice.pick[slot] < 0:
        return False
    for m in range(n):
        if trail.slot[m] == slot:
            return False
    gain = trail.gain[n] + worth(menus, to) - menus.value[choice.pick[slot]]
    if gain <= trail.gain[0] or not may_leave(patterns, choice, menus.pattern[choice.pick[slot]]):
        return False
    trail.slot[n], trail.before[n] = slot, switch(menus, patterns, owner, choice, slot, to)
    trail.gain[n + 1], trail.at[n + 1] = gain, 0
    trail.row[n + 1] = short(menus, patterns, choice, trail.slot, n + 1)
    return True


def _settle(
    menus: Menus, patterns: Patterns, owner: Integers, choice: Choice, releases: Releases, trail: Trail
) -> bool:
    """Search, depth first, for further slots whose moves make room; undo what leads nowhere."""
    n = 1
    trail.at[1], trail.row[1] = 0, short(menus, patterns, choice, trail.slot, 1)
    while trail.row[n] >= 0:
        if n == trail.row.size - 1 or trail.at[n] == _SIZES * _WIDE or trail.fuel[0] <= 0:
            if n == 1:
                return False
            n -= 1
            switch(menus, patterns, owner, choice, trail.slot[n], trail.before[n])
        elif try_next(menus, patterns, owner, choice, releases, trail, n):
            trail.fuel[0] -= 1
            n += 1
    return True


def _improve(
    menus: Menus, patterns: Patterns, owner: Integers, most: int, choice: Choice, releases: Releases, trail: Trail,
    entering: Integers,
) -> float:  # fmt: skip
    """Bring in candidates that gain, with what moves of others it takes; return what is gained.

    Args:
        menus: the candidates.
        patterns: their uses.
        owner: customer of each slot, shape (n_slots,).
        most: how many slots a customer may take.
        choice: the plan, improved in place.
        releases: see ``list_releases``.
        trail: room for the search; its size says how many may move.
        entering: candidates to bring in, the most promising first.
    """
    gained = 0.0
    for i in entering:
        slot = np.searchsorted(menus.slot, i, side="right") - 1
        now = choice.pick[slot]
        gain = menus.value[i] - worth(menus, now)
        if gain <= 1e-12 * abs(menus.value[i]) or trail.fuel[0] <= 0:
            continue
        if now < 0 and choice.taken[owner[slot]] >= most:
            continue
        if now >= 0 and not may_leave(patterns, choice, menus.pattern[now]):
            continue
        trail.fuel[0] -= 1
        before = switch(menus, patterns, owner, choice, slot, i)
        trail.slot[0], trail.gain[0], trail.gain[1] = slot, 1e-12 * abs(menus.value[i]), gain
        if settle(menus, patterns, owner, choice, releases, trail):
            for n in range(trail.row.size):
                if n > 0 and trail.row[n] < 0:
                    gained += trail.gain[n]
                    break
        else:
            switch(menus, patterns, owner, choice, slot, before)
    return gained


switch: Final[Any] = njit(cache=True, inline="always")(_switch)
lacking: Final[Any] = njit(cache=True, inline="always")(_lacking)
units_in: Final[Any] = njit(cache=True, inline="always")(_units_in)
note: Final[Any] = njit(cache=True)(_note)
worth: Final[Any] = njit(cache=True, inline="always")(_worth)
list_releases: Final[Any] = njit(cache=True)(_list_releases)
short: Final[Any] = njit(cache=True, inline="always")(_short)
try_next: Final[Any] = njit(cache=True)(_try_next)
settle: Final[Any] = njit(cache=True)(_settle)
improve: Final[Any] = njit(cache=True)(_improve)
