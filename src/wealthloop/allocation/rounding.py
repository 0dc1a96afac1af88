"""From prices to a plan of whole candidates: the compiled fill and the exchanges that improve it.

At near-best prices almost every customer's best response stands; the few contested ones are settled here. A customer's
pick is the index of a candidate in the menus, or -1 for none.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from wealthloop.allocation.menus import Floats, Integers, Menus

_SIZES: Final = 24
"""Sizes of what a move frees, each twice the last; size 0 is one unit."""
_WIDE: Final = 8
"""Moves kept of each size, cheapest first."""


class Choice(NamedTuple):
    """A plan in the making; never above a capacity between two moves."""

    pick: Integers
    """Shape (n_customers,)."""
    left: Integers
    """Units left over, shape (n_resources,)."""


class Releases(NamedTuple):
    """For each resource the moves that free some of it, cheapest first."""

    customer: Integers
    """Shape (n_resources, _SIZES * _WIDE), by size; -1 where there is none."""
    to: Integers
    """What the customer would have instead, -1 for nothing; same shape."""
    loss: Floats
    """Reduced value that is lost, fen; same shape."""
    sizes: Integers
    """Sizes up to the largest that there is, shape (n_resources,)."""


class Trail(NamedTuple):
    """A search for room: by depth who has moved and what is tried next. Every array has shape (depth + 1,)."""

    customer: Integers
    """Who moved, the one who enters first."""
    before: Integers
    """The pick before."""
    gain: Integers
    """Value gained by those who moved so far, fen."""
    at: Integers
    """The next release to try."""
    row: Integers
    """A resource above its capacity, -1 if there is none."""


def _value_of(menus: Menus, i: int) -> int:
    """Return the value of a pick, fen."""
    return int(menus.value[i]) if i >= 0 else 0


def _switch(menus: Menus, choice: Choice, customer: int, to: int) -> int:
    """Give a customer another pick, whatever is left of the resources; return the pick before."""
    before = int(choice.pick[customer])
    if before >= 0:
        for k in range(menus.start[before], menus.start[before + 1]):
            choice.left[menus.resource[k]] += menus.amount[k]
    if to >= 0:
        for k in range(menus.start[to], menus.start[to + 1]):
            choice.left[menus.resource[k]] -= menus.amount[k]
    choice.pick[customer] = to
    return before


def _lacking(menus: Menus, choice: Choice, i: int) -> int:
    """Return the first resource of candidate ``i`` that is above its capacity, -1 if none is."""
    if i >= 0:
        for k in range(menus.start[i], menus.start[i + 1]):
            if choice.left[menus.resource[k]] < 0:
                return int(menus.resource[k])
    return -1


def _fill(menus: Menus, order: Integers) -> Choice:
    """Give each candidate in turn to its customer, if the customer has none yet and there is room."""
    choice = Choice(np.full(menus.first.size - 1, -1, np.int64), menus.capacity.copy())
    for i in order:
        customer = menus.customer[i]
        if choice.pick[customer] < 0:
            switch(menus, choice, customer, i)
            if lacking(menus, choice, i) >= 0:
                switch(menus, choice, customer, -1)
    return choice


def _use_of(menus: Menus, i: int, resource: int) -> int:
    """Return the units of a resource that a pick uses."""
    if i >= 0:
        for k in range(menus.start[i], menus.start[i + 1]):
            if menus.resource[k] == resource:
                return int(menus.amount[k])
    return 0


def _note(out: Releases, r: int, freed: int, customer: int, to: int, loss: float) -> None:
    """Insert a move among those that free about as much, cheapest first."""
    size = min(int(math.log2(freed)), _SIZES - 1)
    low, at = size * _WIDE, size * _WIDE + _WIDE - 1
    if loss >= out.loss[r, at]:
        return
    while at > low and out.loss[r, at - 1] > loss:
        out.customer[r, at], out.to[r, at] = out.customer[r, at - 1], out.to[r, at - 1]
        out.loss[r, at] = out.loss[r, at - 1]
        at -= 1
    out.customer[r, at], out.to[r, at], out.loss[r, at] = customer, to, loss
    out.sizes[r] = max(out.sizes[r], size + 1)


def _releases_of(menus: Menus, choice: Choice, reduced: Floats) -> Releases:
    """List the moves of one customer that free something."""
    shape = (menus.capacity.size, _SIZES * _WIDE)
    out = Releases(np.full(shape, -1), np.full(shape, -1), np.full(shape, np.inf), np.zeros(shape[0], np.int64))
    for customer in range(choice.pick.size):
        now = choice.pick[customer]
        if now < 0:
            continue
        for i in range(menus.first[customer] - 1, menus.first[customer + 1]):
            to = i if i >= menus.first[customer] else -1
            loss = reduced[now] - (reduced[to] if to >= 0 else 0.0)
            for k in range(menus.start[now], menus.start[now + 1]):
                freed = menus.amount[k] - use_of(menus, to, menus.resource[k])
                if freed > 0:
                    note(out, menus.resource[k], freed, customer, to, loss)
    return out


def _short(menus: Menus, choice: Choice, moved: Integers, n: int) -> int:
    """Return the first resource that the moved customers drew above its capacity, -1 if there is none."""
    for m in range(n):
        r = lacking(menus, choice, choice.pick[moved[m]])
        if r >= 0:
            return r
    return -1


def _settle(menus: Menus, choice: Choice, releases: Releases, trail: Trail, gain: int, fuel: Integers) -> bool:
    """Search, depth first, for further customers whose moves make room; undo what leads nowhere."""
    n = 1
    trail.gain[1], trail.at[1], trail.row[1] = gain, 0, short(menus, choice, trail.customer, 1)
    while trail.row[n] >= 0:
        if n == trail.row.size - 1 or trail.at[n] == releases.sizes[trail.row[n]] * _WIDE or fuel[0] <= 0:
            if n == 1:
                return False
            n -= 1
            switch(menus, choice, trail.customer[n], trail.before[n])
        elif try_next(menus, choice, releases, trail, n):
            fuel[0] -= 1
            n += 1
    return True


def _try_next(menus: Menus, choice: Choice, releases: Releases, trail: Trail, n: int) -> bool:
    """Make the next move that might free what depth ``n`` lacks, if all moves together would still gain."""
    r, at = trail.row[n], trail.at[n]
    trail.at[n] += 1
    customer, to = releases.customer[r, at], releases.to[r, at]
    if customer < 0 or customer in trail.customer[:n]:
        return False
    gain = trail.gain[n] + value_of(menus, to) - value_of(menus, choice.pick[customer])
    if gain <= 0:
        return False
    trail.customer[n], trail.before[n] = customer, switch(menus, choice, customer, to)
    trail.gain[n + 1], trail.at[n + 1] = gain, 0
    trail.row[n + 1] = short(menus, choice, trail.customer, n + 1)
    return True


def _enter(menus: Menus, choice: Choice, releases: Releases, trail: Trail, i: int, fuel: Integers) -> bool:
    """Bring in candidate ``i`` if that gains, with what moves of others it takes."""
    customer = menus.customer[i]
    gain = menus.value[i] - value_of(menus, choice.pick[customer])
    if gain <= 0:
        return False
    fuel[0] -= 1
    before = switch(menus, choice, customer, i)
    trail.customer[0] = customer
    if settle(menus, choice, releases, trail, gain, fuel):
        return True
    switch(menus, choice, customer, before)
    return False


def _new_trail(size: int) -> Trail:
    """Return a search that has not begun."""
    return Trail(
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
    )


def _improve(menus: Menus, choice: Choice, reduced: Floats, entering: Integers, fuel: int) -> None:
    """Make pairs of moves that gain, then triples, until none is left or the fuel is spent on either.

    Args:
        menus: the candidates.
        choice: the plan, improved in place.
        reduced: reduced values, fen, shape (n,).
        entering: candidates to bring in, the most promising first.
        fuel: moves tried at most, for each of the two.
    """
    for depth in (2, 3):
        trail = new_trail(depth + 1)
        left = np.full(1, fuel)
        better = True
        while better and left[0] > 0:
            releases = releases_of(menus, choice, reduced)
            better = False
            for i in entering:
                if enter(menus, choice, releases, trail, i, left):
                    better = True


value_of: Final = njit(cache=True, inline="always")(_value_of)
switch: Final = njit(cache=True, inline="always")(_switch)
lacking: Final = njit(cache=True, inline="always")(_lacking)
use_of: Final = njit(cache=True, inline="always")(_use_of)
note: Final = njit(cache=True)(_note)
fill: Final = njit(cache=True)(_fill)
releases_of: Final = njit(cache=True)(_releases_of)
short: Final = njit(cache=True, inline="always")(_short)
try_next: Final = njit(cache=True)(_try_next)
new_trail: Final = njit(cache=True)(_new_trail)
settle: Final = njit(cache=True)(_settle)
enter: Final = njit(cache=True)(_enter)
improve: Final = njit(cache=True)(_improve)
