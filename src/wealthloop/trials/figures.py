"""From customers' sums to a year's figures, each with its interval.

Of several seeds the unit is the seed (Student's t over seeds); of one seed the unit is the customer (normal). Policies
of one world are compared pair by pair, as they share every random number. Ratios are of totals, with the interval of
the linearised ratio (delta method; Cochran, "Sampling Techniques", 3rd ed., 6.4).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy.stats import binomtest, norm, t

from wealthloop.reports.years import METRICS, Measured
from wealthloop.sandbox import Floats

Sums = Mapping[str, Floats]
"""By name, one number for each customer, shape (n_customers,)."""

_TOTALS: Final = (
    "sales", "net_sales", "aum", "inflow", "mau", "upgrades", "contacts", "opt_outs", "complaints", "cost",
)  # fmt: skip
_INCREMENTAL: Final = {
    "incremental_sales": "sales",
    "incremental_net_sales": "net_sales",
    "incremental_aum": "aum",
    "incremental_inflow": "inflow",
}
_SHARES: Final = {
    "multiple_of_bau": ("bau", "sales"),
    "incremental_multiple_of_bau": ("bau", "incremental_sales"),
    "share_of_learnable": ("learnable", "incremental_sales"),
    "share_of_oracle": ("oracle", "incremental_sales"),
}
_COUNTS: Final = (
    "strategies_started", "strategies_alive", "strategies_proposed", "strategies_confirmed", "strategies_ended",
    "false_discoveries",
)  # fmt: skip
_OF_NIGHTS: Final = (
    "allocation_gap", "worst_allocation_gap", "allocation_gap_value", "preference_cost", "exploration_cost",
)  # fmt: skip
"""Left out where the nights of a seed do not say it."""
_LEVEL: Final = 0.95


def figures(policy: str, seeds: Sequence[Mapping[str, Sums]], *, days_kept: bool) -> dict[str, Measured]:
    """Return a policy's figures.

    Args:
        policy: its name.
        seeds: for each seed the sums of every policy that was run.
        days_kept: whether the year is long enough for net sales.
    """
    found: dict[str, Measured] = {}
    for metric in METRICS:
        if metric.name in _TOTALS or metric.name in _INCREMENTAL:
            found[metric.name] = _total(policy, metric.name, seeds)
        elif metric.name in _SHARES:
            found[metric.name] = _share(policy, metric.name, seeds)
    found["coverage"] = ratio([seed[policy]["coverage"] for seed in seeds], [seed[policy]["lower"] for seed in seeds])
    if not days_kept:
        short = Measured(mean=None, interval=None, why="too_short")
        found |= dict.fromkeys(("net_sales", "incremental_net_sales"), short)
    return {metric.name: found[metric.name] for metric in METRICS if metric.name in found}


def loop_figures(seeds: Sequence[Mapping[str, float]], sums: Sequence[Sums]) -> dict[str, Measured]:
    """Return what only the platform's own nights have.

    Args:
        seeds: for each seed its counts: strategies by fate, intervals ``reported`` and ``covering``, and what its
            nights' allocations say of themselves.
        sums: for each seed the true value ``withheld`` and ``planned`` of each customer's planned contacts.
    """
    counts = {name: _mean_of_counts([seed[name] for seed in seeds]) for name in _COUNTS}
    reported, covering = (round(sum(seed[name] for seed in seeds)) for name in ("reported", "covering"))
    return {
        "lost_to_holdouts": ratio([one["withheld"] for one in sums], [one["planned"] for one in sums]),
        **{name: _mean_of_counts([seed[name] for seed in seeds]) for name in _said_by_all(seeds)},
        **counts,
        "interval_coverage": _proportion(covering, reported),
    }


def _said_by_all(seeds: Sequence[Mapping[str, float]]) -> list[str]:
    return [name for name in _OF_NIGHTS if all(name in seed for seed in seeds)]


def total(values: Sequence[Floats]) -> Measured:
    """Return the mean over seeds of the total, with its interval."""
    units, scale = _units(values)
    return Measured(mean=scale * float(units.mean()), interval=_around(scale * units.mean(), scale * units))


def ratio(above: Sequence[Floats], below: Sequence[Floats]) -> Measured:
    """Return the ratio of two totals, with its interval; a denominator that is not above zero gives none."""
    top, _ = _units(above)
    bottom, _ = _units(below)
    if not bottom.mean() > 0:
        return Measured(mean=None, interval=None, why="no_increment")
    value = float(top.mean() / bottom.mean())
    return Measured(mean=value, interval=_around(value, (top - value * bottom) / bottom.mean()))


def _units(values: Sequence[Floats]) -> tuple[Floats, float]:
    """Return the independent units and what their mean is multiplied with to give the total of a seed."""
    if len(values) == 1:
        return values[0], float(len(values[0]))
    return np.array([one.sum() for one in values]), 1.0


def _around(value: float, units: Floats) -> tuple[float, float]:
    few = len(units) < 100
    quantile = float(t.ppf((1 + _LEVEL) / 2, len(units) - 1)) if few else float(norm.ppf((1 + _LEVEL) / 2))
    half = quantile * float(units.std(ddof=1)) / np.sqrt(len(units))
    return (float(value - half), float(value + half))


def _sums(policy: str, name: str, seed: Mapping[str, Sums]) -> Floats:
    if name in _INCREMENTAL:
        return seed[policy][_INCREMENTAL[name]] - seed["none"][_INCREMENTAL[name]]
    return seed[policy][name]


def _total(policy: str, name: str, seeds: Sequence[Mapping[str, Sums]]) -> Measured:
    return total([_sums(policy, name, seed) for seed in seeds])


def _share(policy: str, name: str, seeds: Sequence[Mapping[str, Sums]]) -> Measured:
    other, what = _SHARES[name]
    if other not in seeds[0]:
        return Measured(mean=None, interval=None, why="not_run")
    return ratio([_sums(policy, what, seed) for seed in seeds], [_sums(other, what, seed) for seed in seeds])


def _mean_of_counts(values: Sequence[float]) -> Measured:
    counts = np.array(values, dtype=np.float64)
    if len(counts) < 2:
        return Measured(mean=float(counts.mean()), interval=None, why="one_seed")
    return Measured(mean=float(counts.mean()), interval=_around(float(counts.mean()), counts))


def _proportion(covering: int, reported: int) -> Measured:
    """Return a share with its exact interval (Clopper and Pearson); looks at one strategy are not independent."""
    if not reported:
        return Measured(mean=None, interval=None, why="nothing_reported")
    low, high = binomtest(covering, reported).proportion_ci(_LEVEL)
    return Measured(mean=covering / reported, interval=(float(low), float(high)))
