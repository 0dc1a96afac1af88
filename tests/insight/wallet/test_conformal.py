"""Intervals that keep their word, against closed forms and simulation."""

import math

import numpy as np
import pytest

from wealthloop.insight.wallet.conformal import Floats, dealt, finite_quantile, fit_band, fit_line, least_needed

FOLDS = 5
PRIOR = (1.0, 0.0)


def _drawn(draw: np.random.Generator, many: int) -> tuple[Floats, Floats]:
    """Return a heavy-tailed target whose spread grows with the first column."""
    x = draw.normal(size=(many, 2))
    return x, x[:, 0] + np.exp(0.3 * x[:, 0]) * draw.standard_t(4, size=many)


@pytest.mark.parametrize(("level", "n"), [(0.8, 4), (0.9, 9), (0.95, 19)])
def test_as_many_are_needed_as_make_the_exact_quantile_finite(level: float, n: int) -> None:
    assert least_needed(level) == n
    assert math.ceil((n + 1) * level - 1e-9) <= n < math.ceil(n * level - 1e-9) + 1
    x, y = _drawn(np.random.default_rng(1), n)
    folds = dealt(np.arange(n, dtype=np.float64), FOLDS)
    assert fit_band(x, y, level, folds=folds, prior=PRIOR) is not None
    assert fit_band(x[1:], y[1:], level, folds=folds[1:], prior=PRIOR) is None


@pytest.mark.parametrize("n", [9, 10, 19, 30, 99])
@pytest.mark.parametrize("level", [0.8, 0.9])
def test_the_quantile_is_the_smallest_that_covers_the_next_of_exchangeable_scores(n: int, level: float) -> None:
    scores = np.random.default_rng(n).permutation(np.arange(1.0, n + 1))
    found = finite_quantile(scores, level)
    assert found / (n + 1) >= level - 1e-12
    assert (found - 1) / (n + 1) < level - 1e-12


def test_calibrated_intervals_cover_as_they_say_where_fitted_quantiles_do_not() -> None:
    draw, n, tries, level = np.random.default_rng(3), 30, 40, 0.9
    covered = {"calibrated": 0.0, "fitted alone": 0.0}
    for _ in range(tries):
        x, y = _drawn(draw, n + 2_000)
        band = fit_band(x[:n], y[:n], level, folds=dealt(draw.random(n), FOLDS), prior=PRIOR)
        assert band is not None
        low, high = band.at(x[n:])
        covered["calibrated"] += float(((low <= y[n:]) & (y[n:] <= high)).mean()) / tries
        low, high = band.low.at(x[n:]), band.high.at(x[n:])
        covered["fitted alone"] += float(((low <= y[n:]) & (y[n:] <= high)).mean()) / tries
    noise = math.sqrt(level * (1 - level) / (n * tries))
    assert covered["calibrated"] == pytest.approx(level, abs=3 * noise)
    assert covered["fitted alone"] < level - 6 * noise


def test_a_sample_that_says_nothing_of_a_slope_leaves_it_at_the_prior() -> None:
    draw = np.random.default_rng(4)
    x = np.column_stack([np.full(50, 3.0), draw.normal(size=50)])
    line = fit_line(x, x[:, 0] + 2.0, 0.5, prior=(1.0, 0.0))
    assert line.slopes == pytest.approx((1.0, 0.0), abs=1e-9)
    assert line.intercept == pytest.approx(2.0)


def test_fewer_than_ten_customers_a_slope_fit_the_intercept_alone() -> None:
    draw = np.random.default_rng(9)
    x = draw.normal(size=(20, 2))
    y = 5.0 * x[:, 0] + x[:, 1]
    assert fit_line(x[:19], y[:19], 0.5, prior=PRIOR).slopes == PRIOR
    assert fit_line(x, y, 0.5, prior=PRIOR).slopes == pytest.approx((5.0, 1.0), abs=0.3)


def test_a_large_sample_finds_slopes_whatever_the_prior() -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(3_000, 2)) * [4.0, 0.5]
    y = 0.7 + x @ [0.4, -2.0] + draw.normal(size=3_000)
    line = fit_line(x, y, 0.5, prior=(1.0, 0.0))
    assert line.slopes == pytest.approx((0.4, -2.0), abs=0.2)
    assert (y <= line.at(x)).mean() == pytest.approx(0.5, abs=0.01)


def test_folds_are_of_equal_size_and_follow_the_random_numbers_alone() -> None:
    order = np.random.default_rng(6).random(23)
    folds = dealt(order, FOLDS)
    assert sorted(np.bincount(folds).tolist()) == [4, 4, 5, 5, 5]
    again = np.random.default_rng(7).permutation(23)
    assert (dealt(order[again], FOLDS) == folds[again]).all()
