"""Always-valid effects."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from wealthloop.errors import InvalidInput
from wealthloop.experiments import Arm, Effect, Pending, Trial, always_valid_effect, pair_share
from wealthloop.experiments.boundary import boundary, tightness
from wealthloop.experiments.effect import influence_values


def binary_trial(
    rng: np.random.Generator, n: int, *, share: float = 0.8, base: float = 0.05, effect: float = 0.0
) -> Trial:
    """Customers who buy with a chance that depends on what they did before."""
    before = rng.random(n) < base
    treated = rng.random(n) < share
    chance = 0.7 * base + 0.3 * before + effect * treated
    outcome = rng.random(n) < chance
    return Trial(treated=treated, outcome=outcome.astype(float), share=share, covariate=before.astype(float))


def shown(trial: Trial, *, n_planned: int = 1_000, cut: float | None = None) -> Effect:
    result = always_valid_effect(trial, n_planned=n_planned, cut=cut)
    assert isinstance(result, Effect)
    return result


def part(trial: Trial, n: int) -> Trial:
    covariate = None if trial.covariate is None else trial.covariate[:n]
    return replace(trial, treated=trial.treated[:n], outcome=trial.outcome[:n], covariate=covariate)


def test_the_boundary_is_tightest_at_the_planned_number_and_about_1_55_fixed_intervals_wide() -> None:
    assert tightness(0.05) == pytest.approx(8.2, abs=0.05)
    found = minimize_scalar(lambda n: boundary(n, n_planned=1_000, alpha=0.05), bounds=(50, 9_000), method="bounded")
    assert found.x == pytest.approx(1_000, rel=0.01)
    assert boundary(1_000, n_planned=1_000, alpha=0.05) / 1.959964 == pytest.approx(1.55, abs=0.01)


def test_the_half_width_is_the_published_formula() -> None:
    trial = binary_trial(np.random.default_rng(1), 900)
    effect = shown(trial, n_planned=700)
    n, r2 = 900, tightness(0.05) / 700
    variance = influence_values(trial).var()
    expected = np.sqrt(variance * 2 * (n * r2 + 1) / (n * n * r2) * np.log(np.sqrt(n * r2 + 1) / 0.05))
    assert (effect.high - effect.low) / 2 == pytest.approx(expected)
    assert effect.estimate == pytest.approx((effect.high + effect.low) / 2)


def test_the_spread_at_even_shares_agrees_with_the_pooled_standard_error_of_statsmodels() -> None:
    rng = np.random.default_rng(2)
    trial = replace(binary_trial(rng, 40_000, share=0.5, base=0.1, effect=0.02), covariate=None)
    effect = shown(trial)
    treated, control = trial.outcome[trial.treated], trial.outcome[~trial.treated]
    independent = CompareMeans(DescrStatsW(treated), DescrStatsW(control))
    assert effect.sd / np.sqrt(effect.n) == pytest.approx(independent.std_meandiff_separatevar, rel=0.03)
    assert effect.estimate == pytest.approx(treated.mean() - control.mean(), abs=0.002)


def test_the_covariate_narrows_the_interval_as_regression_theory_says() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(100, 20, 20_000)
    treated = rng.random(20_000) < 0.5
    outcome = before + rng.normal(0, 10, 20_000) + 2.0 * treated
    plain = shown(Trial(treated=treated, outcome=outcome, share=0.5))
    adjusted = shown(Trial(treated=treated, outcome=outcome, share=0.5, covariate=before))
    explained = np.corrcoef(before, outcome)[0, 1] ** 2
    assert (adjusted.sd / plain.sd) ** 2 == pytest.approx(1 - explained, rel=0.1)
    assert adjusted.low < 2.0 < adjusted.high


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(50, 300), more=st.integers(1, 200))
def test_a_units_influence_value_never_changes_once_it_has_entered(seed: int, n: int, more: int) -> None:
    whole = binary_trial(np.random.default_rng(seed), n + more, base=0.2)
    np.testing.assert_allclose(influence_values(whole)[:n], influence_values(part(whole, n)), atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(40, 200))
@example(seed=132, n=132)  # a giant covariate once moved the scale in which earlier units were fitted
def test_later_giants_do_not_reach_back_into_the_values_of_earlier_units(seed: int, n: int) -> None:
    whole = heavy(np.random.default_rng(seed), n + 50)
    assert whole.covariate is not None
    whole.covariate[n - 1] *= 1e4
    whole.outcome[n:] += 1e5
    np.testing.assert_allclose(influence_values(whole)[:n], influence_values(part(whole, n)), rtol=1e-5, atol=1e-5)


def test_what_is_subtracted_from_a_units_outcome_knows_neither_that_outcome_nor_its_arm() -> None:
    trial = heavy(np.random.default_rng(4), 200)
    weight = np.where(trial.treated, 1 / trial.share, -1 / (1 - trial.share))
    subtracted = trial.outcome - influence_values(trial) / weight
    for unit in (0, 50, 199):
        outcome, treated = trial.outcome.copy(), trial.treated.copy()
        outcome[unit] += 7.0
        treated[unit] = not treated[unit]
        other = influence_values(replace(trial, outcome=outcome, treated=treated))[unit]
        sign = 1 / trial.share if treated[unit] else -1 / (1 - trial.share)
        assert outcome[unit] - other / sign == pytest.approx(subtracted[unit])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.01, 1e6), shift=st.floats(-5, 5))
def test_the_effect_scales_with_the_outcome_and_ignores_the_covariates_unit(
    seed: int, scale: float, shift: float
) -> None:
    trial = binary_trial(np.random.default_rng(seed), 400, base=0.3)
    assert trial.covariate is not None
    first = shown(trial)
    second = shown(replace(trial, outcome=trial.outcome * scale, covariate=trial.covariate * 3 + shift))
    assert second.estimate == pytest.approx(first.estimate * scale, rel=1e-6, abs=1e-9 * scale)
    assert second.high - second.low == pytest.approx((first.high - first.low) * scale, rel=1e-6)


def test_swapping_the_arms_turns_the_sign() -> None:
    trial = binary_trial(np.random.default_rng(5), 800, base=0.2, effect=0.1)
    first = shown(trial)
    second = shown(replace(trial, treated=~trial.treated, share=1 - trial.share))
    assert second.estimate == pytest.approx(-first.estimate)
    assert second.low == pytest.approx(-first.high)


def test_fewer_than_thirty_matured_units_in_an_arm_give_no_effect() -> None:
    rng = np.random.default_rng(6)
    trial = replace(binary_trial(rng, 60, share=0.5, base=0.4), treated=np.arange(60) >= 29)
    waiting = always_valid_effect(trial, n_planned=100)
    assert isinstance(waiting, Pending)
    assert waiting.code == "too_few_units"
    assert isinstance(always_valid_effect(replace(trial, treated=np.arange(60) >= 30), n_planned=100), Effect)


@pytest.mark.parametrize("events", [0, 24])
def test_without_enough_events_there_is_no_false_certainty(events: int) -> None:
    outcome = np.zeros(1_000)
    outcome[:events] = 1.0
    trial = Trial(treated=np.arange(1_000) % 5 > 0, outcome=outcome, share=0.8)
    waiting = always_valid_effect(trial, n_planned=1_000)
    assert isinstance(waiting, Pending)
    assert waiting.code == "too_few_events"


def test_an_amount_with_a_small_arm_gives_no_effect() -> None:
    rng = np.random.default_rng(7)
    trial = Trial(treated=rng.random(2_000) < 0.9, outcome=rng.lognormal(0, 2, 2_000), share=0.9)
    waiting = always_valid_effect(trial, n_planned=1_000, cut=100.0)
    assert isinstance(waiting, Pending)
    assert waiting.code == "small_arm"


def test_an_amount_is_cut_on_both_sides_and_the_estimand_says_so() -> None:
    rng = np.random.default_rng(8)
    trial = Trial(treated=rng.random(500) < 0.5, outcome=rng.normal(0, 1_000, 500), share=0.5)
    cut = shown(trial, cut=500.0)
    clipped = shown(replace(trial, outcome=np.clip(trial.outcome, -500, 500)))
    assert (cut.low, cut.high) == (clipped.low, clipped.high)
    assert "winsorised at 500" in cut.estimand
    assert "winsorised" not in clipped.estimand


def test_each_arm_is_read_against_control_with_the_shares_of_the_pair() -> None:
    control = Arm(name="c", share=0.2, control=True)
    assert pair_share(Arm(name="a", share=0.3, control=False), control) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        ({"share": 1.0}, {}, "share"),
        ({"outcome": np.full(100, np.nan)}, {}, "not finite"),
        ({"covariate": np.zeros(99)}, {}, "shape"),
        ({}, {"n_planned": 0}, "n_planned"),
        ({}, {"alpha": 0.0}, "alpha"),
        ({}, {"cut": -1.0}, "cut"),
    ],
)
def test_bad_arguments_are_refused(change: dict[str, object], arguments: dict[str, float], words: str) -> None:
    trial = replace(binary_trial(np.random.default_rng(9), 100, base=0.5), **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=words):
        always_valid_effect(trial, **{"n_planned": 100, **arguments})  # type: ignore[arg-type]


Draw = Callable[[np.random.Generator, int], Trial]


def peeking_errors(draw: Draw, *, truth: float, days: int, daily: int, runs: int, cut: float | None = None) -> float:
    """Return the fraction of runs in which any day's interval leaves the truth out."""
    wrong = 0
    for seed in range(runs):
        trial = draw(np.random.default_rng(seed), days * daily)
        looks = (
            always_valid_effect(part(trial, day * daily), n_planned=days * daily, cut=cut) for day in range(1, days + 1)
        )
        wrong += any(isinstance(look, Effect) and not look.low <= truth <= look.high for look in looks)
    return wrong / runs


