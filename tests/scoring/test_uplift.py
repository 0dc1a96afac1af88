"""The shrunk effect: closed form, coverage by simulation, and its spreading over customers."""

import numpy as np
import pytest

from wealthloop.errors import InvalidInput
from wealthloop.scoring import ContactEffect, PastContacts, Prior, estimate_uplift, incremental

PRIOR = Prior(mean=0.02, sd=0.02)


def past(treated: list[int], outcome: list[int], p: list[float] | None = None) -> PastContacts:
    propensity = np.full(len(treated), np.nan) if p is None else np.array(p)
    return PastContacts(
        treated=np.array(treated, dtype=bool), outcome=np.array(outcome, dtype=float), p_no_contact=propensity
    )


def drawn(draw: np.random.Generator, effect: float, *, n: int, informed: bool = True) -> PastContacts:
    p = draw.beta(1.5, 20, n)
    treated = draw.random(n) < 0.8
    outcome = (draw.random(n) < p + treated * effect).astype(float)
    return PastContacts(treated=treated, outcome=outcome, p_no_contact=p if informed else np.full(n, np.nan))


def test_without_data_the_prior_speaks() -> None:
    for treated in ([], [1, 1], [0]):
        effect = estimate_uplift(past(treated, [0] * len(treated)), PRIOR)
        assert (effect.mean, effect.sd, effect.source) == (0.02, 0.02, "prior")
        assert (effect.n_treated, effect.n_control) == (sum(treated), len(treated) - sum(treated))


def test_the_posterior_equals_the_normal_closed_form() -> None:
    treated = [1] * 400 + [0] * 100
    outcome = [1] * 40 + [0] * 360 + [1] * 4 + [0] * 96
    effect = estimate_uplift(past(treated, outcome), PRIOR)

    def variance(n: int, x: int) -> float:
        smoothed = (x + 1) / (n + 2)
        return (n * (x / n) * (1 - x / n) + 2 * smoothed * (1 - smoothed)) / (n + 1) / n

    data, prior = 1 / (variance(400, 40) + variance(100, 4)), 1 / 0.02**2
    assert effect.mean == pytest.approx((data * (0.1 - 0.04) + prior * 0.02) / (data + prior))
    assert effect.sd == pytest.approx((data + prior) ** -0.5)
    assert (effect.high - effect.low) / 2 == pytest.approx(1.959964 * effect.sd, rel=1e-6)
    assert effect.source == "measured"


def test_much_data_outweighs_the_prior_and_little_does_not() -> None:
    draw = np.random.default_rng(1)
    much = estimate_uplift(drawn(draw, 0.10, n=60_000), PRIOR)
    little = estimate_uplift(drawn(draw, 0.10, n=12), PRIOR)
    assert much.mean == pytest.approx(0.10, abs=0.01)
    assert little.mean == pytest.approx(0.02, abs=0.012)
    assert much.sd < 0.004
    assert 0.018 < little.sd < 0.02


def test_arms_without_any_conversion_do_not_claim_certainty() -> None:
    effect = estimate_uplift(past([1] * 20 + [0] * 5, [0] * 25), PRIOR)
    assert effect.sd > 0.015


@pytest.mark.parametrize("informed", [True, False])
def test_intervals_cover_effects_drawn_from_the_prior(*, informed: bool) -> None:
    draw = np.random.default_rng(2)
    truths = np.clip(draw.normal(PRIOR.mean, PRIOR.sd, 1_500), -0.03, None)
    effects = [estimate_uplift(drawn(draw, truth, n=400, informed=informed), PRIOR) for truth in truths]
    covered = np.mean([e.low <= truth <= e.high for e, truth in zip(effects, truths, strict=True)])
    assert 0.93 < covered < 0.975


def test_shrinking_errs_less_than_the_plain_difference() -> None:
    draw = np.random.default_rng(3)
    shrunk, plain = [], []
    for truth in draw.normal(PRIOR.mean, PRIOR.sd, 400):
        contacts = drawn(draw, max(truth, -0.03), n=150)
        shrunk.append((estimate_uplift(contacts, PRIOR).mean - truth) ** 2)
        means = [contacts.outcome[contacts.treated == arm].mean() for arm in (True, False)]
        plain.append((means[0] - means[1] - truth) ** 2)
    assert np.mean(shrunk) < 0.6 * np.mean(plain)


def effect_of(mean: float) -> ContactEffect:
    return ContactEffect(
        mean=mean, sd=0.01, low=mean - 0.02, high=mean + 0.02, n_treated=9, n_control=9, source="measured"
    )


def test_the_average_effect_is_kept_when_it_is_spread() -> None:
    p = np.array([0.01, 0.02, 0.03, 0.10])
    spread = incremental(effect_of(0.03), p, base_rate=float(p.mean()))
    assert spread.uplift.mean() == pytest.approx(0.03)
    assert spread.uplift == pytest.approx(0.03 * p / p.mean())
    assert spread.p_contact == pytest.approx(p + spread.uplift)
    assert (spread.low <= spread.uplift).all()
    assert (spread.uplift <= spread.high).all()


def test_no_probability_leaves_its_bounds() -> None:
    p = np.array([0.0, 0.3, 0.9, 0.97])
    for mean in (0.2, -0.2):
        spread = incremental(effect_of(mean), p, base_rate=0.1)
        assert (spread.p_contact >= 0).all()
        assert (spread.p_contact <= np.maximum(0.95, p)).all()


def test_a_customer_without_propensity_gets_the_average() -> None:
    spread = incremental(effect_of(0.03), np.array([np.nan]), base_rate=0.05)
    assert (spread.p_no_contact[0], spread.uplift[0]) == pytest.approx((0.05, 0.03))
    flat = incremental(effect_of(0.03), np.array([0.0, 0.2]), base_rate=0.0)
    assert flat.uplift == pytest.approx([0.03, 0.03])


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InvalidInput, match="outcome == 2"):
        estimate_uplift(past([1, 0], [2, 0]), PRIOR)
    with pytest.raises(InvalidInput, match="one entry each"):
        estimate_uplift(past([1, 0, 1], [1, 0]), PRIOR)
    with pytest.raises(InvalidInput, match="prior sd == 0"):
        estimate_uplift(past([1, 0], [1, 0]), Prior(mean=0.0, sd=0.0))
