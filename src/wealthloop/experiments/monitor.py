"""Experiments that are looked at again and again: what may be concluded at each checkpoint of sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from scipy import stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments.boundary import always_valid_pvalue, boundary
from wealthloop.experiments.effect import MIN_UNITS
from wealthloop.experiments.spread import welch_freedom

Method: TypeAlias = Literal["fixed", "always-valid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Sums of both arms at a moment."""

    time: float
    count_c: int
    count_t: int
    mean_c: float
    mean_t: float
    variance_c: float
    variance_t: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one checkpoint says."""

    time: float
    n: int
    effect: float
    low: float | None
    high: float | None
    """None before each arm has 30 units."""
    pvalue: float | None
    significant: bool


def look(at: Checkpoint, *, method: Method, n_planned: int, alpha: float = 0.05) -> Look:
    """Say what a checkpoint allows to conclude.

    ``fixed`` is Welch's test, right for one look alone: the first of many looks that is significant proves nothing.
    ``always-valid`` is the asymptotic confidence sequence of ``always_valid_effect`` from sums: about the mean that
    its running regression tends to, the variance of influence values is that of the arms over their shares.

    Raises:
        InvalidInput: a count or a variance is negative.
    """
    if min(at.count_c, at.count_t) < 0 or min(at.variance_c, at.variance_t) < 0:
        raise InvalidInput(f"checkpoint at {at.time}: a count or variance is below 0")
    n, effect = at.count_c + at.count_t, at.mean_t - at.mean_c
    if min(at.count_c, at.count_t) < MIN_UNITS:
        return Look(time=at.time, n=n, effect=effect, low=None, high=None, pvalue=None, significant=False)
    if method == "fixed":
        half, pvalue = _fixed(at, effect, alpha)
    else:
        half, pvalue = _always_valid(at, effect, n_planned, alpha)
    low, high = effect - half, effect + half
    return Look(time=at.time, n=n, effect=effect, low=low, high=high, pvalue=pvalue, significant=not low <= 0 <= high)


def looks(rows: Sequence[Checkpoint], *, method: Method, n_planned: int = 0, alpha: float = 0.05) -> list[Look]:
    """Say what each checkpoint allows to conclude, in the order of time.

    Args:
        rows: checkpoints, totals so far.
        method: see ``look``.
        n_planned: units of both arms at which the interval shall be tightest; 0: those of the last checkpoint.
        alpha: the risk.

    Raises:
        InvalidInput: a count falls from one checkpoint to the next.
    """
    ordered = sorted(rows, key=lambda row: row.time)
    for before, after in pairwise(ordered):
        if after.count_c < before.count_c or after.count_t < before.count_t:
            raise InvalidInput(f"checkpoint at {after.time}: counts fall, must be totals so far")
    planned = n_planned or (ordered[-1].count_c + ordered[-1].count_t if ordered else 1)
    return [look(row, method=method, n_planned=max(planned, 1), alpha=alpha) for row in ordered]


def _fixed(at: Checkpoint, effect: float, alpha: float) -> tuple[float, float]:
    variances = [at.variance_c / at.count_c, at.variance_t / at.count_t]
    error = float(np.sqrt(sum(variances)))
    if not error > 0:
        return 0.0, float(effect == 0)
    law = stats.t(welch_freedom(variances, [at.count_c, at.count_t]))
    return float(law.ppf(1 - alpha / 2)) * error, float(2 * law.sf(abs(effect) / error))


def _always_valid(at: Checkpoint, effect: float, n_planned: int, alpha: float) -> tuple[float, float]:
    n = at.count_c + at.count_t
    share = at.count_t / n
    error = float(np.sqrt((at.variance_t / share + at.variance_c / (1 - share)) / n))
    pvalue = always_valid_pvalue(effect, error, n, n_planned=n_planned, alpha=alpha)
    return error * boundary(n, n_planned=n_planned, alpha=alpha), pvalue
