"""Watching sums: the fixed look is Welch's, the always-valid one that of the units, and totals must grow."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Effect, Trial, always_valid_effect
from wealthloop.experiments.boundary import always_valid_pvalue, tightness
from wealthloop.experiments.monitor import Checkpoint, look, looks


def drawn(n: int = 4_000, *, share: float = 0.4, effect: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    treated = draw.random(n) < share
    return treated, draw.normal(size=n) + effect * treated


def sums(treated: np.ndarray, y: np.ndarray, n: int) -> Checkpoint:
    a, b = y[:n][~treated[:n]], y[:n][treated[:n]]
    return Checkpoint(
        time=float(n), count_c=len(a), count_t=len(b), mean_c=float(a.mean()), mean_t=float(b.mean()),
        variance_c=float(a.var(ddof=1)), variance_t=float(b.var(ddof=1)),
    )  # fmt: skip


def test_a_fixed_look_is_welchs_test() -> None:
    treated, y = drawn()
    found = look(sums(treated, y, 4_000), method="fixed", n_planned=1)
    theirs = stats.ttest_ind(y[treated], y[~treated], equal_var=False)
    assert found.pvalue == pytest.approx(theirs.pvalue)
    assert found.low == pytest.approx(theirs.confidence_interval(0.95).low)


def test_an_always_valid_look_is_near_that_of_the_units_themselves() -> None:
    treated, y = drawn()
    found = look(sums(treated, y, 4_000), method="always-valid", n_planned=4_000)
    units = always_valid_effect(Trial(treated=treated, outcome=y, share=0.4), n_planned=4_000)
    assert isinstance(units, Effect)
    assert found.low is not None
    assert found.high is not None
    assert found.effect == pytest.approx(units.estimate, abs=0.02)
    assert found.high - found.low == pytest.approx(units.high - units.low, rel=0.03)


def test_the_pvalue_passes_the_risk_where_the_interval_touches_nought() -> None:
    treated, y = drawn(effect=0.22)
    at = sums(treated, y, 4_000)
    found = look(at, method="always-valid", n_planned=9_000)
    assert found.low is not None
    assert found.high is not None
    touching = replace(at, mean_t=at.mean_c + (found.high - found.low) / 2)
    edge = look(touching, method="always-valid", n_planned=9_000)
    assert edge.low == pytest.approx(0.0, abs=1e-12)
    assert edge.pvalue == pytest.approx(0.05)
    assert always_valid_pvalue(0.0, 1.0, 100, n_planned=100) == 1.0


def test_the_pvalue_is_one_over_the_likelihood_ratio_of_a_normal_mixture() -> None:
    n, error = 500, 0.3
    spread = error**2 * n * tightness(0.05) / 800
    alone, mixed = stats.norm(0, error), stats.norm(0, np.sqrt(error**2 + spread))
    for effect in (0.5, 1.0, -1.4):
        told = always_valid_pvalue(effect, error, n, n_planned=800)
        assert told == pytest.approx(min(1.0, alone.pdf(effect) / mixed.pdf(effect)))


def test_looks_stand_in_time_and_the_last_is_the_plan() -> None:
    treated, y = drawn(effect=0.0)
    rows = [sums(treated, y, n) for n in (4_000, 1_000, 2_000)]
    found = looks(rows, method="always-valid")
    assert [one.time for one in found] == [1_000.0, 2_000.0, 4_000.0]
    assert found[-1] == look(rows[0], method="always-valid", n_planned=4_000)
    early = looks([replace(rows[0], count_c=20)], method="fixed")[0]
    assert (early.low, early.pvalue, early.significant) == (None, None, False)
    with pytest.raises(InvalidInput, match="counts fall"):
        looks([rows[0], replace(rows[0], time=5_000.0, count_t=1)], method="fixed")
    with pytest.raises(InvalidInput, match="below 0"):
        look(replace(rows[0], variance_c=-1.0), method="fixed", n_planned=1)
