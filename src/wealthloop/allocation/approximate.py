"""Solves a large allocation by prices: near-best prices prove a bound, and whole candidates are fitted to them."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from wealthloop.allocation.exact import solve_exactly
from wealthloop.allocation.menus import Floats, Integers, Menus, menus_of, part_of
from wealthloop.allocation.plan import Plan, empty_plan
from wealthloop.allocation.prices import Path, follow, proved
from wealthloop.allocation.problem import Problem
from wealthloop.allocation.response import reduce_all
from wealthloop.allocation.rounding import Choice, fill, improve
from wealthloop.errors import InvalidInput

_TIES: Final = (1.0, 0.25, 4.0, 0.0, 16.0, 64.0)
"""Widths within which a customer's candidates count as tied, in the order tried."""
_WORK: Final = 30_000
"""Candidates over all starts, about: a small problem can afford many, a large one needs few."""
_ENTERING: Final = 10_000
"""Candidates at most that are tried in an exchange, the most promising first."""
_GOOD: Final = 1e-4
"""Gap, as a share of the bound, that is left alone."""
_FEW: Final = 2_000
"""Candidates at most that branch and bound is asked about."""
_FUEL: Final = 30_000
"""Moves at most that a search for exchanges makes: a bound on the work that is the same on every machine."""


def solve_by_prices(problem: Problem, *, start: Mapping[str, float] | None = None) -> Plan:
    """Return a near-best plan of a problem that makes sense (see ``problem.check``).

    Args:
        problem: what is to be allocated.
        start: known prices by resource, fen a unit; names that the problem lacks are ignored, others begin at 0.

    Raises:
        InvalidInput: a starting price is negative or not finite.
    """
    known = _known(problem, start)
    menus = menus_of(problem)
    if not menus.row.size:
        return empty_plan(problem)
    path = follow(menus, known)
    bound = proved(menus, path.best)
    picked = _settled(menus, _best_choice(menus, path, bound), path.best, bound)
    chosen = np.zeros(problem.candidates, dtype=np.bool_)
    chosen[menus.row[picked]] = True
    return Plan(
        chosen=chosen,
        objective=int(problem.value[chosen].sum()),
        upper_bound=bound,
        prices=dict(zip(problem.names, path.best.tolist(), strict=True)),
    )


def _known(problem: Problem, start: Mapping[str, float] | None) -> Floats | None:
    if start is None:
        return None
    for name, price in start.items():
        if not (math.isfinite(price) and price >= 0):
            raise InvalidInput(f"start[{name}] == {price}, must be finite and not negative")
    return np.array([start.get(name, 0.0) for name in problem.names], dtype=np.float64)


def _best_choice(menus: Menus, path: Path, bound: int) -> Choice:
    """Round from several prices and notions of a tie, improve the better half, and return the first of the best."""
    starts = [(prices, ties * path.width) for prices in path.centres[::-1] for ties in _TIES]
    starts = starts[: max(2, _WORK // menus.value.size)]
    filled = [(_rounded(menus, prices, tie), prices) for prices, tie in starts]
    filled.sort(key=lambda one: -_worth(menus, one[0]))
    for choice, prices in filled[: len(filled) // 2]:
        _improve(menus, choice, prices, bound)
    return max((choice for choice, _ in filled), key=lambda choice: _worth(menus, choice))


def _rounded(menus: Menus, prices: Floats, tie: float) -> Choice:
    """Serve customers with a clear best first, the clearest ahead; then what ties, the dearest use ahead."""
    reduced = reduce_all(menus, prices)
    loss = _loss(menus, reduced)
    others = np.where(loss > 0, loss, np.inf)
    margin = np.minimum(np.minimum.reduceat(others, menus.first[:-1])[menus.customer], loss + reduced)
    clear = np.flatnonzero((loss == 0) & (margin > tie))
    tied = np.flatnonzero((loss <= tie) & ((loss > 0) | (margin <= tie)))
    order = [clear[np.argsort(-margin[clear], kind="stable")]]
    order.append(tied[np.argsort((reduced - menus.value)[tied], kind="stable")])
    return fill(menus, np.concatenate(order))


def _improve(menus: Menus, choice: Choice, prices: Floats, bound: int) -> None:
    """Exchange what can be in a better plan, the least loss for its value first."""
    reduced = reduce_all(menus, prices)
    loss = _loss(menus, reduced)
    core = np.flatnonzero(loss <= bound - _worth(menus, choice))
    order = core[np.argsort((loss / menus.value)[core], kind="stable")]
    improve(menus, choice, reduced, order[:_ENTERING], _FUEL)


def _settled(menus: Menus, choice: Choice, prices: Floats, bound: int) -> Integers:
    """Return the candidates of the plan; let branch and bound look for a better one where few can be in it.

    A candidate whose reduced value is below its customer's best by more than the gap is in no better plan (reduced-cost
    fixing). Where a plan has few contacts of much value, the gap stays wide and hardly any candidates are left.
    """
    picked: Integers = choice.pick[choice.pick >= 0]
    gap = bound - _worth(menus, choice)
    core = np.flatnonzero(_loss(menus, reduce_all(menus, prices)) <= gap + 1)
    if gap <= _GOOD * bound or core.size > _FEW:
        return picked
    found = core[solve_exactly(part_of(menus, core)).chosen]
    return found if menus.value[found].sum() > menus.value[picked].sum() else picked


def _loss(menus: Menus, reduced: Floats) -> Floats:
    """Return what each candidate is behind its customer's best response, fen, shape (n,)."""
    top = np.maximum(np.maximum.reduceat(reduced, menus.first[:-1]), 0.0)
    out: Floats = top[menus.customer] - reduced
    return out


def _worth(menus: Menus, choice: Choice) -> int:
    picked: Integers = choice.pick[choice.pick >= 0]
    return int(menus.value[picked].sum())
