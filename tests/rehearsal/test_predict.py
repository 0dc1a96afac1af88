"""The numbers that a launch is held to, and what customers alike did by themselves, against independent sources."""

from datetime import timedelta
from math import hypot, sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from tests.features.small_bank import customer
from tests.loop.makers import AS_OF, night_of, option, running
from tests.reports.worlds import PRODUCTS, MemoryBank, buy, criterion
from wealthloop.engines import DuckDBEngine
from wealthloop.experiments import Arm
from wealthloop.kit import Home
from wealthloop.loop.options import Option
from wealthloop.loop.plan import Planned
from wealthloop.rehearsal import alike as alikes
from wealthloop.rehearsal.alike import alike
from wealthloop.rehearsal.candidate import Candidate
from wealthloop.rehearsal.predict import (
    LEAST_SPREAD,
    audience_forecast,
    control_forecast,
    counts_of,
    days_forecast,
    effect_forecast,
    units_of_plan,
)
from wealthloop.rehearsal.types import Alike, Power, Z

MINE = running("maturity-care")


def planned(one: Option, *, held_by: str | None = None) -> Planned:
    return Planned(
        option=one, arm=Arm(name="contact", share=0.5, control=False), price=0, refill=False, held_by=held_by
    )


def past(**changes: Any) -> Alike:  # noqa: ANN401 - any field
    given: dict[str, Any] = {
        "day": AS_OF, "audience": 900, "customers": 400, "contacted": 0, "mean": 0.1, "sd": 0.3, "low": 0.08,
        "high": 0.14, "scored": True,
    }  # fmt: skip
    return Alike(**(given | changes))


def test_a_forecasts_interval_holds_nine_in_ten_of_a_normal_law() -> None:
    assert stats.norm.cdf(Z) - stats.norm.cdf(-Z) == pytest.approx(0.9)


def test_a_week_counts_each_customer_once_and_contacts_by_channel_and_no_unit_that_is_held() -> None:
    plan = [
        planned(option("A", MINE, "rm", 9)), planned(option("A", MINE, "remote_agent", 9)),
        planned(option("B", MINE, "rm", 9)), planned(option("C", MINE, "rm", 9), held_by="universal/2026Q4"),
    ]  # fmt: skip
    assert units_of_plan(plan) == {"A", "B"}
    found = {one.name: one for one in counts_of("later_week", plan, ("rm", "remote_agent", "sms"))}
    assert {name: one.expected for name, one in found.items()} == {
        "units_later_week": 2, "contacts_later_week/rm": 3, "contacts_later_week/remote_agent": 1,
        "contacts_later_week/sms": 0,
    }  # fmt: skip
    assert found["contacts_later_week/rm"].sd == pytest.approx(hypot(sqrt(3), LEAST_SPREAD * 3))
    assert found["contacts_later_week/sms"].sd == 1.0


@pytest.mark.parametrize(("before", "sd"), [(None, 30.0), (890, 30.0), (700, 200.0), (1_100, 200.0)])
def test_an_audience_may_move_as_it_has_moved_since_a_past_day(before: int | None, sd: float) -> None:
    found = audience_forecast(900, None if before is None else past(audience=before))
    assert (found.expected, found.sd) == (900.0, sd)


def test_an_effect_is_the_mean_of_the_planned_in_the_metrics_unit() -> None:
    plan = [planned(option("A", MINE, "rm", 9)), planned(option("B", MINE, "rm", 9))]
    (share,) = effect_forecast(plan, criterion())
    (amount,) = effect_forecast(plan, criterion(metric="amount"))
    assert share.expected == pytest.approx(0.1)
    assert share.basis == "prior"
    assert share.sd == pytest.approx(0.1 / (2 * stats.norm.ppf(0.975)))
    assert (amount.expected, amount.sd) == pytest.approx((10.0, 100 * share.sd))
    assert effect_forecast([], criterion()) == ()


def test_control_does_what_customers_alike_did_give_or_take_a_quarter() -> None:
    (found,) = control_forecast(past())
    assert found.expected == 0.1
    assert found.sd == pytest.approx(hypot(0.06 / (2 * stats.norm.ppf(0.975)), 0.025))
    assert control_forecast(None) == ()


def test_an_arm_that_never_has_enough_foretells_no_days() -> None:
    def power(days: int | None) -> Power:
        return Power(
            arm="contact", minimum_worthwhile_effect=0.05, needed_n=6, first_week=1.0, later_week=1.0, at_hand_n=6,
            days=90, needed_days=days, detectable_effect=0.05, basis="alike",
        )  # fmt: skip

    assert [(one.name, one.expected, one.sd) for one in days_forecast([power(40), power(None)])] == [
        ("days/contact", 40, 10.0)
    ]


# What customers alike did by themselves.


def on(offset: int) -> Any:  # noqa: ANN401 - a day
    return AS_OF + timedelta(days=offset)


@pytest.fixture
def did(home: Home, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Give what 40 customers did in the ten days after AS_OF, of whom some were contacted."""
    monkeypatch.setattr(alikes, "_chooses", lambda *_: True)
    contacts = [
        {"contact_id": f"X{n}", "customer_id": f"C{n}", "at_day": on(day), "channel": "rm", "outcome": outcome}
        for n, (day, outcome) in enumerate(
            [(1, "sent"), (10, None), (0, "sent"), (11, "sent"), (5, "failed"), (5, "expired"), (5, "suppressed")]
        )
    ]
    buys = [buy(n, f"C{n}", on(1 + n % 10), amount=-100 * (n + 1)) for n in range(0, 40, 4)]
    buys += [buy(90, "C5", on(0)), buy(91, "C6", on(11)), buy(92, "C7", on(3), product_id="P2")]
    people = [customer(f"C{n}") for n in range(40)]
    bank = MemoryBank(engine, {"customers": people, "products": PRODUCTS, "transactions": buys, "contacts": contacts})
    night = night_of(home, engine, bank)
    mine = Candidate(mine=MINE, others=(), replaces=None)

    def found(metric: Any, *, cut: float | None = None, who: int = 40) -> Alike | None:  # noqa: ANN401 - a metric
        return alike(night, mine, frozenset(f"C{n}" for n in range(who)), 77, criterion(metric=metric), cut)

    return found


def test_only_customers_whom_nobody_contacted_in_the_window_are_looked_at(did: Any) -> None:  # noqa: ANN401
    found = did("conversion")
    assert (found.customers, found.contacted, found.audience, found.day) == (38, 2, 77, AS_OF)
    assert found.mean == pytest.approx(9 / 38)
    low, high = proportion_confint(9, 38, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high))


def test_amounts_are_cut_and_have_the_interval_of_a_mean(did: Any) -> None:  # noqa: ANN401
    values = np.zeros(38)
    values[:9] = np.minimum(100.0 * (np.arange(4, 40, 4) + 1), 2_000.0)
    found = did("amount", cut=2_000.0)
    assert (found.mean, found.sd) == pytest.approx((values.mean(), values.std()))
    half = stats.norm.ppf(0.975) * values.std() / sqrt(38)
    assert (found.low, found.high) == pytest.approx((max(0.0, values.mean() - half), values.mean() + half))


def test_where_everybody_was_contacted_nobody_is_alike(did: Any) -> None:  # noqa: ANN401
    assert did("conversion", who=2) is None
