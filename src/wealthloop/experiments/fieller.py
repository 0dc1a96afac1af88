"""What an experiment brought in for what it cost: a ratio of two differences, by Fieller's set.

All R for which the difference of (gain - R cost) may be zero. Source: Fieller, "Some problems in interval estimation",
Journal of the Royal Statistical Society B 16 (1954), 175-185. With the boundary of a confidence sequence in place of
a normal quantile (``effect``) the set may be looked at on any day: for the true R the mean of the influence values of
(gain - R cost) is zero, and their sequence covers zero at all looks together.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.experiments.boundary import boundary
from wealthloop.experiments.effect import Pending, Trial, influence_values, too_early

Floats = NDArray[np.float64]

METHOD: Final = "always-valid Fieller set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Incremental gain for each unit of incremental cost.

    ``low`` and ``high`` are None together where the set has no two ends: the cost is not surely above 0 yet.
    ``gain`` and ``cost`` are the differences a unit, in the units of what was given.
    """

    ratio: float | None
    low: float | None
    high: float | None
    gain: float
    cost: float
    n: int
    method: str


def fieller(gain: float, cost: float, covariance: Floats, *, critical: float) -> tuple[float, float] | None:
    """Return the ends of the set of ratios that two correlated normal estimates allow.

    Args:
        gain: the estimate above the line.
        cost: the estimate below it.
        covariance: of (gain, cost), shape (2, 2).
        critical: half-width in standard errors: a normal quantile, or the boundary of a confidence sequence.

    Returns:
        The ends; None where the set is not bounded, because the estimate below the line may be zero.

    Example:
        >>> fieller(10.0, 5.0, np.diag([1.0, 0.0]), critical=2.0)
        (1.6, 2.4)
    """
    if covariance.shape != (2, 2) or not critical > 0:
        raise InvalidInput(f"shape == {covariance.shape}, critical == {critical}, must be (2, 2) and above 0")
    square = critical**2
    a = cost**2 - square * covariance[1, 1]
    b = gain * cost - square * covariance[0, 1]
    c = gain**2 - square * covariance[0, 0]
    if not a > 0:
        return None
    root = math.sqrt(max(b * b - a * c, 0.0))
    return float((b - root) / a), float((b + root) / a)


def always_valid_ratio(gain: Trial, cost: Floats, *, n_planned: int, alpha: float) -> Ratio | Pending:
    """Return the ratio of the differences in gain and in cost, with ends that hold at every look.

    Args:
        gain: matured units of two arms in the order in which their windows closed, with what each brought in.
        cost: what each cost, shape (n_units,).
        n_planned: matured units at which the set shall be tightest; fixed before the start.
        alpha: the risk that the set ever leaves the ratio out.

    Raises:
        InvalidInput: shapes differ, or a value is not finite.
    """
    if cost.shape != gain.outcome.shape or not np.isfinite([gain.outcome, cost]).all():
        raise InvalidInput(f"cost.shape == {cost.shape}, must be that of gain, {gain.outcome.shape}, all finite")
    waiting = too_early(gain.outcome, gain.treated, gain.share)
    if waiting is not None:
        return waiting
    below = Trial(treated=gain.treated, outcome=cost, share=gain.share)
    psi = np.stack([influence_values(gain), influence_values(below)])
    n = psi.shape[1]
    above_line, below_line = (float(mean) for mean in psi.mean(axis=1))
    edge = boundary(n, n_planned=n_planned, alpha=alpha)
    ends = fieller(above_line, below_line, np.cov(psi, bias=True) / n, critical=edge) if below_line > 0 else None
    return Ratio(
        ratio=above_line / below_line if below_line > 0 else None,
        low=ends[0] if ends else None,
        high=ends[1] if ends else None,
        gain=above_line,
        cost=below_line,
        n=n,
        method=f"{METHOD}, {100 * (1 - alpha):g} %",
    )
