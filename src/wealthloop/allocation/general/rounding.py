"""From prices to a plan of whole candidates that keeps every capacity and meets every minimum that it can."""

import math
from typing import Final

import numpy as np

from wealthloop.allocation.general.choice import Choice, climb, fill, margins, meet, nothing_chosen
from wealthloop.allocation.general.exchange import Releases, Trail, improve, list_releases
from wealthloop.allocation.general.layout import Floats, Instance, Integers
from wealthloop.allocation.general.path import usual_use

_MOVES: Final = 48
"""Releases kept of a row: sizes times width, see ``exchange``."""
_ROUNDS: Final = 6
_LEAST: Final = 1e-6
"""Share of a plan's value that a pass over all slots must gain to be followed by another."""
_ENTERING: Final = 20_000
"""Candidates at most that are tried in an exchange, the most promising first."""
_FUEL: Final = 400_000
"""Moves at most that a search for exchanges makes: a bound on the work that is the same on every machine."""
_TIES: Final = (1.0, 0.25, 4.0, 16.0, 64.0)
"""Widths within which a best response counts as tied, in the order tried."""
_WORK: Final = 200_000
"""Candidates over all roundings, about: a small problem can afford many, a large one needs few."""
_PATIENCE: Final = 0.02
"""Rounds end when one gains less than this share of the gap."""


def rounded(instance: Instance, prices: Floats, tie: float = 0.0) -> Choice:
    """Return a plan of best responses at prices, the clearest first; who finds no room has the next best.

    Args:
        instance: what is to be allocated.
        prices: near-best ones, shape (n_rows,).
        tie: slots whose best response is no further ahead come last, those with the dearest use first.
    """
    menus, patterns, owner = instance.menus, instance.patterns, instance.owner
    cost = instance.cost(prices)
    margin, best, use = _margins(instance, cost)
    choice = nothing_chosen(menus, instance.rows)
    for row in _demanding(instance, prices):
        meet(menus, patterns, owner, instance.most, row, _cheapest(instance, cost, best, row), choice)
    clear = margin > tie
    order = np.lexsort((np.where(clear, -margin, -use), ~clear))
    fill(menus, patterns, cost, owner, instance.most, order, choice)
    climbed(instance, choice, order)
    return choice


def best_exchanged(instance: Instance, prices: Floats, choice: Choice, bound: float, width: float) -> Choice:
    """Round again with other notions of a tie, improve the better half by exchanges, and return the best plan."""
    n = max(1, min(len(_TIES), _WORK // instance.candidates))
    choices = [choice, *(rounded(instance, prices, tie * width) for tie in _TIES[: n - 1])]
    choices.sort(key=lambda one: _merit(instance, one), reverse=True)
    for one in choices[: (n + 1) // 2]:
        exchanged(instance, prices, one, bound)
    return max(choices, key=lambda one: _merit(instance, one))


def _merit(instance: Instance, choice: Choice) -> tuple[int, float]:
    return int(np.minimum(choice.spare, 0).sum()), value_of(instance, choice)


def climbed(instance: Instance, choice: Choice, order: Integers) -> None:
    """Improve a plan slot by slot while that gains anything worth a pass."""
    least = _LEAST * value_of(instance, choice)
    for _ in range(_ROUNDS):
        if climb(instance.menus, instance.patterns, instance.owner, instance.most, order, choice) <= max(least, 0.0):
            break


def exchanged(instance: Instance, prices: Floats, choice: Choice, bound: float) -> None:
    """Improve a plan by exchanges of two and three moves."""
    menus, patterns, rows = instance.menus, instance.patterns, instance.rows
    cost, usual, owner = instance.cost(prices), _usual_units(instance), instance.owner
    best = _margins(instance, cost)[1]
    loss = np.repeat(best, np.diff(menus.slot)) - (menus.value - cost[menus.pattern])
    for depth in (2, 3):
        trail = _trail(depth + 1)
        trail.fuel[0] = _FUEL
        for _ in range(_ROUNDS):
            gap = bound - value_of(instance, choice)
            core = np.flatnonzero((loss <= gap) & (menus.value > 0))
            entering = core[np.argsort(loss[core] / menus.value[core], kind="stable")][:_ENTERING]
            releases = _no_releases(rows.capacity.size)
            list_releases(menus, patterns, choice, cost, usual, releases)
            gained = improve(menus, patterns, owner, instance.most, choice, releases, trail, entering)
            if gained <= _PATIENCE * gap or trail.fuel[0] <= 0:
                break


def value_of(instance: Instance, choice: Choice) -> float:
    """Return the value of a plan."""
    return math.fsum(instance.menus.value[choice.pick[choice.pick >= 0]])


def _margins(instance: Instance, cost: Floats) -> tuple[Floats, Floats, Floats]:
    """Return of each slot how far its best response is ahead, what it is worth, and what its use costs."""
    slots = instance.menus.slot.size - 1
    margin, best, use = np.empty(slots), np.empty(slots), np.empty(slots)
    most_slots = int(np.diff(instance.menus.first).max(initial=0))
    margins(instance.menus, cost, instance.most, np.zeros(most_slots), margin, best, use)
    return margin, best, use


def _demanding(instance: Instance, prices: Floats) -> Integers:
    """Return the rows with a minimum, the dearest to meet first."""
    rows = np.flatnonzero(instance.rows.minimum_units > 0)
    return rows[np.argsort(prices[rows], kind="stable")]


def _cheapest(instance: Instance, cost: Floats, best: Floats, row: int) -> Integers:
    """Return the candidates that use a row, those that lose least for what they use first."""
    menus, patterns = instance.menus, instance.patterns
    amount = np.zeros(patterns.start.size - 1)
    places = np.flatnonzero(patterns.row == row)
    amount[np.searchsorted(patterns.start, places, side="right") - 1] = patterns.amount[places]
    using = np.flatnonzero(amount[menus.pattern] > 0)
    slot = np.searchsorted(menus.slot, using, side="right") - 1
    loss = best[slot] - (menus.value[using] - cost[menus.pattern[using]])
    return using[np.argsort(loss / amount[menus.pattern[using]], kind="stable")]


def _usual_units(instance: Instance) -> Floats:
    """Return the mean units of a use of each row, shape (n_rows,)."""
    patterns = instance.patterns._replace(amount=instance.patterns.units.astype(np.float64))
    return np.maximum(usual_use(patterns, instance.rows), 1.0)


def _no_releases(rows: int) -> Releases:
    shape = (rows, _MOVES)
    return Releases(np.full(shape, -1, np.int32), np.full(shape, -1, np.int32), np.full(shape, np.inf))


def _trail(size: int) -> Trail:
    slot, before, at, row = (np.zeros(size, np.int64) for _ in range(4))
    return Trail(slot=slot, before=before, gain=np.zeros(size), at=at, row=row, fuel=np.zeros(1, np.int64))
