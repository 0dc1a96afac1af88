"""How well scores of uplift rank customers: the Qini curve, its area against random, gains of the first customers.

Radcliffe, "Using control groups to target on predicted lift", 2007. Along customers from the highest score down, the
gain is the treated's outcomes less the control's, these scaled to as many customers as are treated. For outcomes of 0
and 1 the area between the curve and the straight line of a random order is divided by that of the best possible order.
Scores that are equal count as one step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from wealthloop.scoring.types import Floats

_TIMES: Final = 200
_TAIL: Final = 0.025
"""Share of the resamples beyond each end of a 95 % interval."""
_SEED: Final = 11
_Said = TypeVar("_Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An estimate with its 95 % interval, by bootstrap over units."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Scored units of a randomised trial, arrays of shape (n,)."""

    score: Floats
    treated: Floats
    """1 treated, 0 control."""
    outcome: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ordered:
    """Units from the highest score down, with the places at which a step of equal scores ends."""

    order: NDArray[np.int64]
    ends: NDArray[np.int64]


def qini(trial: Trial) -> Measured:
    """Return the normalised Qini coefficient of outcomes of 0 and 1: 0 for a random order, 1 for the best possible."""
    return bootstrapped(qini_of(trial), len(trial.score))


def qini_of(trial: Trial) -> Callable[[Floats], float]:
    """Return the Qini coefficient as a function of how often each unit counts, shape (n,)."""
    ours = _ordered(trial.score)
    best = _ordered(trial.outcome * trial.treated - trial.outcome * (1 - trial.treated))

    def of(weight: Floats) -> float:
        possible = _area(trial, best, weight)
        return _area(trial, ours, weight) / possible if possible else 0.0

    return of


def gain_area(trial: Trial) -> Measured:
    """Return the area between the curve and random, a treated unit, in the outcome's unit; for any outcome."""
    ours = _ordered(trial.score)

    def of(weight: Floats) -> float:
        treated = float((weight * trial.treated).sum())
        return _area(trial, ours, weight) / (float(weight.sum()) * treated) if treated else 0.0

    return bootstrapped(of, len(trial.score))


def uplift_at(trial: Trial, share: float) -> Measured:
    """Return the average effect among the given share of units with the highest scores."""
    first = np.argsort(-trial.score, kind="stable")[: int(len(trial.score) * share)]
    treated, outcome = trial.treated[first], trial.outcome[first]

    def of(weight: Floats) -> float:
        ours = weight[first]
        n_treated, n_control = float((ours * treated).sum()), float((ours * (1 - treated)).sum())
        if not n_treated or not n_control:
            return 0.0
        return float((ours * treated * outcome).sum() / n_treated - (ours * (1 - treated) * outcome).sum() / n_control)

    return bootstrapped(of, len(trial.score))


def curve(trial: Trial) -> tuple[Floats, Floats]:
    """Return the Qini curve: units so far and their gain, both beginning at 0."""
    return _curve(trial, _ordered(trial.score), np.ones(len(trial.score)))


def curve_with_band(trial: Trial, points: int) -> tuple[tuple[float, float, float, float], ...]:
    """Return the Qini curve at equal steps: share of units, gain a treated unit, ends of its 95 % interval."""
    ordered, size = _ordered(trial.score), len(trial.score)
    steps = np.linspace(0.0, 1.0, points)

    def at_steps(weight: Floats) -> Floats:
        units, gain = _curve(trial, ordered, weight)
        treated = float((weight * trial.treated).sum()) or 1.0
        found: Floats = np.interp(steps, units / units[-1], gain / treated)
        return found

    low, high = np.quantile(_resampled(at_steps, size), (_TAIL, 1 - _TAIL), axis=0)
    middle = at_steps(np.ones(size))
    return tuple(zip(steps.tolist(), middle.tolist(), low.tolist(), high.tolist(), strict=True))


def _ordered(score: Floats) -> _Ordered:
    order = np.argsort(-score, kind="stable").astype(np.int64)
    ranked = score[order]
    return _Ordered(order=order, ends=np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1))


def _curve(trial: Trial, ordered: _Ordered, weight: Floats) -> tuple[Floats, Floats]:
    ours = weight[ordered.order]
    treated = ours * trial.treated[ordered.order]
    control = ours - treated
    outcome = trial.outcome[ordered.order]
    n_treated, n_control = np.cumsum(treated)[ordered.ends], np.cumsum(control)[ordered.ends]
    y_treated, y_control = np.cumsum(treated * outcome)[ordered.ends], np.cumsum(control * outcome)[ordered.ends]
    scaled = np.divide(y_control * n_treated, n_control, out=np.zeros(len(n_control)), where=n_control > 0)
    return np.append(0.0, n_treated + n_control), np.append(0.0, y_treated - scaled)


def _area(trial: Trial, ordered: _Ordered, weight: Floats) -> float:
    """Return the area between a curve and the straight line to its end."""
    units, gain = _curve(trial, ordered, weight)
    return float(np.trapezoid(gain, units) - units[-1] * gain[-1] / 2)


def bootstrapped(of: Callable[[Floats], float], size: int) -> Measured:
    """Return what a function of weights of units says, with its interval over resamples of the units."""
    low, high = np.quantile(_resampled(of, size), (_TAIL, 1 - _TAIL))
    return Measured(estimate=of(np.ones(size)), low=float(low), high=float(high))


def _resampled(of: Callable[[Floats], _Said], size: int) -> list[_Said]:
    """Return what a function of weights of units says of each resample."""
    draw = np.random.default_rng(_SEED)
    return [of(draw.multinomial(size, np.full(size, 1 / size)).astype(np.float64)) for _ in range(_TIMES)]
