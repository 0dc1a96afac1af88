"""What clusters cost an experiment: correlation within them, and the units that they need more."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import f_oneway

from wealthloop.experiments import (
    Clusters,
    Design,
    Spread,
    alikeness,
    clusters_of,
    detectable_effect,
    needed_n,
)
from wealthloop.experiments.fixed import Units, compare

ONCE = Design(always_valid=False)
ALIKE = Spread(treated=1.0, control=1.0)


def bank(
    rng: np.random.Generator, *, count: int, mean: float, rho: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the clusters of a bank's customers, of very unequal sizes, and an outcome of variance 1."""
    sizes = np.maximum(1, rng.lognormal(np.log(mean), 0.8, count).astype(int))
    cluster = np.repeat(np.arange(count), sizes)
    between, within = rng.normal(size=count)[cluster], rng.normal(size=cluster.size)
    return cluster, np.sqrt(rho) * between + np.sqrt(1.0 - rho) * within


def test_how_alike_a_clusters_units_are_is_what_the_analysis_of_variance_says() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(30, 8)) + rng.normal(size=(30, 1))
    ratio = f_oneway(*values).statistic
    found = alikeness(values.ravel(), np.repeat(np.arange(30), 8))
    assert found == pytest.approx((ratio - 1.0) / (ratio + 7.0))


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.4])
def test_the_true_correlation_is_found_in_clusters_of_unequal_sizes(rho: float) -> None:
    rng = np.random.default_rng(2)
    made = [bank(rng, count=100, mean=40.0, rho=rho) for _ in range(80)]
    found = [alikeness(outcome, cluster) for cluster, outcome in made]
    assert np.mean([one for one in found if one is not None]) == pytest.approx(rho, abs=0.02)


def test_where_history_cannot_tell_a_whole_cluster_counts_as_one_unit() -> None:
    few, alone, same = np.arange(190) % 19, np.arange(50), np.arange(200) % 20
    noise = np.random.default_rng(3).normal(size=200)
    assert alikeness(noise[:190], few) is None
    assert alikeness(noise[:50], alone) is None
    assert alikeness(np.zeros(200), same) is None
    assert alikeness(noise, same) is not None
    bound = clusters_of(same, rho=None)
    assert (bound.rho, bound.estimated, bound.design_effect(200)) == (1.0, False, 10.0)
    assert needed_n(0.5, ALIKE, ONCE, bound).total > 10 * needed_n(0.5, ALIKE, ONCE).total


def test_units_alone_in_their_clusters_cost_nothing_and_nobody_nothing() -> None:
    assert clusters_of(np.arange(40), rho=0.5).design_effect(40) == 1.0
    nobody = clusters_of([], rho=0.5)
    assert (nobody.units, nobody.count, nobody.design_effect(10)) == (0.0, 0.0, 1.0)


def test_the_factor_is_that_of_the_part_that_has_entered() -> None:
    whole = Clusters(units=1_000, count=50, size=41.0, rho=0.1, estimated=True)
    assert [whole.design_effect(n) for n in (0, 500, 1_000, 9_000)] == pytest.approx([1.0, 3.0, 5.0, 5.0])
    half = whole.part(0.5)
    assert (half.units, half.count) == (500, 25)
    assert half.design_effect(500) == pytest.approx(5.0)


@pytest.mark.parametrize("n", [10.0, 150.0, 199.0, 201.0, 400.0])
def test_needed_units_tell_as_much_as_units_of_their_own(n: float) -> None:
    whole = Clusters(units=1_000, count=50, size=41.0, rho=0.1, estimated=True)
    needed = whole.needed(n)
    assert needed / whole.design_effect(needed) == pytest.approx(n)
    assert (needed > whole.units) == (n > 200)


@pytest.mark.parametrize("share", [0.5, 0.75])
@pytest.mark.parametrize("part", [0.25, 1.0])
def test_the_detectable_effect_of_clusters_is_found_as_often_as_promised(share: float, part: float) -> None:
    rng, found, runs = np.random.default_rng(4), 0, 300
    design = Design(share=share, always_valid=False)
    for _ in range(runs):
        cluster, outcome = bank(rng, count=100, mean=12.0, rho=0.15)
        clusters, n = clusters_of(cluster, rho=0.15), int(part * cluster.size)
        entered = rng.permutation(cluster.size)[:n]
        treated = rng.permutation(100) < 100 * share
        effect = detectable_effect(n, ALIKE, design, clusters)
        arms = [entered[treated[cluster[entered]] == arm] for arm in (False, True)]
        columns = [Units(value=outcome[arm] + effect * at, cluster=cluster[arm]) for at, arm in enumerate(arms)]
        found += compare(*columns).low > 0
        assert needed_n(effect, ALIKE, design, clusters).total == pytest.approx(n, abs=2)
    assert found / runs == pytest.approx(0.8, abs=0.06)
