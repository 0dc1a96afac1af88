"""What a yuan more of the day's budget is worth: of the newest night up to a day, none where it had no budget."""

from datetime import timedelta

import pytest

from tests.loop.makers import AS_OF, AT_WORK
from wealthloop.loop.budget import budget_price, priced
from wealthloop.loop.capacity import BUDGET
from wealthloop.loop.models import Run, RunStep


@pytest.mark.django_db
def test_the_price_is_that_of_the_newest_night_up_to_a_day() -> None:
    days = [AS_OF + timedelta(days=n) for n in range(-1, 3)]
    for day, prices in zip(
        days[1:], ({BUDGET: 0.25, "volume:sms": 9.0}, {BUDGET: 1.5}, {"volume:sms": 9.0}), strict=True
    ):
        run = Run.objects.create(run_id=f"r{day}", as_of=day, inputs={}, started_at=AT_WORK)
        RunStep.objects.create(run=run, name="leads", counts=priced({BUDGET: 7.0}), seconds=1.0)
        RunStep.objects.create(run=run, name="plan", counts=priced(prices), seconds=1.0)
    assert [budget_price(day) for day in days] == [None, 0.25, 1.5, None]


def test_a_budget_that_binds_nothing_has_a_price_and_no_budget_has_none() -> None:
    assert [len(priced(prices)) for prices in ({BUDGET: 0.0}, {})] == [1, 0]
