"""Looks at the platform's reports beside the truth."""

from typing import Any

from wealthloop.trials.looks import fates, months_of


def extra(*looks: tuple[int, str, float, float, float]) -> dict[str, Any]:
    names = ("month", "strategy", "low", "high", "truth")
    return {
        "strategies_started": 2,
        "strategies_alive": 2,
        "strategies_proposed": 0,
        "looks": [dict(zip(names, one, strict=True)) for one in looks],
    }


def test_a_strategy_is_confirmed_once_and_false_where_the_truth_is_not_above_zero() -> None:
    found = fates(
        extra((1, "a", 0.1, 0.3, 0.2), (2, "a", 0.1, 0.2, 0.2), (1, "b", -0.1, 0.2, 0.1), (2, "b", 0.01, 0.2, 0.0))
    )
    assert found["strategies_confirmed"] == 2
    assert found["false_discoveries"] == 1
    assert (found["reported"], found["covering"]) == (4, 3)


def test_a_confirmation_is_judged_by_the_truth_when_it_was_first_said() -> None:
    found = fates(extra((2, "a", 0.1, 0.2, 0.15), (1, "a", 0.1, 0.2, -0.1)))
    assert found["false_discoveries"] == 1


def test_months_count_every_seed_and_confirmations_up_to_then() -> None:
    first = extra((1, "a", -0.1, 0.1, 0.0), (2, "a", 0.1, 0.2, 0.3))
    second = extra((1, "a", 0.1, 0.3, 0.2))
    one, two = months_of([first, second])
    assert (one.month, one.reported, one.covering, one.confirmed) == (1, 2, 2, 1)
    assert (two.month, two.reported, two.covering, two.confirmed) == (2, 1, 0, 2)
