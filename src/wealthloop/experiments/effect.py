"""Effects whose interval holds at every look: asymptotic confidence sequences.

Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", arXiv 2103.06476, section 3 (influence values of a randomised trial).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.experiments.assign import Arm
from wealthloop.experiments.boundary import boundaries

MIN_UNITS: Final = 30
"""Matured units that each arm must have before an effect is estimated: the interval rests on a limit theorem."""
MIN_EVENTS: Final = 5
"""Units with an outcome unlike the commonest one that the smaller arm should hold by its share; with fewer the
variance of the influence values is not known (simulated with control shares of .05 to .2: up to 42 % false winners
without this rule, under 6 % with it).
"""
MIN_SHARE: Final = 0.15
"""The smallest arm for which the interval of an amount is trusted; smaller arms need a randomisation test."""
_FIT_FROM: Final = 30
_SPREAD_KNOWN: Final = 1e-12
"""Share of the covariate's second moment under which its spread is lost in rounding, so that no slope is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An incremental effect a unit with an interval that may be looked at on any day.

    ``estimate``, ``low``, ``high`` and ``sd`` (of the influence values) are in the outcome's unit; ``n`` counts
    matured units of both arms.
    """

    estimate: float
    low: float
    high: float
    n: int
    n_treated: int
    n_control: int
    sd: float
    method: str
    estimand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Why there is no effect to show: a stable code and a sentence in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Matured units of one treatment arm and of control, in the order in which their outcome windows closed.

    ``treated``, ``outcome`` and ``covariate`` have the shape (n_units,); ``share`` is the treatment arm's share of
    the two arms. The covariate is known before a unit is planned, never missing; None: no adjustment by it.
    """

    treated: NDArray[np.bool_]
    outcome: NDArray[np.float64]
    share: float
    covariate: NDArray[np.float64] | None = None


def pair_share(arm: Arm, control: Arm) -> float:
    """Return the share of a treatment arm among the units of that arm and of control.

    Example:
        >>> pair_share(Arm(name="a", share=0.4, control=False), Arm(name="c", share=0.2, control=True))
        0.6666666666666666
    """
    return arm.share / (arm.share + control.share)


def always_valid_effect(
    trial: Trial, *, n_planned: int, alpha: float = 0.05, cut: float | None = None
) -> Effect | Pending:
    """Return the effect of treatment on the mean outcome, or why it cannot be told yet.

    The interval covers the effect at all looks together with probability of about ``1 - alpha``. It is tightest near
    ``n_planned`` matured units, where it is about 1.55 times as wide as that of a single look.

    Args:
        trial: matured units in order.
        n_planned: matured units of both arms at which the interval shall be tightest; fixed before the start.
        alpha: the risk that the interval ever leaves the effect out.
        cut: winsorising cut fixed before the start, for amounts: outcome and covariate are held in [-cut, cut].

    Raises:
        InvalidInput: shapes differ, a value is not finite, or an argument is out of its range.
    """
    _check(trial, n_planned=n_planned, alpha=alpha, cut=cut)
    held = trial if cut is None else _winsorised(trial, cut)
    waiting = too_early(held.outcome, held.treated, held.share)
    if waiting is not None:
        return waiting
    n = held.outcome.size
    (estimate,), (half,), (sd,) = (found.tolist() for found in seen_at(held, np.array([n]), n_planned, alpha=alpha))
    return Effect(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        n=n,
        n_treated=int(held.treated.sum()),
        n_control=int((~held.treated).sum()),
        sd=sd,
        method=_method(held, alpha),
        estimand="difference in mean outcome" + ("" if cut is None else f", outcome winsorised at {cut:.0f}"),
    )


