"""The e-value keeps its promise at every look, agrees with its integral, and a stream keeps its share of false ones."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments.boundary import boundary, tightness
from wealthloop.experiments.effect import Effect
from wealthloop.experiments.online import Stream, log_e_value


def effect(estimate: float, n: int, sd: float = 1.0) -> Effect:
    return Effect(
        estimate=estimate, low=0.0, high=0.0, n=n, n_treated=n // 2, n_control=n - n // 2, sd=sd, method="", estimand=""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("estimate", "n", "least"), [(0.3, 80, 0.0), (-0.2, 200, 0.0), (0.1, 1000, 0.08), (0.0, 30, 0)]
)
def test_it_is_the_mixture_over_the_effects_above(estimate: float, n: int, least: float) -> None:
    """Integrate exp(u S - u^2 n / 2) over a half-normal with variance r2, numerically."""
    r = math.sqrt(tightness(0.05) / 400)
    s = n * (estimate - least)
    whole, _ = integrate.quad(lambda u: np.exp(u * s - u * u * n / 2) * stats.halfnorm.pdf(u, scale=r), 0, 12 * r)
    found = log_e_value(effect(estimate, n), n_planned=400, least=least)
    assert found == pytest.approx(math.log(whole), abs=1e-6)


def test_beyond_the_two_sided_boundary_it_is_nearly_twice_as_sure() -> None:
    n, planned = 500, 500
    at_edge = boundary(n, n_planned=planned, alpha=0.05) / math.sqrt(n)
    assert math.exp(log_e_value(effect(at_edge, n), n_planned=planned)) == pytest.approx(2 / 0.05, rel=0.01)


def test_nothing_is_found_where_nothing_is_at_any_look() -> None:
    """2,000 streams of skewed outcomes without an effect, looked at after every 50 units."""
    source = np.random.default_rng(5)
    runs, n, step = 2000, 2000, 50
    arms = source.random((runs, n)) < 0.5
    outcome = (source.random((runs, n)) < 0.1).astype(float) - 0.1
    psi = np.where(arms, 2.0, -2.0) * outcome
    looks = np.arange(step, n + 1, step)
    mean = np.cumsum(psi, axis=1)[:, looks - 1] / looks
    sd = np.sqrt(np.cumsum(psi**2, axis=1)[:, looks - 1] / looks - mean**2)
    most = np.full(runs, -np.inf)
    for run in range(runs):
        for place, count in enumerate(looks[2:], start=2):
            most[run] = max(most[run], log_e_value(effect(mean[run, place], int(count), sd[run, place]), n_planned=n))
    for level in (0.05, 0.01):
        ever = float((most >= -math.log(level)).mean())
        assert ever <= level + 3 * math.sqrt(level * (1 - level) / runs)


def test_a_stream_gives_each_test_its_part_and_more_after_each_confirmation() -> None:
    assert Stream().level() == pytest.approx(0.05 / 60)
    assert Stream(confirmed=11).level() == pytest.approx(0.01)
    assert not Stream().confirms(math.log(1199))
    assert Stream().confirms(math.log(1201))
    assert Stream(confirmed=11).confirms(math.log(101))


def test_a_stream_keeps_the_share_of_false_ones() -> None:
    """1,000 streams of 60 tests, a third of which are true, with exact e-values of a normal mean."""
    source = np.random.default_rng(3)
    shares = []
    for _ in range(1000):
        true = source.random(60) < 1 / 3
        z = source.normal(size=60) + np.where(true, 4.0, 0.0)
        e = [log_e_value(effect(one / math.sqrt(1000), 1000), n_planned=1000) for one in z]
        confirmed: set[int] = set()
        while new := [t for t in range(60) if t not in confirmed and Stream(confirmed=len(confirmed)).confirms(e[t])]:
            confirmed.add(new[0])
        shares.append(sum(not true[t] for t in confirmed) / max(len(confirmed), 1))
    assert np.mean(shares) <= 0.05
    assert np.mean(shares) > 0.0001


def test_a_plan_of_no_units_is_refused() -> None:
    with pytest.raises(InvalidInput, match="n_planned"):
        log_e_value(effect(0.1, 10), n_planned=0)
