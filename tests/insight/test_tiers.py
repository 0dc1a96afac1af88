"""The tier state machine."""

import numpy as np
import pytest

from wealthloop.insight.tiers import TIERS, levels, next_tier, tier

YUAN = 100


def _walk(*averages: int) -> list[str]:
    """Return the tier after each month of averages in yuan."""
    return [TIERS[level].name for level in levels(np.array([averages]) * YUAN)[0]]


def test_floors_follow_the_contract() -> None:
    floors = [one.floor // YUAN for one in TIERS]
    assert floors == [0, 50_000, 500_000, 2_000_000, 6_000_000]
    assert [one.patience for one in TIERS][1:] == [3, 3, 3, 6]


@pytest.mark.parametrize(("fen", "place"), [(4_999_999, 0), (5_000_000, 1), (600_000_000, 4), (599_999_999, 3)])
def test_a_floor_is_inclusive(fen: int, place: int) -> None:
    assert levels(np.array([[fen]])).tolist() == [[place]]


def test_a_month_that_meets_a_level_moves_up_at_once_even_two_levels() -> None:
    assert _walk(10_000, 600_000) == ["mass", "wealth"]


def test_two_months_below_do_not_move_down_and_the_third_does() -> None:
    assert _walk(60_000, 0, 0, 0) == ["affluent", "affluent", "affluent", "mass"]


def test_a_month_that_meets_the_floor_starts_the_count_anew() -> None:
    assert _walk(60_000, 0, 0, 50_000, 0, 0) == ["affluent"] * 6


def test_a_fall_goes_to_the_best_level_of_the_months_below() -> None:
    assert _walk(600_000, 10, 60_000, 20) == ["wealth", "wealth", "wealth", "affluent"]


def test_private_customers_have_six_months() -> None:
    assert _walk(7_000_000, 1, 1, 1, 1, 1) == ["private"] * 6
    assert _walk(7_000_000, 1, 1, 1, 1, 1, 1)[-1] == "mass"


def test_after_a_fall_the_count_starts_anew() -> None:
    assert _walk(600_000, 60_000, 60_000, 60_000, 0, 0, 0)[3:] == ["affluent", "affluent", "affluent", "mass"]


def test_the_tier_above_is_known_but_above_the_highest_and_for_the_unknown() -> None:
    assert next_tier("mass") is tier("affluent")
    assert next_tier("private") is None
    assert next_tier("unknown") is None
