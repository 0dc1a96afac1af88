"""Prices of the resources that almost clear them: the dual by Newton's method on a path of ever sharper maxima.

The dual function (see ``response``) is convex, so damped Newton steps on its softened form, with prices kept at or
above 0, lead to the best prices of that width; each next width starts from the last one's prices. The error that the
softening leaves falls with the square of the width, since only customers near a tie see it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from wealthloop.allocation.menus import Floats, Menus
from wealthloop.allocation.response import Response, reduce_all, respond

_SHARPER: Final = 0.35
"""Each width is this share of the last."""
_CENTRED: Final = 0.3
"""A width is done when a step promises less than this share of the softening's error."""
_CLOSE: Final = 2e-5
"""The softening's error, as a share of the bound, at which the path ends."""
_STILL: Final = 1e-7
"""A promise below this share of the bound is not worth a step."""
_WARM: Final = 0.02
"""Width of the first step from known prices, as a share of the width without."""
_MOST: Final = 150
"""Steps at most, so that the work is bounded whatever the problem."""
_FIRST_REACH: Final = 8.0
"""Widths that a price may move at the first step."""
_GROWTH: Final = 2.0
"""What a step that descended does to the reach."""
_SHRINK: Final = 0.2
"""What a step that did not descend does to the reach."""
_LEAST_DAMPING: Final = 1e-5
"""Curvature in scaled units that every price keeps, so that a step always exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What the descent has found."""

    best: Floats
    """The prices that prove the lowest bound, fen a unit, shape (n_resources,)."""
    centres: tuple[Floats, ...]
    """The prices of every width, the sharpest last."""
    width: float
    """The last width, fen: candidates this close to a customer's best are as good as it."""


@dataclass(frozen=True, slots=True)
class _Point:
    prices: Floats
    width: float
    reach: float
    """How many widths a price may move at a step where use and capacity are far apart."""
    response: Response


def follow(menus: Menus, start: Floats | None) -> Path:
    """Return the prices along the path.

    Args:
        menus: at least one candidate.
        start: prices to begin with, none negative, shape (n_resources,); 0 if not given.
    """
    wide = float(np.maximum.reduceat(menus.value, menus.first[:-1]).mean())
    prices, width = (np.zeros(menus.capacity.size), wide) if start is None else (start, wide * _WARM)
    at = _Point(prices, width, _FIRST_REACH, respond(menus, prices, width))
    best, centres, usual = at, [], _usual_use(menus)
    for _ in range(_MOST):
        step = _newton(at, usual)
        soft, hard = at.response.soft, at.response.hard
        if -float(at.response.slope @ step) < max(_CENTRED * (soft - hard), _STILL * hard):
            centres.append(at.prices)
            if soft - hard < _CLOSE * hard:
                break
            width = at.width * _SHARPER
            at = _Point(at.prices, width, at.reach, respond(menus, at.prices, width))
        else:
            at = _move(menus, at, step)
            best = min(best, at, key=lambda point: point.response.hard)
    return Path(best=best.prices, centres=(*centres, best.prices), width=at.width)


def proved(menus: Menus, prices: Floats) -> int:
    """Return the upper bound in fen that prices (none negative) prove by weak duality, safe of rounding."""
    best = np.maximum(np.maximum.reduceat(reduce_all(menus, prices), menus.first[:-1]), 0.0)
    at_stake = float(np.maximum.reduceat(menus.value, menus.first[:-1]).sum() + prices @ menus.capacity)
    bound = math.fsum(best) + math.fsum(prices * menus.capacity)
    return math.floor(bound + 8 * np.finfo(np.float64).eps * at_stake)


def _usual_use(menus: Menus) -> Floats:
    """Return the mean amount of the uses of each resource, 1 where there is none, shape (n_resources,)."""
    n = menus.capacity.size
    uses = np.bincount(menus.resource, minlength=n)
    return np.where(uses > 0, np.bincount(menus.resource, menus.amount, n) / np.maximum(uses, 1), 1.0)


def _newton(at: _Point, usual: Floats) -> Floats:
    """Return the damped Newton step; a price of 0 that would fall stays, shape (n_resources,).

    Prices are scaled to what a usual use costs; the damping holds a step to ``reach`` widths and dies off with the
    slope (Levenberg-Marquardt).
    """
    free = np.flatnonzero((at.prices > 0) | (at.response.slope < 0))
    slope = at.response.slope[free] / usual[free]
    curve = at.response.curve[np.ix_(free, free)] / np.outer(usual[free], usual[free])
    curve[np.diag_indices(free.size)] += np.abs(slope) / (at.reach * at.width) + _LEAST_DAMPING / at.width
    step = np.zeros(usual.size)
    step[free] = -_solved(curve, slope) / usual[free]
    return step


def _solved(curve: Floats, slope: Floats) -> Floats:
    """Solve a Newton system; sparse, since managers who share no customers do not bend each other's slope."""
    if not slope.size:
        return slope
    out: Floats = splu(csc_array(curve), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(slope)
    return out


def _move(menus: Menus, at: _Point, step: Floats) -> _Point:
    """Take a step that descends (Armijo) and reach further next time, or stay and reach less far."""
    prices = np.maximum(at.prices + step, 0.0)
    response = respond(menus, prices, at.width)
    if response.soft <= at.response.soft + 1e-4 * float(at.response.slope @ (prices - at.prices)):
        return _Point(prices, at.width, at.reach * _GROWTH, response)
    return _Point(at.prices, at.width, at.reach * _SHRINK, at.response)
