"""Always-valid comparisons of ratios, strata and clusters: fixed's estimate and error, a boundary that holds daily."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments.anytime import compare_anytime, stretched
from wealthloop.experiments.boundary import boundary
from wealthloop.experiments.effect import Pending
from wealthloop.experiments.fixed import Compared, Units, compare
from wealthloop.experiments.spread import cluster_spread


def visits(seed: int, *, n: int = 1_000, rate: float = 0.1) -> Units:
    draw = np.random.default_rng(seed)
    below = 1 + draw.poisson(3, n)
    value = draw.binomial(below, np.clip(draw.beta(2, 18, n) * rate * 10, 0, 1)).astype(float)
    return Units(value=value, denominator=below.astype(float))


def branches(seed: int, *, clusters: int = 25, effect: float = 0.0) -> Units:
    draw = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), 1 + draw.poisson(12, clusters))
    value = draw.normal(0, 0.5, clusters)[cluster] + draw.normal(size=len(cluster)) + effect
    return Units(value=value, cluster=cluster + 1_000 * seed)


def shown(found: Compared | Pending) -> Compared:
    assert isinstance(found, Compared)
    return found


def test_a_ratio_has_the_estimate_of_one_look_and_the_boundarys_width() -> None:
    arms = visits(1), visits(2, rate=0.13)
    once = compare(*arms, kind="ratio")
    found = shown(compare_anytime(*arms, kind="ratio", n_planned=3_000))
    assert found.effect == once.effect
    wider = boundary(2_000, n_planned=3_000, alpha=0.05) / stats.norm.ppf(0.975)
    assert (found.high - found.low) / (once.high - once.low) == pytest.approx(wider)
    assert "delta method" in found.method
    assert found.pvalue > once.pvalue
    assert (found.pvalue < 0.05) == (not found.low <= 0 <= found.high)


def test_clusters_are_read_with_their_error_and_the_clock_of_units() -> None:
    arms = branches(1), branches(2, effect=0.9)
    once = compare(*arms)
    n = once.n_control + once.n_treatment
    found = shown(compare_anytime(*arms, n_planned=n))
    edge = stats.t.isf(stats.norm.sf(boundary(n, n_planned=n, alpha=0.05)), once.freedom)
    half_once = stats.t.ppf(0.975, once.freedom)
    assert (found.high - found.low) / (once.high - once.low) == pytest.approx(edge / half_once)
    assert edge / half_once < 1.62
    assert found.pvalue < 0.05


def test_the_stretch_vanishes_with_many_degrees_of_freedom_and_widens_with_few() -> None:
    edges = np.array([2.0, 3.0])
    assert stretched(edges, np.inf) == pytest.approx(edges)
    assert stretched(edges, 1e9) == pytest.approx(edges, rel=1e-6)
    assert (stretched(edges, 10.0) > edges * 1.1).all()


def test_the_spread_of_clusters_is_that_of_its_matrix() -> None:
    draw = np.random.default_rng(1)
    sizes, sums = draw.integers(1, 30, 40).astype(float), draw.normal(size=40)
    variance, trace, squares = cluster_spread(sums, sizes)
    n = sizes.sum()
    scale = 1 / (n * np.sqrt(1 - sizes / n))
    matrix = np.diag(sizes * scale**2) - np.outer(sizes * scale, sizes * scale) / n
    assert (variance, trace) == pytest.approx((((sums * scale) ** 2).sum(), np.trace(matrix)))
    assert squares == pytest.approx((matrix**2).sum())
    padded = cluster_spread(np.append(sums, 0.0), np.append(sizes, 0.0))
    assert padded == pytest.approx((variance, trace, squares))


def test_what_was_not_drawn_in_twenty_whole_clusters_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInput, match=r"19 cluster\(s\), 20 are needed.*method fixed"):
        compare_anytime(branches(1), branches(2, clusters=19), n_planned=500)
    with pytest.raises(InvalidInput, match=r"25 cluster.*in both arms"):
        compare_anytime(branches(1), replace(branches(1), value=branches(1).value + 1), n_planned=500)
    with pytest.raises(InvalidInput, match="n_planned"):
        compare_anytime(visits(1), visits(2), kind="ratio", n_planned=0)


def test_few_units_and_few_events_wait() -> None:
    few = compare_anytime(visits(1, n=29), visits(2), kind="ratio", n_planned=500)
    assert isinstance(few, Pending)
    assert few.code == "too_few_units"
    rare = [replace(visits(seed), value=np.eye(1, 1_000)[0]) for seed in (1, 2)]
    none = compare_anytime(*rare, kind="ratio", n_planned=500)
    assert isinstance(none, Pending)
    assert none.code == "too_few_events"
