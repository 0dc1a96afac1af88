"""The randomisation test: scipy's permutation test, exact for a small arm of a heavy tail, an interval that holds."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments.fixed import Units, compare
from wealthloop.experiments.randomised import compare_randomised, redrawn


def amounts(seed: int, *, control: int = 60, treated: int = 8, effect: float = 0.0) -> tuple[Units, Units]:
    draw = np.random.default_rng(seed)
    return Units(value=draw.lognormal(0, 1, control)), Units(value=draw.lognormal(0, 1, treated) + effect)


def welch(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return np.asarray(stats.ttest_ind(x, y, equal_var=False, axis=axis).statistic)


@pytest.mark.parametrize("small_first", [False, True])
def test_the_p_value_is_that_of_scipys_permutation_test(small_first: bool) -> None:
    control, treated = amounts(1, effect=0.8)
    arms = (treated, control) if small_first else (control, treated)
    theirs = stats.permutation_test(
        (arms[1].value, arms[0].value), welch, n_resamples=9_999, vectorized=True, rng=np.random.default_rng(1)
    )
    found = redrawn(*arms)
    assert found.pvalue() == pytest.approx(theirs.pvalue, abs=0.012)
    assert found.tails(0.0)[0] == pytest.approx((theirs.null_distribution >= theirs.statistic).mean(), abs=0.012)


def test_the_p_value_of_a_tiny_trial_is_that_of_all_its_redrawings() -> None:
    y = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 9.5])
    places = list(combinations(range(8), 3))
    every = np.array([stats.ttest_ind(y[list(one)], np.delete(y, one), equal_var=False).statistic for one in places])
    was = every[places.index((3, 5, 7))]
    exact = 2 * min((every >= was - 1e-9).mean(), (every <= was + 1e-9).mean())
    control, treated = Units(value=np.delete(y, (3, 5, 7))), Units(value=y[[3, 5, 7]])
    assert redrawn(control, treated, draws=40_000).pvalue() == pytest.approx(exact, abs=0.004)


def test_the_interval_holds_just_what_is_not_refused() -> None:
    control, treated = amounts(2)
    found = compare_randomised(control, treated)
    drawn = redrawn(control, treated)
    width = found.high - found.low
    for end, outwards in ((found.low, -1), (found.high, 1)):
        assert drawn.pvalue(end) > 0.05
        assert drawn.pvalue(end + outwards * 1e-6 * width) <= 0.05 + 1e-3
    moved = compare_randomised(control, replace(treated, value=treated.value + 3.0))
    assert (moved.low, moved.effect, moved.high) == pytest.approx((found.low + 3, found.effect + 3, found.high + 3))
    other = compare_randomised(treated, control)
    assert (other.low, other.high) == pytest.approx((-found.high, -found.low), abs=0.02 * width)
    assert compare_randomised(control, treated) == found


def test_with_light_tails_it_says_what_the_ordinary_readings_say() -> None:
    draw = np.random.default_rng(3)
    n, few = 4_000, 300
    x, below = draw.normal(size=n), 1.0 + draw.poisson(2, n)
    cluster = np.concatenate([np.arange(few) // 10, 1_000 + np.arange(n - few) // 10])
    y = below * (1 + 0.5 * x + draw.normal(size=n)) + 0.4 * (np.arange(n) < few)
    for fields, kind in (
        ({}, "mean"), ({"covariate": x}, "mean"), ({"cluster": cluster}, "mean"), ({"denominator": below}, "ratio"),
        ({"denominator": below, "covariate": x, "cluster": cluster}, "ratio"),
    ):  # fmt: skip
        control, treated = (
            Units(value=y[part], **{name: column[part] for name, column in fields.items()})  # type: ignore[arg-type]
            for part in (slice(few, None), slice(0, few))
        )
        found, ordinary = compare_randomised(control, treated, draws=1_999), compare(control, treated, kind=kind)  # type: ignore[arg-type]
        width = ordinary.high - ordinary.low
        assert found.effect == pytest.approx(ordinary.effect, abs=0.01 * width)
        assert (found.low, found.high) == pytest.approx((ordinary.low, ordinary.high), abs=0.08 * width)


def test_strata_are_taken_off() -> None:
    draw = np.random.default_rng(4)
    stratum = draw.integers(0, 4, 2_000)
    y = 10.0 * stratum + draw.normal(size=2_000)
    arms = [Units(value=y[part], stratum=stratum[part]) for part in (slice(150, None), slice(0, 150))]
    found = compare_randomised(*arms, draws=999)
    assert found.high - found.low < 0.5
    assert "strata" in found.method


def test_no_false_winners_with_a_small_arm_of_a_heavy_tail_where_welch_finds_many() -> None:
    draw, runs, ours, theirs = np.random.default_rng(5), 300, 0, 0
    for run in range(runs):
        control, treated = Units(value=draw.lognormal(0, 2, 2_000)), Units(value=draw.lognormal(0, 2, 60))
        ours += redrawn(control, treated, draws=199, seed=run).pvalue() <= 0.05
        theirs += compare(control, treated).pvalue <= 0.05
    assert theirs / runs > 0.15
    assert ours / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_what_cannot_be_redrawn_is_refused() -> None:
    control, treated = amounts(6)
    with pytest.raises(InvalidInput, match="too small for an interval"):
        compare_randomised(control, treated, alpha=1e-6)
    mixed = np.zeros(60, dtype=np.int64), np.zeros(8, dtype=np.int64)
    with pytest.raises(InvalidInput, match="in both arms"):
        compare_randomised(replace(control, cluster=mixed[0]), replace(treated, cluster=mixed[1]))
    empty = [replace(one, denominator=np.eye(1, len(one.value))[0]) for one in (control, treated)]
    with pytest.raises(InvalidInput, match="denominators of nothing"):
        compare_randomised(*empty)


def test_no_p_value_is_nought_because_the_arms_as_they_were_count_too() -> None:
    control, treated = amounts(7)
    found = redrawn(control, replace(treated, value=treated.value + 1e6), draws=199)
    assert found.tails(0.0) == (1 / 200, 1.0)
    assert found.pvalue() == 2 / 200
