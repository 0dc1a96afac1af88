"""An effect that is read once: hidden until the planned units have matured, then of those units and no later ones."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from wealthloop.experiments import Effect, Pending, Trial
from wealthloop.experiments.clusters import LEAST_CLUSTERS
from wealthloop.experiments.fixed import Compared, compare
from wealthloop.experiments.fixed import Units as Column
from wealthloop.experiments.randomised import SMALL_ARM, compare_randomised

_ESTIMAND: Final = "difference in mean outcome"


def ended_with(first_day: NDArray[np.datetime64], n_planned: int) -> np.datetime64 | None:
    """Return the day whose units complete the planned ones; None before.

    Args:
        first_day: of the matured units, ascending, shape (n_units,).
        n_planned: how many are planned.
    """
    return None if first_day.size < n_planned else first_day[n_planned - 1]


def effect_once(
    trial: Trial,
    *,
    first_day: NDArray[np.datetime64],
    cluster: NDArray[np.int64] | None,
    n_planned: int,
    alpha: float,
    cut: float | None,
    binary: bool,
) -> Effect | Pending:
    """Return the effect of the planned units, or how far they are.

    Later units change nothing: who was first planned after the day that completed the plan is left out.

    Args:
        trial: matured units by first planned day.
        first_day: theirs, ascending, shape (n_units,).
        cluster: whose arm each unit has, where clusters draw the arms.
        n_planned: units of both arms at which it ends.
        alpha: the risk.
        cut: winsorising cut fixed before the start, for amounts.
        binary: the outcome is 0 or 1.
    """
    last = ended_with(first_day, n_planned)
    if last is None:
        return _not_ended(first_day.size, n_planned)
    kept = first_day <= last
    few = _too_few_clusters(trial.treated[kept], None if cluster is None else cluster[kept])
    if few is not None:
        return few
    columns = [_column(trial, cluster, kept & (trial.treated == treated), cut) for treated in (False, True)]
    smaller = min(trial.share, 1.0 - trial.share)
    if not binary and smaller < SMALL_ARM:
        return _shown(compare_randomised(*columns, alpha=alpha), alpha, cut)
    return _shown(compare(*columns, kind="binary" if binary else "mean", alpha=alpha), alpha, cut)


def _column(trial: Trial, cluster: NDArray[np.int64] | None, chosen: NDArray[np.bool_], cut: float | None) -> Column:
    covariate = None if trial.covariate is None or not np.ptp(trial.covariate) else trial.covariate[chosen]
    column = Column(
        value=trial.outcome[chosen], covariate=covariate, cluster=None if cluster is None else cluster[chosen]
    )
    if cut is None:
        return column
    held = None if covariate is None else np.clip(covariate, -cut, cut)
    return replace(column, value=np.clip(column.value, -cut, cut), covariate=held)


def _shown(found: Compared, alpha: float, cut: float | None) -> Effect:
    n = found.n_control + found.n_treatment
    error = (found.high - found.low) / 2.0 / float(norm.ppf(1.0 - alpha / 2.0))
    return Effect(
        estimate=found.effect, low=found.low, high=found.high, n=n,
        n_treated=found.n_treatment, n_control=found.n_control, sd=error * float(np.sqrt(n)),
        method=f"read once at the planned end: {found.method}",
        estimand=_ESTIMAND + ("" if cut is None else f", outcome winsorised at {cut:.0f}"),
    )  # fmt: skip


def _not_ended(n: int, n_planned: int) -> Pending:
    return Pending(
        code="not_ended",
        zh=f"固定期限：计划 {n_planned:,} 个客户，已有 {n:,} 个的观察期届满；结束前不显示结果",
        en=f"fixed horizon: {n:,} of {n_planned:,} planned customers have matured; no result before the end",
    )


def _too_few_clusters(treated: NDArray[np.bool_], cluster: NDArray[np.int64] | None) -> Pending | None:
    if cluster is None:
        return None
    fewest = min(len(np.unique(cluster[treated])), len(np.unique(cluster[~treated])))
    if fewest >= LEAST_CLUSTERS:
        return None
    return Pending(
        code="too_few_clusters",
        zh=f"一个组只有 {fewest} 个群组，至少需要 {LEAST_CLUSTERS} 个",
        en=f"an arm has only {fewest} clusters, {LEAST_CLUSTERS} are needed",
    )
