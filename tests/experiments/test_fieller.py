"""Gain for each unit of cost: Fieller's ends against the bootstrap, and the always-valid set against a known truth."""

import numpy as np
import pytest
from scipy.stats import norm

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Pending, Trial
from wealthloop.experiments.fieller import Ratio, always_valid_ratio, fieller

Z95 = float(norm.ppf(0.975))
RATES = {"control": 0.10, "treated": 0.16}
PAID, CALLED, WORTH = 20.0, 0.5, 120.0
TRUTH = WORTH * (RATES["treated"] - RATES["control"]) / (CALLED + PAID * RATES["treated"])


def drawn(seed: int, n: int) -> tuple[Trial, np.ndarray]:
    """Return units of a world in which buyers of the treated arm are paid an incentive."""
    source = np.random.default_rng(seed)
    treated = source.random(n) < 0.5
    buys = source.random(n) < np.where(treated, RATES["treated"], RATES["control"])
    gain = np.where(buys, WORTH * source.gamma(2.0, 0.5, n), 0.0)
    cost = np.where(treated, CALLED + PAID * buys, 0.0)
    return Trial(treated=treated, outcome=gain, share=0.5), cost


def test_without_doubt_below_the_line_the_ends_are_those_of_the_gain() -> None:
    assert fieller(10.0, 5.0, np.diag([1.0, 0.0]), critical=2.0) == pytest.approx((1.6, 2.4))


def test_the_ends_solve_what_defines_them_and_swap_where_the_gain_is_negative() -> None:
    covariance = np.array([[4.0, 0.6], [0.6, 0.5]])
    for gain in (10.0, -10.0):
        ends = fieller(gain, 5.0, covariance, critical=1.96)
        assert ends is not None
        for end in ends:
            variance = covariance[0, 0] - 2 * end * covariance[0, 1] + end**2 * covariance[1, 1]
            assert abs(gain - end * 5.0) == pytest.approx(1.96 * variance**0.5)
        assert ends[0] < gain / 5.0 < ends[1]


def test_a_cost_that_may_be_nothing_bounds_nothing() -> None:
    assert fieller(10.0, 1.0, np.diag([1.0, 1.0]), critical=2.0) is None


def test_fixed_ends_agree_with_the_bootstrap() -> None:
    trial, cost = drawn(3, 4000)
    arms = [np.flatnonzero(trial.treated), np.flatnonzero(~trial.treated)]
    gains, costs = trial.outcome, cost
    treated, control = (np.cov(gains[arm], costs[arm]) / arm.size for arm in arms)
    gained, paid = (float(values[arms[0]].mean() - values[arms[1]].mean()) for values in (gains, costs))
    ends = fieller(gained, paid, treated + control, critical=Z95)
    source = np.random.default_rng(11)
    ratios = []
    for _ in range(2000):
        again = [source.choice(arm, arm.size) for arm in arms]
        gain, spent = (values[again[0]].mean() - values[again[1]].mean() for values in (gains, costs))
        ratios.append(gain / spent)
    low, high = np.quantile(ratios, [0.025, 0.975])
    assert ends == pytest.approx((low, high), abs=0.06 * (high - low))


def test_the_set_covers_the_truth_at_all_looks_together() -> None:
    missed = 0
    for seed in range(200):
        trial, cost = drawn(seed, 3000)
        for n in (400, 800, 1500, 3000):
            seen = Trial(treated=trial.treated[:n], outcome=trial.outcome[:n], share=0.5)
            found = always_valid_ratio(seen, cost[:n], n_planned=3000, alpha=0.05)
            assert isinstance(found, Ratio)
            if found.low is not None and found.high is not None and not found.low <= TRUTH <= found.high:
                missed += 1
                break
    assert missed <= 10 + 2 * 3.1


def test_it_narrows_to_the_truth() -> None:
    trial, cost = drawn(5, 200_000)
    found = always_valid_ratio(trial, cost, n_planned=200_000, alpha=0.05)
    assert isinstance(found, Ratio)
    assert found.ratio == pytest.approx(TRUTH, rel=0.06)
    assert found.low is not None
    assert found.high is not None
    assert found.low < TRUTH < found.high
    assert found.cost == pytest.approx(CALLED + PAID * RATES["treated"], rel=0.02)


def test_too_few_units_are_said_and_odd_costs_refused() -> None:
    trial, cost = drawn(1, 40)
    assert isinstance(always_valid_ratio(trial, cost, n_planned=100, alpha=0.05), Pending)
    with pytest.raises(InvalidInput, match=r"cost\.shape"):
        always_valid_ratio(trial, cost[:5], n_planned=100, alpha=0.05)
