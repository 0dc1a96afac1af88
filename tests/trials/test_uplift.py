"""The lottery of calls: what is counted as a conversion, what a choice is worth, and a whole small run."""

import numpy as np
import pytest

from tests.conftest import json_of
from wealthloop.errors import InvalidInput
from wealthloop.trials.uplift import _READ, UpliftPlan, _Drawn, _units, _worth, lines


def test_a_purchase_counts_from_the_day_of_the_draw_and_for_thirty_days() -> None:
    begins = 20_000
    bought = np.zeros((4, 60), dtype=np.bool_)
    bought[0, 6] = bought[1, 7] = bought[2, 36] = bought[3, 37] = True
    first = _Drawn(
        day=begins + 7, customer=np.arange(4), treated=np.array([True, False, True, False]),
        x=np.zeros((4, len(_READ) + 1)),
    )  # fmt: skip
    units = _units([first, first], bought, begins)
    assert units.converted.tolist() == [0.0, 1.0, 1.0, 0.0] * 2
    assert len(set(units.customer_id)) == 8
    assert units.treated.sum() == 4
    assert len(units.predictors) == units.x.shape[1]
    assert (units.first_day == np.datetime64(begins + 7, "D")).all()


def test_the_worth_of_a_choice_is_the_truth_of_those_who_may_be_called() -> None:
    value, score = np.array([5.0, 7.0, 11.0, 100.0]), np.array([3.0, 1.0, 2.0, 9.0])
    may = np.array([True, True, True, False])
    assert _worth(score, value, may, 2) == 16.0
    assert _worth(score, value, may, 10) == 23.0


@pytest.mark.parametrize(
    ("change", "told"), [({"customers": 10}, "customers"), ({"weeks": 1}, "weeks"), ({"seeds": 0}, "seeds")]
)
def test_a_plan_that_is_too_small_is_refused(change: dict[str, int], told: str) -> None:
    fields = {"customers": 1_000, "weeks": 2, "seeds": 1, **change}
    with pytest.raises(InvalidInput, match=told):
        UpliftPlan(world="default", **fields).check()


def test_figures_are_read_out() -> None:
    found = {"world": "w", "version": 2, "customers": 1_000, "weeks": 2, "means": {"qini": 0.5}}
    assert lines(found) == ["w v2: 1,000 customers, 2 weeks of lottery", "qini: 0.5000"]


@pytest.mark.soak
def test_a_small_lottery_is_played_to_its_end() -> None:
    told = json_of("sandbox", "uplift", "--customers", "2000", "--weeks", "3", timeout=600)
    (draw,) = told["draws"]
    assert draw["drawn"] == 2 * draw["treated"] > 500
    assert -1 < draw["rank_correlation_propensity"] < 1
