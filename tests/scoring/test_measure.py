"""Measures agree with independent implementations."""

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score

from wealthloop.scoring.measure import auc, calibration_slope, distribution, expected_calibration_error, psi


def drawn(n: int = 4_000, *, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-draw.normal(-2.0, 1.0, n)))
    return p, (draw.random(n) < p).astype(float)


def test_auc_equals_scikit_learn_with_ties() -> None:
    p, y = drawn()
    for scores in (p, np.round(p, 2), np.full_like(p, 0.3)):
        assert auc(scores, y) == pytest.approx(roc_auc_score(y, scores), abs=1e-12)


def test_auc_of_one_class_is_not_known() -> None:
    assert auc(np.arange(5.0), np.zeros(5)) is None
    assert auc(np.zeros(0), np.zeros(0)) is None


def test_calibration_slope_and_interval_equal_statsmodels() -> None:
    p, y = drawn()
    p = 1 / (1 + np.exp(-1.7 * np.log(p / (1 - p))))
    odds = np.log(p / (1 - p))
    oracle = sm.GLM(y, sm.add_constant(odds), family=sm.families.Binomial()).fit()
    slope = calibration_slope(p, y)
    assert slope is not None
    assert slope.estimate == pytest.approx(oracle.params[1], abs=1e-6)
    assert (slope.low, slope.high) == pytest.approx(tuple(oracle.conf_int()[1]), abs=1e-5)


def test_a_slope_that_cannot_be_estimated_is_none_and_not_a_number_from_nowhere() -> None:
    separated = np.r_[np.full(20, 0.1), np.full(20, 0.9)]
    assert calibration_slope(separated, np.r_[np.zeros(20), np.ones(20)]) is None
    assert calibration_slope(np.full(10, 0.2), np.r_[np.zeros(8), np.ones(2)]) is None
    assert calibration_slope(separated, np.zeros(40)) is None


def test_calibration_error_of_true_probabilities_is_small_and_of_doubled_ones_is_their_mean() -> None:
    p, y = drawn(40_000)
    true, doubled = expected_calibration_error(p, y), expected_calibration_error(np.minimum(1, 2 * p), y)
    assert true is not None
    assert doubled is not None
    assert true < 0.01
    assert doubled == pytest.approx(float(np.minimum(1, 2 * p).mean() - p.mean()), abs=0.01)


def test_psi_is_zero_on_itself_and_grows_with_a_shift() -> None:
    p, _ = drawn(10_000)
    reference = distribution(p)
    assert psi(reference, p) == pytest.approx(0.0, abs=1e-12)
    shifted = psi(reference, np.minimum(1, p * 2.5))
    assert shifted is not None
    assert shifted > 0.25


def test_psi_equals_its_formula() -> None:
    reference = distribution(np.arange(1.0, 101.0))
    now = np.r_[np.arange(1.0, 51.0), np.arange(1.0, 51.0)]
    shares_now, shares_then = np.r_[np.full(5, 0.2), np.full(5, 1e-4)], np.full(10, 0.1)
    expected = float(((shares_now - shares_then) * np.log(shares_now / shares_then)).sum())
    assert psi(reference, now) == pytest.approx(expected, abs=1e-9)


def test_psi_of_tied_scores_and_of_none_does_not_fail() -> None:
    tied = distribution(np.full(50, 0.4))
    assert psi(tied, np.full(9, 0.4)) == pytest.approx(0.0, abs=1e-12)
    assert psi(tied, np.full(9, np.nan)) is None
