"""Intervals that keep their word: conformalised quantile regression on a small random sample.

Romano, Patterson and Candès, "Conformalized quantile regression", NeurIPS 2019. Lines for a lower and an upper quantile
are fitted; each sampled customer's score says by how much the truth lay outside the lines (negative: inside) that were
fitted without that customer's fold; the exact finite-sample quantile of the scores then widens, or narrows, both lines.
Scores out of folds use every customer of a small sample both ways (cross-conformal: Vovk, 2015).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import QuantileRegressor

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

FOLDS: Final = 10
SHRINKAGE: Final = 0.02
"""Weight of the slopes' sizes against the mean pinball loss; columns count in standard deviations. Assumed."""
ROWS_A_SLOPE: Final = 10
"""Customers a slope; with fewer the slopes are the prior, and the intercept alone is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A linear quantile: ``intercept + x @ slopes``."""

    intercept: float
    slopes: tuple[float, ...]

    def at(self, x: Floats) -> Floats:
        """Return the quantile at each row of ``x``, shape (n,)."""
        found: Floats = self.intercept + x @ np.array(self.slopes)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """An interval at each row: two lines, moved outwards by ``offset`` (inwards where it is negative)."""

    low: Line
    high: Line
    offset: float

    def at(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the lower and the upper end at each row of ``x``, each of shape (n,), in order."""
        low, high = self.low.at(x) - self.offset, self.high.at(x) + self.offset
        return np.minimum(low, high), np.maximum(low, high)


def least_needed(level: float) -> int:
    """Return how many sampled customers an interval of a level needs: with fewer the exact quantile is infinite.

    Example:
        >>> least_needed(0.8), least_needed(0.9)
        (4, 9)
    """
    return math.ceil(round(1 / (1 - level), 9)) - 1


def finite_quantile(scores: Floats, level: float) -> float:
    """Return the ceil((n + 1) level)-th smallest of n scores: the exact quantile for the next, exchangeable score.

    Args:
        scores: shape (n,), n at least ``least_needed(level)``.
        level: of the interval, 0..1.

    Example:
        >>> finite_quantile(np.arange(1.0, 10.0), 0.8)
        8.0
    """
    rank = math.ceil(round((len(scores) + 1) * level, 9))
    return float(np.partition(scores, rank - 1)[rank - 1])


def fit_line(x: Floats, y: Floats, quantile: float, *, prior: Sequence[float]) -> Line:
    """Fit a linear quantile regression (Koenker and Bassett, 1978) whose slopes shrink towards a prior (lasso).

    Args:
        x: shape (n, n_columns).
        y: shape (n,).
        quantile: 0..1.
        prior: the slope of each column that a sample which says nothing gives, shape (n_columns,).
    """
    toward = np.asarray(prior, dtype=np.float64)
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    told = x / scale if len(y) >= ROWS_A_SLOPE * x.shape[1] else np.zeros_like(x)
    found = QuantileRegressor(quantile=quantile, alpha=SHRINKAGE, solver="highs").fit(told, y - x @ toward)
    slopes = np.asarray(found.coef_) / scale + toward
    return Line(intercept=float(found.intercept_), slopes=tuple(slopes.tolist()))


def fit_band(x: Floats, y: Floats, level: float, *, folds: Integers, prior: Sequence[float]) -> Band | None:
    """Fit a calibrated band; None where the sample is smaller than ``least_needed(level)``.

    Args:
        x: shape (n, n_columns).
        y: what the band shall hold, shape (n,).
        level: the share of customers that the band shall hold, 0..1.
        folds: the fold of each customer, drawn without regard to ``x`` and ``y``, shape (n,).
        prior: see ``fit_line``.
    """
    if len(y) < least_needed(level):
        return None
    low, high = _lines(x, y, level, prior)
    offset = finite_quantile(scores(x, y, level, folds=folds, prior=prior), level)
    return Band(low=low, high=high, offset=offset)


def scores(x: Floats, y: Floats, level: float, *, folds: Integers, prior: Sequence[float]) -> Floats:
    """Return how far each customer's truth lies outside the lines that were fitted without its fold, shape (n,)."""
    found = np.empty(len(y))
    for fold in np.unique(folds).tolist():
        out = folds == fold
        low, high = _lines(x[~out], y[~out], level, prior)
        found[out] = np.maximum(low.at(x[out]) - y[out], y[out] - high.at(x[out]))
    return found


def dealt(order: Sequence[float] | Floats, folds: int) -> Integers:
    """Deal customers into folds of equal size, in the order of random numbers of theirs; shape (n,)."""
    place = np.argsort(np.argsort(np.asarray(order), kind="stable"), kind="stable")
    return (place % folds).astype(np.int64)


def _lines(x: Floats, y: Floats, level: float, prior: Sequence[float]) -> tuple[Line, Line]:
    tail = (1 - level) / 2
    return fit_line(x, y, tail, prior=prior), fit_line(x, y, 1 - tail, prior=prior)
