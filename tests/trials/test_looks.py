"""Looks at the platform's reports beside the truth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from wealthloop.trials.figures import loop_figures
from wealthloop.trials.looks import fates, months_of

COUNTS = ("value_fen", "objective_fen", "bound_fen", "preference_cost_fen", "exploration_cost_fen")


def extra(
    *looks: tuple[int, str, float, float, float],
    confirmed: Sequence[tuple[int, str, float]] = (),
    nights: Sequence[tuple[int, ...]] = (),
) -> dict[str, Any]:
    names = ("month", "strategy", "low", "high", "truth")
    return {
        "strategies_started": 2,
        "strategies_alive": 2,
        "strategies_proposed": 0,
        "strategies_ended": 1,
        "confirmed": [dict(zip(("month", "strategy", "truth"), one, strict=True)) for one in confirmed],
        "nights": [dict(zip(COUNTS, one, strict=False)) for one in nights],
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
    found = fates(extra(nights=[(950, 999, 1000, 50, 10), (850, 1000, 1000, 50, -1), (0, 0, 0, 0, 0)]))
    assert found["allocation_gap"] == pytest.approx(0.0005)
    assert found["worst_allocation_gap"] == pytest.approx(0.001)
    assert found["allocation_gap_value"] == pytest.approx(0.005)
    assert found["preference_cost"] == pytest.approx(100 / 1900)
    assert found["exploration_cost"] == pytest.approx(9 / 1800)
    nothing = fates(extra(nights=[(0, 0, 0, 0, 0)]))
    names = ("allocation_gap", "worst_allocation_gap", "allocation_gap_value", "preference_cost", "exploration_cost")
    assert [nothing[name] for name in names] == [0, 0, 0, 0, 0]


def test_what_lotteries_cost_is_unknown_where_a_night_did_not_say_it() -> None:
    said, old = extra(nights=[(950, 999, 1000, 50, 10)]), extra(nights=[(950, 999, 1000, 50, 10), (950, 999, 1000, 50)])
    assert "exploration_cost" not in fates(old)
    assert fates(old)["preference_cost"] == fates(said)["preference_cost"]
    worth = {"withheld": np.array([1.0]), "planned": np.array([2.0])}
    figures = loop_figures([fates(said)] * 2, [worth] * 2)
    assert figures["exploration_cost"].mean == pytest.approx(10 / 950)
    assert figures["allocation_gap_value"].mean == pytest.approx(0.01)
    assert "exploration_cost" not in loop_figures([fates(said), fates(old)], [worth] * 2)


def test_an_interval_above_zero_confirms_nothing_by_itself() -> None:
    assert fates(extra((1, "a/v1", 0.1, 0.2, 0.15)))["strategies_confirmed"] == 0


def test_months_count_every_seed_and_confirmations_up_to_then() -> None:
    first = extra((1, "a", -0.1, 0.1, 0.0), (2, "a", 0.1, 0.2, 0.3), confirmed=[(2, "a", 0.3)])
    second = extra((1, "a", 0.1, 0.3, 0.2), confirmed=[(1, "a", 0.2)])
    one, two = months_of([first, second])
    assert (one.month, one.reported, one.covering, one.confirmed) == (1, 2, 2, 1)
    assert (two.month, two.reported, two.covering, two.confirmed) == (2, 1, 0, 2)