def seen_at(
    trial: Trial, looks: NDArray[np.int64], n_planned: int, *, alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return estimate, half-width and standard deviation after the first n units, for each n of ``looks``.

    Each of the shape (n_looks,). A unit's influence value stays what it was, so that one pass serves all looks.
    """
    psi = influence_values(trial)
    centre = psi.mean()
    sums, squares = np.cumsum(psi - centre)[looks - 1], np.cumsum((psi - centre) ** 2)[looks - 1]
    sd = np.sqrt(np.maximum(squares / looks - (sums / looks) ** 2, 0.0))
    half = sd * boundaries(looks, n_planned=n_planned, alpha=alpha) / np.sqrt(looks)
    return centre + sums / looks, half, sd


def influence_values(trial: Trial) -> NDArray[np.float64]:
    """Return psi = (Z/p - (1-Z)/(1-p)) (Y - m(X)) for each unit, shape (n_units,).

    m is fitted on the units that matured earlier, by the least squares that minimise the variance of psi itself
    (weights Z/p^2 + (1-Z)/(1-p)^2), so that a value never changes once its unit has entered and its expectation is
    the effect whatever m is. The first 30 units take the weighted mean of those before them.
    """
    p = trial.share
    sign = np.where(trial.treated, 1.0 / p, -1.0 / (1.0 - p))
    return np.asarray(sign * (trial.outcome - _fitted_earlier(trial, sign**2)))


def _fitted_earlier(trial: Trial, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return m of each unit, from the units before it only."""
    outcome = trial.outcome
    total = _before(weights)
    seen = total > 0
    mean = np.divide(_before(weights * outcome), total, out=np.zeros_like(total), where=seen)
    if trial.covariate is None or np.ptp(trial.covariate) == 0:
        return mean
    x = trial.covariate - trial.covariate[0]  # a centre that no later unit moves
    x_mean = np.divide(_before(weights * x), total, out=np.zeros_like(total), where=seen)
    spread = _before(weights * x * x) - total * x_mean**2
    shared = _before(weights * x * outcome) - total * x_mean * mean
    usable = (np.arange(x.size) >= _FIT_FROM) & (spread > _SPREAD_KNOWN * _before(weights * x * x))
    slope = np.divide(shared, spread, out=np.zeros_like(total), where=usable)
    low, high = _range_before(outcome)
    fitted: NDArray[np.float64] = np.clip(mean + slope * (x - x_mean), low, high)
    return fitted


def _before(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of all earlier values."""
    return np.concatenate(([0.0], np.cumsum(values)[:-1]))


def _range_before(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the smallest and the largest earlier value, 0 among them."""
    low = np.minimum.accumulate(np.concatenate(([0.0], values[:-1])))
    high = np.maximum.accumulate(np.concatenate(([0.0], values[:-1])))
    return low, high


def _winsorised(trial: Trial, cut: float) -> Trial:
    covariate = None if trial.covariate is None else np.clip(trial.covariate, -cut, cut)
    outcome = np.clip(trial.outcome, -cut, cut)
    return Trial(treated=trial.treated, outcome=outcome, share=trial.share, covariate=covariate)


def _method(trial: Trial, alpha: float) -> str:
    adjusted = "the running mean" if trial.covariate is None else "a running regression on the covariate"
    level = f"{100 * (1 - alpha):g} %"
    return f"always valid {level} (asymptotic confidence sequence), adjusted by {adjusted} of units that matured before"


def too_early(
    outcome: NDArray[np.float64], treated: NDArray[np.bool_], share: float, *, least: int = MIN_UNITS
) -> Pending | None:
    """Return why an always-valid interval cannot be trusted yet, None where it can.

    Args:
        outcome: of units (or clusters) of both arms, shape (n,).
        treated: which of them had the treatment, shape (n,).
        share: the treatment's share of the two arms.
        least: how many each arm needs.
    """
    n_treated = int(treated.sum())
    fewest = min(n_treated, treated.size - n_treated)
    if fewest < least:
        return Pending(
            code="too_few_units",
            zh=f"一个组只有 {fewest} 个客户的观察期已满，至少需要 {least} 个",
            en=f"an arm has only {fewest} customers whose window has closed, {least} are needed",
        )
    _, counts = np.unique(outcome, return_counts=True)
    events = outcome.size - int(counts.max())
    smaller = min(share, 1.0 - share)
    needed = math.ceil(MIN_EVENTS / smaller)
    if events < needed:
        return Pending(
            code="too_few_events",
            zh=f"只有 {events} 个客户的结果与多数不同，至少需要 {needed} 个",
            en=f"only {events} customers have an outcome unlike most others', {needed} are needed",
        )
    if counts.size > 2 and smaller < MIN_SHARE:
        return Pending(
            code="small_arm",
            zh=f"有一组占比低于 {MIN_SHARE:.0%}，金额的区间不可信",
            en=f"an arm has less than {MIN_SHARE:.0%} of the units, so the interval of an amount cannot be trusted",
        )
    return None


def _check(trial: Trial, *, n_planned: int, alpha: float, cut: float | None) -> None:
    columns: Sequence[NDArray[np.float64]] = [c for c in (trial.outcome, trial.covariate) if c is not None]
    for column in columns:
        if column.shape != trial.treated.shape:
            raise InvalidInput(f"shape == {column.shape}, must be that of treated, {trial.treated.shape}")
        if not np.isfinite(column).all():
            raise InvalidInput("outcome or covariate holds a value that is not finite, must be numbers")
    if not 0.0 < trial.share < 1.0:
        raise InvalidInput(f"share == {trial.share}, must lie between 0 and 1")
    if n_planned < 1:
        raise InvalidInput(f"n_planned == {n_planned}, must be at least 1")
    if not 0.0 < alpha < 0.5:
        raise InvalidInput(f"alpha == {alpha}, must lie between 0 and 0.5")
    if cut is not None and not cut > 0:
        raise InvalidInput(f"cut == {cut}, must be above 0")
