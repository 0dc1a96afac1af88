"""Figures and their intervals, against independent computations."""

import numpy as np
import pytest
from scipy import stats

from wealthloop.trials.figures import figures, loop_figures, ratio, total

NAMES = ("sales", "net_sales", "aum", "inflow", "mau", "upgrades", "contacts", "opt_outs", "complaints", "cost")


def sums(rng: np.random.Generator, size: int, *, scale: float = 1.0) -> dict[str, np.ndarray]:
    made = {name: scale * rng.lognormal(size=size) for name in NAMES}
    lower = np.ones(size)
    lower[: size // 50] = 0.0
    return {**made, "coverage": lower * (rng.random(size) < 0.4), "lower": lower}


def test_a_total_over_seeds_has_students_interval() -> None:
    rng = np.random.default_rng(1)
    seeds = [rng.normal(10, 2, size=50) for _ in range(5)]
    totals = np.array([one.sum() for one in seeds])
    expected = stats.t.interval(0.95, 4, loc=totals.mean(), scale=stats.sem(totals))
    found = total(seeds)
    assert found.mean == pytest.approx(totals.mean())
    assert found.interval == pytest.approx(expected)


def test_a_total_of_one_seed_has_the_interval_of_a_sum_over_customers() -> None:
    values = np.random.default_rng(2).exponential(size=400)
    found = total([values])
    half = stats.norm.ppf(0.975) * values.std(ddof=1) * np.sqrt(400)
    assert found.mean == pytest.approx(values.sum())
    assert found.interval == pytest.approx((values.sum() - half, values.sum() + half))


def test_the_interval_of_a_ratio_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        below = rng.gamma(2.0, 1.0, size=600)
        above = 0.5 * below + rng.normal(0, 0.4, size=600)
        found = ratio([above], [below])
        assert found.interval is not None
        covered += found.interval[0] <= 0.5 <= found.interval[1]
    assert 0.92 <= covered / 400 <= 0.975


def test_a_ratio_over_nothing_is_not_said() -> None:
    found = ratio([np.ones(10)], [np.zeros(10)])
    assert (found.mean, found.interval, found.why) == (None, None, "no_increment")


def test_increments_are_paired_customer_by_customer() -> None:
    rng = np.random.default_rng(4)
    seeds = []
    for _ in range(4):
        base = sums(rng, 300)
        better = {**base, "sales": base["sales"] + 2.0}
        seeds.append({"none": base, "bau": better, "loop": {**base, "sales": base["sales"] + 6.0}})
    found = figures("loop", seeds, days_kept=True)
    assert found["incremental_sales"].mean == pytest.approx(1800.0)
    assert found["incremental_sales"].interval == pytest.approx((1800.0, 1800.0))
    assert found["incremental_multiple_of_bau"].mean == pytest.approx(3.0)
    assert found["share_of_learnable"].why == "not_run"
    assert found["coverage"].mean == pytest.approx(0.4, abs=0.05)


def test_a_short_year_has_no_net_sales() -> None:
    seeds = [{"none": sums(np.random.default_rng(5), 100)}]
    found = figures("none", seeds, days_kept=False)
    assert found["net_sales"].mean is None
    assert found["net_sales"].why == "too_short"


def test_interval_coverage_has_an_exact_interval() -> None:
    counts = {
        "strategies_started": 3.0, "strategies_alive": 3.0, "strategies_proposed": 0.0, "strategies_confirmed": 1.0,
        "strategies_ended": 0.0,
        "false_discoveries": 0.0, "reported": 20.0, "covering": 19.0,
    }  # fmt: skip
    worth = {"withheld": np.array([1.0, 0.0]), "planned": np.array([2.0, 8.0])}
    found = loop_figures([counts, counts], [worth, worth])
    expected = stats.binomtest(38, 40).proportion_ci(0.95)
    assert found["interval_coverage"].mean == pytest.approx(0.95)
    assert found["interval_coverage"].interval == pytest.approx((expected.low, expected.high))
    assert found["lost_to_holdouts"].mean == pytest.approx(0.1)
    assert found["strategies_confirmed"].interval == pytest.approx((1.0, 1.0))
