"""Made-up results of years, for tests only: nothing in them was measured."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from wealthloop.reports.years import METRICS, POLICIES, Measured, Metric, Month, Year

SALES: Final = {
    "none": 41_200_000.0, "bau": 43_900_000.0, "random": 41_900_000.0, "pcvl": 49_300_000.0, "allocated": 50_100_000.0,
    "loop": 55_700_000.0,
    "learnable": 63_800_000.0, "oracle": 71_400_000.0,
}  # fmt: skip
_COUNTS: Final = {"contacts": 48_211.0, "opt_outs": 96.4, "complaints": 7.2, "mau": 1_862.5, "upgrades": -12.0}
_OF_LOOP: Final = {
    "lost_to_holdouts": 0.083, "allocation_gap": 0.0004, "worst_allocation_gap": 0.0009, "preference_cost": 0.006,
    "allocation_gap_value": 312.5, "exploration_cost": 0.002,
    "strategies_started": 29.0, "strategies_alive": 21.4, "strategies_proposed": 23.0,
    "strategies_confirmed": 6.2, "false_discoveries": 0.2, "interval_coverage": 0.957,
}  # fmt: skip


def example_year(
    *policies: str, world: str = "default", seeds: int = 5, over: Literal["seeds", "customers"] = "seeds"
) -> Year:
    """Return a year of some policies, of all where none is named."""
    names = policies or tuple(policy.name for policy in POLICIES)
    return Year(
        world=world, world_version=1, world_digest="0f3a", code_version="0.1.0", customers=20_000, days=365,
        burn_in=30, seeds=tuple(range(1, seeds + 1)), intervals_over=over,
        policies={name: _figures(name, names) for name in names},
        months=_months() if "loop" in names else (), seconds=5_412.0,
    )  # fmt: skip


def with_figure(year: Year, policy: str, metric: str, figure: Measured) -> Year:
    """Return a year with one figure put in its place."""
    figures: Mapping[str, Measured] = {**year.policies[policy], metric: figure}
    return replace(year, policies={**year.policies, policy: figures})


def _months() -> tuple[Month, ...]:
    counts = ((0, 0, 0), (12, 11, 0), (31, 30, 2), (48, 44, 3))
    return tuple(
        Month(month=at, reported=reported, covering=covering, confirmed=confirmed)
        for at, (reported, covering, confirmed) in enumerate(counts, 1)
    )


def _figures(policy: str, beside: tuple[str, ...]) -> dict[str, Measured]:
    metrics = [metric for metric in METRICS if policy == "loop" or not metric.loop_only]
    return {metric.name: _figure(metric, policy, beside) for metric in metrics}


def _figure(metric: Metric, policy: str, beside: tuple[str, ...]) -> Measured:
    needs = [name for name in ("bau", "learnable", "oracle") if metric.name.endswith(f"_of_{name}")]
    needs += ["none"] if needs or "incremental" in metric.name or metric.name == "lost_to_holdouts" else []
    if not set(needs) <= set(beside) and metric.name != "multiple_of_bau":
        return Measured(mean=None, interval=None, why="not_run")
    mean = _mean(metric, policy)
    wide = 0.02 if metric.name == "interval_coverage" else abs(mean) * 0.08
    return Measured(mean=mean, interval=(mean - wide, mean + wide))


def _mean(metric: Metric, policy: str) -> float:
    gain, size = SALES[policy] - SALES["none"], SALES[policy]
    made = {
        "sales": size, "incremental_sales": gain, "multiple_of_bau": size / SALES["bau"],
        "incremental_multiple_of_bau": gain / (SALES["bau"] - SALES["none"]),
        "share_of_learnable": gain / (SALES["learnable"] - SALES["none"]),
        "share_of_oracle": gain / (SALES["oracle"] - SALES["none"]),
        "aum": 4.4e9 + gain, "cost": 310_000.0, "coverage": 0.641, **_COUNTS, **_OF_LOOP,
    }  # fmt: skip
    return made.get(metric.name, 0.6 * gain if "incremental" in metric.name else 0.7 * size)
