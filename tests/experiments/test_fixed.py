"""Comparisons read once: equal to scipy, statsmodels, regression and matrix algebra done the long way."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.linalg import sqrtm
from statsmodels.stats.proportion import confint_proportions_2indep

from wealthloop.errors import InvalidInput
from wealthloop.experiments.fixed import Units, compare


def arms(seed: int = 1, *, n: int = 400) -> tuple[Units, Units]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=2 * n + 50)
    y = 2.0 + 0.8 * x + draw.normal(size=len(x)) * np.where(np.arange(len(x)) < n, 1.0, 2.0)
    stratum, cluster = draw.integers(0, 3, len(x)), draw.integers(0, 25, len(x)) + 100 * (np.arange(len(x)) >= n)
    made = [
        Units(value=y[part] + 0.3 * at, covariate=x[part], stratum=stratum[part], cluster=cluster[part])
        for at, part in enumerate((slice(0, n), slice(n, None)))
    ]
    return made[0], made[1]


def plain(units: Units, *kept: str) -> Units:
    return Units(
        value=units.value, covariate=units.covariate if "covariate" in kept else None,
        stratum=units.stratum if "stratum" in kept else None, cluster=units.cluster if "cluster" in kept else None,
    )  # fmt: skip


def test_means_are_those_of_scipys_welch() -> None:
    control, treated = (plain(one) for one in arms())
    found = compare(control, treated)
    theirs = stats.ttest_ind(treated.value, control.value, equal_var=False)
    interval = theirs.confidence_interval(0.95)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert found.freedom == pytest.approx(theirs.df)
    assert found.relative_effect == pytest.approx(found.effect / control.value.mean())


def test_shares_are_those_of_statsmodels() -> None:
    draw = np.random.default_rng(2)
    control, treated = (Units(value=(draw.random(3_000) < rate).astype(float)) for rate in (0.1, 0.13))
    found = compare(control, treated, kind="binary")
    low, high = confint_proportions_2indep(
        treated.value.sum(), 3_000, control.value.sum(), 3_000, method="wald", compare="diff"
    )
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-3)


def test_a_covariate_is_taken_off_as_regression_does() -> None:
    control, treated = (plain(one, "covariate") for one in arms())
    found = compare(control, treated)
    y = np.concatenate([control.value, treated.value])
    x = np.concatenate([one.covariate for one in (control, treated) if one.covariate is not None])
    t = np.repeat([0.0, 1.0], [len(control.value), len(treated.value)])
    fitted = sm.OLS(y, np.column_stack([np.ones(len(t)), t, x])).fit()
    assert found.effect == pytest.approx(fitted.params[1], rel=1e-9)
    alone = compare(plain(control), plain(treated))
    assert found.high - found.low < alone.high - alone.low


def test_strata_are_weighed_alike_in_both_arms() -> None:
    control, treated = (plain(one, "stratum") for one in arms())
    assert control.stratum is not None
    assert treated.stratum is not None
    every = np.concatenate([control.stratum, treated.stratum])
    effect = variance = 0.0
    for name in range(3):
        share = float((every == name).mean())
        a, b = control.value[control.stratum == name], treated.value[treated.stratum == name]
        effect += share * (b.mean() - a.mean())
        variance += share**2 * (a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    found = compare(control, treated)
    assert found.effect == pytest.approx(effect)
    half = stats.t(found.freedom).ppf(0.975) * np.sqrt(variance)
    assert found.high - found.effect == pytest.approx(half, rel=1e-6)
    with pytest.raises(InvalidInput, match="a stratum holds"):
        compare(replace(control, stratum=np.append(control.stratum[:-1], 9)), treated)


def test_clusters_have_the_cr2_error_of_matrix_algebra() -> None:
    control, treated = (plain(one, "cluster") for one in arms(n=120))
    assert control.cluster is not None
    assert treated.cluster is not None
    y = np.concatenate([control.value, treated.value])
    t = np.repeat([0.0, 1.0], [len(control.value), len(treated.value)])
    cluster = np.concatenate([control.cluster, treated.cluster])
    x = np.column_stack([np.ones(len(t)), t])
    bread = np.linalg.inv(x.T @ x)
    left = y - x @ (bread @ x.T @ y)
    meat = np.zeros((2, 2))
    for name in np.unique(cluster):
        ours = x[cluster == name]
        root = np.linalg.inv(np.real(sqrtm(np.eye(len(ours)) - ours @ bread @ ours.T)))
        score = ours.T @ root @ left[cluster == name]
        meat += np.outer(score, score)
    error = float(np.sqrt((bread @ meat @ bread)[1, 1]))
    found = compare(control, treated)
    assert found.high - found.effect == pytest.approx(stats.t(found.freedom).ppf(0.975) * error, rel=1e-9)
    assert 20 < found.freedom < 50


def test_a_ratio_is_one_of_sums_with_the_error_of_the_bootstrap() -> None:
    draw = np.random.default_rng(5)
    made = []
    for rate in (0.1, 0.12):
        visits = np.asarray(1 + draw.poisson(3, 2_000), dtype=np.float64)
        keen = np.clip(draw.beta(2, 18, 2_000) * rate * 10, 0, 1)
        made.append(Units(value=draw.binomial(visits.astype(int), keen).astype(float), denominator=visits))
    control, treated = made
    found = compare(control, treated, kind="ratio")
    assert control.denominator is not None
    assert treated.denominator is not None

    def ratio(units: Units, rows: np.ndarray) -> float:
        assert units.denominator is not None
        return float(units.value[rows].sum() / units.denominator[rows].sum())

    whole = np.arange(2_000)
    assert found.effect == pytest.approx(ratio(treated, whole) - ratio(control, whole))
    again = [
        ratio(treated, draw.integers(0, 2_000, 2_000)) - ratio(control, draw.integers(0, 2_000, 2_000))
        for _ in range(800)
    ]
    assert (found.high - found.effect) / 1.96 == pytest.approx(np.std(again), rel=0.08)


@pytest.mark.parametrize(
    ("value", "fields", "told"),
    [
        ([1.0], {}, "at least 2"),
        ([1.0, np.nan], {}, "not finite"),
        ([1.0, 2.0], {"kind": "binary"}, "neither 0 nor 1"),
        ([1.0, 2.0], {"kind": "ratio"}, "denominator"),
    ],
)
def test_units_that_say_nothing_are_refused(value: list[float], fields: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        compare(Units(value=np.array(value)), Units(value=np.array([0.0, 1.0])), **fields)  # type: ignore[arg-type]


def test_arms_without_any_spread_are_no_failure() -> None:
    same, other = Units(value=np.ones(5)), Units(value=np.full(5, 2.0))
    assert compare(same, same).pvalue == 1.0
    assert compare(same, other).pvalue == 0.0
