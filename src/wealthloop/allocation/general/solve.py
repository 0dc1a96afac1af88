"""Solves any allocation: prices prove a bound, candidates are fitted to them, exchanges and search close the gap."""

import math
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from wealthloop.allocation.general.choice import Choice, nothing_chosen
from wealthloop.allocation.general.descent import Descent, descend
from wealthloop.allocation.general.exchange import switch
from wealthloop.allocation.general.hard import bound_of
from wealthloop.allocation.general.layout import Floats, Instance, Integers
from wealthloop.allocation.general.rounding import best_exchanged, climbed, rounded, value_of
from wealthloop.allocation.general.search import FEW, search

_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan that breaks no capacity, and the proof of how good it is."""

    picked: Integers
    """The candidates chosen, ascending."""
    objective: float
    """Their value."""
    bound: float
    """No plan is worth more; what the prices prove by weak duality."""
    search_bound: float
    """The same with what branch and bound has proved, where it was asked."""
    prices: Floats
    """Of each row, shape (n_rows,): what one more unit would bring; negative where a minimum binds."""
    short: Integers
    """Units by which each row is below its minimum, shape (n_rows,): all 0 in a plan that keeps every rule."""
    steps: tuple[str, ...]
    """What was done, in order."""

    @property
    def gap(self) -> float:
        """Share of the bound that the plan may at most have missed."""
        return max(0.0, self.bound - self.objective) / abs(self.bound) if self.bound else 0.0


def solve(
    instance: Instance, *, start: Floats | None = None, gap_target: float = 5e-4, seconds: float = math.inf
) -> Solution:
    """Return a plan whose gap is at most the target where that was reached, the same for the same input.

    Args:
        instance: what is to be allocated.
        start: known prices, such as yesterday's, shape (n_rows,).
        gap_target: share of the bound at which the search for a better plan ends.
        seconds: the search for a better plan ends after these; then the plan depends on the machine.
    """
    until = perf_counter() + seconds
    if not instance.candidates:
        return _empty(instance)
    with threadpool_limits(1):
        return _solve(instance, start, gap_target, until)


def _solve(instance: Instance, start: Floats | None, gap_target: float, until: float) -> Solution:
    found = descend(instance, start)
    bound = bound_of(instance, found.prices)
    close = instance.with_menus(found.menus)
    choice = rounded(close, found.prices)
    steps = ["prices", "rounding"]
    if _wide(bound, value_of(close, choice), gap_target) and perf_counter() < until:
        choice = best_exchanged(close, found.prices, choice, bound, found.width)
        steps.append("exchanges")
    choice = _lifted(found, choice)
    climbed(instance, choice, np.arange(choice.pick.size))
    search_bound = bound
    if (_wide(bound, value_of(instance, choice), gap_target) or short_of(choice).any()) and perf_counter() < until:
        core = _core(instance, found.prices, bound, choice)
        if 0 < core.size <= FEW:
            search_bound = _searched(instance, core, choice, bound, until - perf_counter())
            steps.append("search")
    picked = np.sort(choice.pick[choice.pick >= 0])
    return Solution(
        picked=picked, objective=value_of(instance, choice), bound=bound, search_bound=search_bound,
        prices=found.prices, short=short_of(choice), steps=tuple(steps),
    )  # fmt: skip


def short_of(choice: Choice) -> Integers:
    """Return the units by which each row is below its minimum, shape (n_rows,)."""
    return np.maximum(-choice.spare, 0)


def _wide(bound: float, value: float, target: float) -> bool:
    return bound - value > target * abs(bound)


def _lifted(found: Descent, choice: Choice) -> Choice:
    """Return a choice among the close candidates as one among all."""
    pick = np.where(choice.pick >= 0, found.places[choice.pick], -1)
    return choice._replace(pick=pick)


def _core(instance: Instance, prices: Floats, bound: float, choice: Choice) -> Integers:
    """Return the candidates that can be in a better plan (reduced-cost fixing); all where there is no plan yet."""
    if short_of(choice).any():
        return np.arange(instance.candidates)
    gap = bound - value_of(instance, choice)
    left = instance.menus.value - instance.cost(prices)[instance.menus.pattern]
    best = np.maximum(np.maximum.reduceat(left, instance.menus.slot[:-1]), 0.0)
    behind = np.repeat(best, np.diff(instance.menus.slot)) - left
    return np.flatnonzero(behind <= gap * (1 + 1e-9) + _ROUNDING * abs(bound))


def _searched(instance: Instance, core: Integers, choice: Choice, bound: float, seconds: float) -> float:
    """Put in the plan of branch and bound where it is better; return the bound that is proved now."""
    found = search(instance, core, seconds)
    if found is None:
        return bound
    other = nothing_chosen(instance.menus, instance.rows)
    _take(instance, other, found.picked)
    better = value_of(instance, other) > value_of(instance, choice) or short_of(choice).any()
    if better and not short_of(other).any():
        for mine, theirs in zip(choice, other, strict=True):
            mine[:] = theirs
    proved = max(found.bound, value_of(instance, choice))
    return min(bound, proved + 1e-9 * abs(proved))


def _take(instance: Instance, choice: Choice, picked: Integers) -> None:
    """Choose candidates, the most valuable first, leaving out what a solver's tolerance would put above a capacity."""
    menus, patterns, owner = instance.menus, instance.patterns, instance.owner
    for i in picked[np.argsort(-menus.value[picked], kind="stable")].tolist():
        slot = int(np.searchsorted(menus.slot, i, side="right")) - 1
        if choice.pick[slot] >= 0 or choice.taken[owner[slot]] >= instance.most:
            continue
        switch(menus, patterns, owner, choice, slot, i)
        uses = slice(patterns.start[menus.pattern[i]], patterns.start[menus.pattern[i] + 1])
        if (choice.left[patterns.row[uses]] < 0).any():
            switch(menus, patterns, owner, choice, slot, -1)


def _empty(instance: Instance) -> Solution:
    rows = instance.rows
    return Solution(
        picked=np.zeros(0, np.int64), objective=0.0, bound=0.0, search_bound=0.0,
        prices=np.zeros(rows.capacity.size), short=rows.minimum_units.copy(), steps=(),
    )  # fmt: skip