def null(rng: np.random.Generator, n: int) -> Trial:
    return binary_trial(rng, n)


def lifted(rng: np.random.Generator, n: int) -> Trial:
    return binary_trial(rng, n, effect=0.05)


def heavy(rng: np.random.Generator, n: int) -> Trial:
    before = rng.normal(size=n)
    outcome = np.exp(1.5 * (0.7 * before + 0.714 * rng.normal(size=n)))
    return Trial(treated=rng.random(n) < 0.8, outcome=outcome, share=0.8, covariate=np.exp(1.5 * before))


def test_daily_peeking_finds_no_more_false_winners_than_promised_where_an_ordinary_test_does() -> None:
    runs, days, daily = 200, 20, 75
    assert peeking_errors(null, truth=0.0, days=days, daily=daily, runs=runs) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    ordinary = 0
    for seed in range(runs):
        trial = null(np.random.default_rng(seed), days * daily)
        ordinary += any(_ordinary_p_value(part(trial, day * daily)) < 0.05 for day in range(4, days + 1))
    assert ordinary / runs > 0.15


def _ordinary_p_value(trial: Trial) -> float:
    bought: NDArray[np.float64] = np.array([trial.outcome[trial.treated].sum(), trial.outcome[~trial.treated].sum()])
    return float(proportions_ztest(bought, [trial.treated.sum(), (~trial.treated).sum()])[1])


def test_a_true_effect_stays_inside_the_interval_at_all_looks() -> None:
    assert peeking_errors(lifted, truth=0.05, days=20, daily=75, runs=200) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.soak
@pytest.mark.parametrize("days", [14, 30, 60])
@pytest.mark.parametrize(("draw", "truth"), [(null, 0.0), (lifted, 0.05)])
def test_soak_coverage_of_a_yes_or_no_outcome_with_daily_looks(draw: Draw, truth: float, days: int) -> None:
    assert peeking_errors(draw, truth=truth, days=days, daily=100, runs=3_000) <= 0.06


@pytest.mark.soak
def test_soak_coverage_of_a_heavy_tailed_amount_with_daily_looks() -> None:
    cut = float(np.exp(1.5 * 2.33))
    assert peeking_errors(heavy, truth=0.0, days=30, daily=100, runs=3_000, cut=cut) <= 0.065
