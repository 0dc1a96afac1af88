"""Values of policies that nobody played: right on average, with intervals that keep their word."""

import numpy as np
import pytest

from wealthloop.errors import InvalidInput
from wealthloop.scoring.policyvalue import Logged, difference, policy_value

N = 1_500


def drawn(seed: int, *, informed: bool) -> tuple[Logged, np.ndarray, float]:
    """Return a log of three arms, a policy, and what the policy is truly worth."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=N)
    means = np.column_stack([0.2 + 0 * x, 0.25 + 0.1 * np.tanh(x), 0.3 - 0.1 * np.tanh(x)])
    chances = np.column_stack([np.full(N, 0.5), 0.3 - 0.1 * (x > 0), 0.2 + 0.1 * (x > 0)])
    arm = (draw.random(N)[:, None] > np.cumsum(chances, axis=1)).sum(axis=1)
    rows = np.arange(N)
    outcome = (draw.random(N) < means[rows, arm]).astype(float)
    expected = means if informed else np.zeros_like(means)
    policy = np.column_stack([np.zeros(N), x > 0, x <= 0]).astype(float)
    logged = Logged(arm=arm, probability=chances[rows, arm], outcome=outcome, expected=expected)
    return logged, policy, float((policy * means).sum(axis=1).mean())


@pytest.mark.parametrize("informed", [True, False])
def test_both_ways_are_right_on_average_and_their_intervals_hold_the_truth(*, informed: bool) -> None:
    found = [
        (policy_value(logged, policy), truth)
        for logged, policy, truth in (drawn(s, informed=informed) for s in range(300))
    ]
    for way in ("ipw", "dr"):
        gaps = np.array([getattr(one, way).estimate - truth for one, truth in found])
        held = [getattr(one, way).low <= truth <= getattr(one, way).high for one, truth in found]
        assert abs(gaps.mean()) < 3 * gaps.std() / np.sqrt(len(gaps))
        assert 0.91 < np.mean(held) < 0.985


def test_models_that_know_make_it_narrower_and_models_that_do_not_leave_it_right() -> None:
    width = {}
    for informed in (True, False):
        one = policy_value(*drawn(1, informed=informed)[:2]).dr
        width[informed] = one.high - one.low
    assert width[True] < width[False] * 0.98


def test_the_ratio_estimate_is_the_weighted_mean_by_hand() -> None:
    logged = Logged(
        arm=np.array([0, 1, 1, 0]), probability=np.array([0.5, 0.5, 0.25, 0.5]),
        outcome=np.array([1.0, 0.0, 1.0, 0.0]), expected=np.zeros((4, 2)),
    )  # fmt: skip
    policy = np.array([[0.0, 1.0]] * 4)
    found = policy_value(logged, policy)
    assert found.ipw.estimate == pytest.approx((0 * 2 + 1 * 4) / 6)
    assert found.dr.estimate == pytest.approx(4 / 4)
    assert found.effective == pytest.approx(36 / 20)


def test_a_difference_is_that_of_two_values() -> None:
    logged, policy, _ = drawn(4, informed=True)
    nobody = np.column_stack([np.ones(N), np.zeros(N), np.zeros(N)])
    more = difference(logged, policy, nobody)
    apart = policy_value(logged, policy).dr.estimate - policy_value(logged, nobody).dr.estimate
    assert more.estimate == pytest.approx(apart)
    assert difference(logged, policy, policy).estimate == 0.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"probability": np.array([0.5, 0.0])}, "above 0"),
        ({"outcome": np.array([1.0])}, "one row for each unit"),
    ],
)
def test_logs_that_say_nothing_are_refused(change: dict[str, np.ndarray], told: str) -> None:
    fields = {
        "arm": np.array([0, 1]), "probability": np.array([0.5, 0.5]), "outcome": np.array([1.0, 0.0]),
        "expected": np.zeros((2, 2)),
    }  # fmt: skip
    with pytest.raises(InvalidInput, match=told):
        policy_value(Logged(**{**fields, **change}), np.full((2, 2), 0.5))
    with pytest.raises(InvalidInput, match="add up to 1"):
        policy_value(Logged(**fields), np.full((2, 2), 0.6))
