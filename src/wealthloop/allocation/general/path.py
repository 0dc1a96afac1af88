"""Prices of rows that almost clear them: Newton's method on a path of ever sharper maxima (see ``response``).

Rows of small families bend together; each row of a large family (a manager's cards, a household's contacts) bends with
them and by itself, so the Newton system has the shape of an arrow and is solved by its Schur complement, however
many managers there are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.allocation.general.layout import Floats, Instance, Patterns, Rows
from wealthloop.allocation.general.response import Curve, Scratch, respond

SHARPER: Final = 0.35
"""Each width is this share of the last."""
_CENTRED: Final = 0.3
"""A width is done when a step promises less than this share of the softening's error."""
_STILL: Final = 1e-8
"""A promise below this share of the bound is not worth a step."""
_FIRST_REACH: Final = 8.0
"""Widths that a price may move at the first step."""
_GROWTH: Final = 2.0
"""What a step that descended does to the reach."""
_FARTHEST: Final = 1e6
"""Widths that a price may ever move at a step."""
_SHRINK: Final = 0.2
"""What a step that did not descend does to the reach."""
_LEAST_DAMPING: Final = 1e-5
"""Curvature in scaled units that every price keeps, so that a step always exists."""


@dataclass(frozen=True, slots=True)
class Point:
    """The dual function at some prices."""

    prices: Floats
    width: float
    reach: float
    """How many widths a price may move at a step where use and capacity are far apart."""
    hard: float
    """The upper bound that the prices prove."""
    soft: float
    """The same with soft maxima, never below ``hard``."""
    scale: float
    """What is at stake, for comparisons: the bound, or customers' maxima where prices of minimums offset them."""
    use: Floats
    """Expected use, shape (n_rows,)."""
    curve: Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What the descent has found."""

    best: Floats
    """The prices that prove the lowest bound of the instance, shape (n_rows,)."""
    bound: float
    """What they prove."""
    last: Floats
    """The prices of the sharpest width."""
    width: float
    """That width."""
    steps: int
    """How often the dual function was computed."""


def priced(rows: Rows, prices: Floats) -> float:
    """Return what the rows are worth at prices: capacities at positive ones, minimums at negative ones."""
    most, least = prices > 0, prices < 0
    return float(prices[most] @ rows.capacity[most] + prices[least] @ rows.minimum[least])


def follow(instance: Instance, start: Floats, *, width: float, close: float, most_steps: int) -> Path:
    """Return the prices at the end of the path.

    Args:
        instance: at least one candidate.
        start: prices to begin with, each of the sign that its row allows, shape (n_rows,).
        width: the first width.
        close: the softening's error, as a share of the bound, at which the path ends.
        most_steps: how often the dual function is computed at most.
    """
    usual = usual_use(instance.patterns, instance.rows)
    at = _ask(instance, start, width, _FIRST_REACH)
    best = at
    for steps in range(1, most_steps):  # noqa: B007 - told
        slope = _slope(instance.rows, at)
        step = _newton(instance.rows, at, slope, usual)
        if -float(slope @ step) < max(_CENTRED * (at.soft - at.hard), _STILL * at.scale):
            if at.soft - at.hard < close * at.scale:
                break
            at = _ask(instance, at.prices, at.width * SHARPER, at.reach)
        else:
            at = _move(instance, at, slope, step)
        best = min(best, at, key=lambda point: point.hard)
    return Path(best=best.prices, bound=best.hard, last=at.prices, width=at.width, steps=steps)


def usual_use(patterns: Patterns, rows: Rows) -> Floats:
    """Return the mean amount of the uses of each row, 1 where there is none, shape (n_rows,)."""
    n = rows.capacity.size
    uses = np.bincount(patterns.row, minlength=n)
    return np.where(uses > 0, np.bincount(patterns.row, patterns.amount, n) / np.maximum(uses, 1), 1.0)


def _scratch(instance: Instance) -> Scratch:
    menus, n = instance.menus, instance.rows.capacity.size
    largest = int(np.diff(menus.slot[menus.first]).max(initial=0))
    slots, patterns = int(np.diff(menus.first).max(initial=0)), instance.patterns.start.size - 1
    chance, best, total, top, mean, tilt = (np.zeros(size) for size in (largest, slots, slots, slots, n, n))
    mass, loose = np.zeros(patterns), np.zeros(patterns)
    return Scratch(chance, best, total, top, mean, tilt, np.zeros(n, np.int64), mass, loose)


def _ask(instance: Instance, prices: Floats, width: float, reach: float) -> Point:
    uses, rows = instance.uses, instance.rows
    lone = prices.size - rows.dense
    curve = Curve(np.zeros((rows.dense, rows.dense)), np.zeros((lone, rows.dense)), np.zeros(lone))
    cost, scratch = instance.cost(prices), _scratch(instance)
    hard, soft = respond(instance.menus, instance.patterns, cost, width, instance.most, scratch, curve)
    fixed = priced(rows, prices)
    scale = max(abs(fixed + hard), hard)
    return Point(prices, width, reach, fixed + hard, fixed + soft, scale, scratch.mass @ uses, curve)


def _slope(rows: Rows, at: Point) -> Floats:
    """Return how the dual rises with each price; 0 for a price of 0 that stays."""
    high, low = rows.capacity - at.use, rows.minimum - at.use
    resting = np.where(high < 0, high, np.where(low > 0, low, 0.0))
    return np.where(at.prices > 0, high, np.where(at.prices < 0, low, resting))


def _newton(rows: Rows, at: Point, slope: Floats, usual: Floats) -> Floats:
    """Return the damped Newton step, shape (n_rows,).

    Prices are scaled to what a usual use costs; the damping holds a step to ``reach`` widths and dies off with the
    slope (Levenberg-Marquardt).
    """
    n = rows.dense
    down = slope / usual
    free = slope != 0
    damping = (np.abs(down) / at.reach + _LEAST_DAMPING) / at.width
    own = at.curve.own / usual[n:] ** 2 / at.width + damping[n:]
    lone = np.flatnonzero(free[n:])
    cross = at.curve.cross[lone] / np.outer(usual[n:][lone], usual[:n]) / at.width
    dense = at.curve.dense / np.outer(usual[:n], usual[:n]) / at.width
    dense[np.diag_indices(n)] += damping[:n]
    weighed = cross / own[lone, None]
    together = np.flatnonzero(free[:n])
    step = np.zeros(slope.size)
    if together.size:
        schur = (dense - cross.T @ weighed)[np.ix_(together, together)]
        right = (down[:n] - weighed.T @ down[n:][lone])[together]
        step[together] = -_solved(schur, right)
    step[n + lone] = -(down[n:][lone] + cross @ step[:n]) / own[lone]
    return step / usual


def _solved(matrix: Floats, right: Floats) -> Floats:
    """Solve a system that may have lost its definiteness to what the curve leaves out."""
    values, vectors = np.linalg.eigh(matrix)
    floor = max(float(values.max()) * 1e-12, 1e-300)
    out: Floats = vectors @ ((vectors.T @ right) / np.maximum(np.abs(values), floor))
    return out


def moved(rows: Rows, prices: Floats, step: Floats) -> Floats:
    """Return prices after a step, none of a sign that its row forbids, none across 0."""
    out = prices + step
    out = np.where(prices > 0, np.maximum(out, 0.0), np.where(prices < 0, np.minimum(out, 0.0), out))
    out = np.where(np.isinf(rows.capacity), np.minimum(out, 0.0), out)
    return np.where(rows.minimum > 0, out, np.maximum(out, 0.0))


def _move(instance: Instance, at: Point, slope: Floats, step: Floats) -> Point:
    """Take a step that descends (Armijo) and reach further next time, or stay and reach less far."""
    prices = moved(instance.rows, at.prices, step)
    there = _ask(instance, prices, at.width, min(at.reach * _GROWTH, _FARTHEST))
    if there.soft <= at.soft + 1e-4 * float(slope @ (prices - at.prices)):
        return there
    return Point(at.prices, at.width, at.reach * _SHRINK, at.hard, at.soft, at.scale, at.use, at.curve)
