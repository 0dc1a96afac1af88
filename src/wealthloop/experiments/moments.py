"""Comparisons from sums: what ``fixed`` says of units, said of many experiments or many looks at once."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats: TypeAlias = NDArray[np.float64]
SumsKind: TypeAlias = Literal["mean", "cuped", "ratio"]
COLUMNS: Final = ("n", "y", "x", "yy", "xx", "xy")
"""Sums over an arm: units, outcome, covariate (or denominator), and their products."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyCompared:
    """Differences treatment less control, each of the shape (...,)."""

    effect: Floats
    error: Floats
    freedom: Floats
    """Of Student's law; infinite for ratios, which are read by the normal limit."""
    base: Floats
    """Control's estimate."""

    def pvalues(self) -> Floats:
        """Return two-sided p values, NaN where there is no spread."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2.0 * stats.t.sf(np.abs(self.effect) / self.error, self.freedom), dtype=np.float64)

    def halves(self, alpha: float) -> Floats:
        """Return half-widths of the intervals of one look."""
        return np.asarray(stats.t.isf(alpha / 2, self.freedom) * self.error, dtype=np.float64)


def compare_sums(control: Floats, treated: Floats, *, kind: SumsKind) -> ManyCompared:
    """Compare arms by their sums.

    Args:
        control: sums of ``COLUMNS``, shape (..., 6); with centred columns nothing is lost in rounding.
        treated: the same of the treatment.
        kind: ``mean`` leaves x out, ``cuped`` takes off what it explains with one slope for both arms, ``ratio`` is
            that of the sums of y and x.
    """
    if kind == "ratio":
        parts = [_ratio(arm) for arm in (control, treated)]
        freedom = np.full(parts[0][0].shape, np.inf)
    else:
        parts = _means(control, treated, adjusted=kind == "cuped")
        freedom = _welch(parts[0][1], parts[1][1], control[..., 0], treated[..., 0])
    (base, base_variance), (lifted, variance) = parts
    return ManyCompared(effect=lifted - base, error=np.sqrt(base_variance + variance), freedom=freedom, base=base)


def _means(control: Floats, treated: Floats, *, adjusted: bool) -> list[tuple[Floats, Floats]]:
    away = [_products(arm) for arm in (control, treated)]
    slope, middle = np.zeros(control.shape[:-1]), np.zeros(control.shape[:-1])
    if adjusted:
        xx, xy = away[0][1] + away[1][1], away[0][2] + away[1][2]
        slope = np.divide(xy, xx, out=slope, where=xx > 0)
        middle = (control[..., 2] + treated[..., 2]) / (control[..., 0] + treated[..., 0])
    found = []
    for arm, (yy, xx, xy) in zip((control, treated), away, strict=True):
        n = arm[..., 0]
        left = yy - 2.0 * slope * xy + slope**2 * xx
        found.append((arm[..., 1] / n - slope * (arm[..., 2] / n - middle), np.maximum(left, 0.0) / (n * (n - 1))))
    return found


def _products(arm: Floats) -> tuple[Floats, Floats, Floats]:
    """Return sums of squares and products about the arm's means."""
    n, y, x, yy, xx, xy = np.moveaxis(arm, -1, 0)
    return yy - y * y / n, xx - x * x / n, xy - x * y / n


def _ratio(arm: Floats) -> tuple[Floats, Floats]:
    n, y, x, yy, xx, xy = np.moveaxis(arm, -1, 0)
    ratio = y / x
    left = yy - 2.0 * ratio * xy + ratio**2 * xx
    return ratio, np.maximum(left, 0.0) * n / ((n - 1) * x * x)


def _welch(first: Floats, second: Floats, n_first: Floats, n_second: Floats) -> Floats:
    below = first**2 / (n_first - 1) + second**2 / (n_second - 1)
    freedom: Floats = np.full(below.shape, np.inf)
    np.divide((first + second) ** 2, below, out=freedom, where=below > 0)
    return freedom
