"""Looks at the platform's reports beside the truth."""

from collections.abc import Sequence
from typing import Any

import pytest

from wealthloop.trials.looks import fates, months_of


def extra(
    *looks: tuple[int, str, float, float, float],
    confirmed: Sequence[tuple[int, str, float]] = (),
    nights: Sequence[tuple[int, int, int, int]] = (),
) -> dict[str, Any]:
    names = ("month", "strategy", "low", "high", "truth")
    return {
        "strategies_started": 2,
        "strategies_alive": 2,
        "strategies_proposed": 0,
        "strategies_ended": 1,
        "confirmed": [dict(zip(("month", "strategy", "truth"), one, strict=True)) for one in confirmed],
        "nights": [
            dict(zip(("value_fen", "objective_fen", "bound_fen", "preference_cost_fen"), one, strict=True))
            for one in nights
        ],
        "looks": [dict(zip(names, one, strict=True)) for one in looks],
    }


def test_a_confirmation_is_false_where_the_truth_was_not_above_zero() -> None:
    found = fates(
        extra(
            (1, "a/v1", 0.1, 0.3, 0.2), (2, "a/v1", 0.1, 0.2, 0.2), (1, "b/v1", -0.1, 0.2, 0.1),
            (2, "b/v1", 0.01, 0.2, 0.0), confirmed=[(2, "a/v1", 0.2), (3, "b/v1", 0.0)],
        )
    )  # fmt: skip
    assert found["strategies_confirmed"] == 2
    assert found["false_discoveries"] == 1
    assert (found["reported"], found["covering"]) == (4, 3)
    assert (found["strategies_started"], found["strategies_ended"]) == (2, 1)


def test_nights_say_how_near_their_bound_they_came_and_what_the_preference_took() -> None:
    found = fates(extra(nights=[(950, 999, 1000, 50), (850, 1000, 1000, 50), (0, 0, 0, 0)]))
    assert found["allocation_gap"] == pytest.approx(0.0005)
    assert found["worst_allocation_gap"] == pytest.approx(0.001)
    assert found["preference_cost"] == pytest.approx(100 / 1900)
    nothing = fates(extra(nights=[(0, 0, 0, 0)]))
    assert (nothing["allocation_gap"], nothing["worst_allocation_gap"], nothing["preference_cost"]) == (0, 0, 0)


def test_an_interval_above_zero_confirms_nothing_by_itself() -> None:
    assert fates(extra((1, "a/v1", 0.1, 0.2, 0.15)))["strategies_confirmed"] == 0


def test_months_count_every_seed_and_confirmations_up_to_then() -> None:
    first = extra((1, "a", -0.1, 0.1, 0.0), (2, "a", 0.1, 0.2, 0.3), confirmed=[(2, "a", 0.3)])
    second = extra((1, "a", 0.1, 0.3, 0.2), confirmed=[(1, "a", 0.2)])
    one, two = months_of([first, second])
    assert (one.month, one.reported, one.covering, one.confirmed) == (1, 2, 2, 1)
    assert (two.month, two.reported, two.covering, two.confirmed) == (2, 1, 0, 2)
