"""Calibration keeps the order of scores and finds the probabilities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from wealthloop.scoring.calibrate import BetaCalibration, fit_beta
from wealthloop.scoring.measure import calibration_slope, expected_calibration_error


def test_the_identity_changes_nothing() -> None:
    margins = np.linspace(-6, 6, 101)
    assert BetaCalibration(a=1.0, b=1.0, c=0.0).apply(margins) == pytest.approx(expit(margins), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-8, 4), st.booleans()), min_size=4, max_size=60),
    st.sampled_from([1.0, -1.0]),
)
def test_calibration_is_strictly_increasing_whatever_it_was_fitted_on(
    rows: list[tuple[float, bool]], sign: float
) -> None:
    margins = sign * np.array([margin for margin, _ in rows])
    outcomes = np.array([float(outcome) for _, outcome in rows])
    outcomes[:2] = (0.0, 1.0)
    probabilities = fit_beta(margins, outcomes).apply(np.linspace(-8, 8, 801))
    assert (np.diff(probabilities) > 0).all()


def test_even_an_upside_down_model_keeps_its_order() -> None:
    margins = np.linspace(-3, 3, 2_000)
    outcomes = (expit(-margins) > np.linspace(0, 1, 2_000)[::-1]).astype(float)
    fitted = fit_beta(margins, outcomes)
    assert fitted.a == pytest.approx(0.05)
    assert (np.diff(fitted.apply(margins)) > 0).all()


def test_distorted_margins_are_brought_back() -> None:
    draw = np.random.default_rng(11)
    odds = draw.normal(-2.5, 1.2, 60_000)
    outcomes = (draw.random(odds.size) < expit(odds)).astype(float)
    distorted = 0.4 * odds + 1.5
    fitted = fit_beta(distorted[:40_000], outcomes[:40_000])
    late = fitted.apply(distorted[40_000:])
    slope = calibration_slope(late, outcomes[40_000:])
    error = expected_calibration_error(late, outcomes[40_000:])
    assert slope is not None
    assert error is not None
    assert slope.estimate == pytest.approx(1.0, abs=0.12)
    assert error < 0.012


def test_few_positives_leave_the_model_its_own_shape() -> None:
    margins = np.r_[np.full(30, -2.0), [1.0]]
    fitted = fit_beta(margins, np.r_[np.zeros(30), [1.0]])
    assert 0.4 < fitted.a < 2.0
    assert 0.4 < fitted.b < 2.0


def test_the_prior_is_that_of_the_text() -> None:
    draw = np.random.default_rng(6)
    margins = draw.normal(-1, 1, 300)
    outcomes = (draw.random(300) < expit(margins)).astype(float)
    fitted = fit_beta(margins, outcomes)

    def loss(a: float, b: float, c: float) -> float:
        p = BetaCalibration(a=a, b=b, c=c).apply(margins)
        likelihood = float((outcomes * np.log(p) + (1 - outcomes) * np.log1p(-p)).sum())
        return -likelihood + ((a - 1) ** 2 + (b - 1) ** 2) / (2 * 0.5**2)

    best = loss(fitted.a, fitted.b, fitted.c)
    for step in ((1e-3, 0, 0), (-1e-3, 0, 0), (0, 1e-3, 0), (0, -1e-3, 0), (0, 0, 1e-3), (0, 0, -1e-3)):
        assert loss(fitted.a + step[0], fitted.b + step[1], fitted.c + step[2]) > best
