"""Sample ratio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, chisquare

from wealthloop.errors import InvalidInput
from wealthloop.experiments import SRM_ALPHA, sample_ratio

SHARES = (0.8, 0.2)


@pytest.mark.parametrize("counts", [(8, 12), (40, 30), (7, 0)])
def test_the_e_value_is_the_mixture_integral(counts: tuple[int, int]) -> None:
    a, b = counts

    def likelihood_ratio(p: float) -> float:
        return float((p / 0.8) ** a * ((1 - p) / 0.2) ** b * beta.pdf(p, 80, 20))

    integral, _ = quad(likelihood_ratio, 0.3, 1.0, points=[0.6, 0.8])
    assert sample_ratio(counts, SHARES).e_value == pytest.approx(max(integral, 1.0), rel=1e-6)


def test_a_good_split_is_ok_and_a_shifted_one_locks() -> None:
    assert sample_ratio((802, 198), SHARES).ok
    assert not sample_ratio((1_760, 240), SHARES).ok
    assert not sample_ratio((500, 300, 320), (0.5, 0.3, 0.2)).ok


def test_a_lock_stays_even_when_later_days_hide_it() -> None:
    looks = [(500, 0), (800, 200)]
    assert not sample_ratio(looks, SHARES).ok
    assert sample_ratio(looks[-1], SHARES).ok
    assert sample_ratio(looks, SHARES).counts == (800, 200)


def test_looking_every_day_rarely_locks_a_good_split_where_a_daily_chi_square_often_does() -> None:
    rng, locked, daily = np.random.default_rng(1), 0, 0
    for _ in range(300):
        looks = np.cumsum(rng.multinomial(50, SHARES, size=90), axis=0)
        locked += not sample_ratio(looks, SHARES, alpha=0.05).ok
        daily += any(chisquare(look, np.array(SHARES) * look.sum()).pvalue < 0.05 for look in looks)
    assert locked / 300 <= 0.05
    assert daily / 300 > 0.2


def test_a_leak_of_one_control_customer_in_four_is_found() -> None:
    rng = np.random.default_rng(2)
    found = sum(not sample_ratio(rng.multinomial(3_000, (0.85, 0.15)), SHARES).ok for _ in range(200))
    assert found / 200 > 0.95


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5_000), min_size=3, max_size=3))
def test_the_verdict_does_not_depend_on_the_order_of_the_arms(counts: list[int]) -> None:
    shares = (0.5, 0.3, 0.2)
    assert sample_ratio(counts, shares).e_value == pytest.approx(sample_ratio(counts[::-1], shares[::-1]).e_value)


def test_an_enormous_deviation_gives_a_finite_e_value() -> None:
    verdict = sample_ratio((0, 1_000_000), SHARES)
    assert np.isfinite(verdict.e_value)
    assert verdict.p_value < SRM_ALPHA


@pytest.mark.parametrize(
    ("counts", "shares"), [((1, 2, 3), SHARES), ((-1, 2), SHARES), (((5, 5), (4, 9)), SHARES), ((1, 2), (0.5, 0.6))]
)
def test_bad_counts_are_refused(counts: object, shares: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInput):
        sample_ratio(counts, shares)  # type: ignore[arg-type]
