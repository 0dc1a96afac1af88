"""Whether a test can show what it shall show, against statsmodels, a count of days one by one, and clusters by hand."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower, normal_power_het

from tests.loop.makers import AS_OF, running
from wealthloop.experiments import Clusters, Spread, clusters_of
from wealthloop.rehearsal.power import ENTERS_DAYS, LEAST_ALIKE, entering_days, entries, powers
from wealthloop.rehearsal.types import Alike, ArmSize, Power, Sizes
from wealthloop.reports.criterion import judged_by
from wealthloop.reports.design import Fixed
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.parts import RampStep, Stop, Unit

RATE, EFFECT, WINDOW = 0.06, 0.02, 20
EVERYBODY = Fixed(spread=Spread(treated=0.4, control=0.3), cut=None)


def document(*, analysis: str = "fixed", unit: Unit = "customer", **changes: Any) -> Strategy:  # noqa: ANN401 - any field
    """Return a document of one treatment arm of 70 %, judged by conversions within 20 days."""
    found = running("idle-salary").document
    success = found.success.model_copy(
        update={"minimum_worthwhile_effect": EFFECT, "window_days": WINDOW, "analysis": analysis}
    )
    treatment, control = found.arms[0], next(arm for arm in found.arms if arm.control)
    arms = (treatment.model_copy(update={"share": 0.7}), control.model_copy(update={"share": 0.3}))
    return found.model_copy(update={"success": success, "arms": arms, "unit": unit, **changes})


def alike(customers: int = 400, *, mean: float = RATE, sd: float = 0.0) -> Alike:
    return Alike(
        day=AS_OF, audience=900, customers=customers, contacted=0, mean=mean, sd=sd, low=0.0, high=1.0, scored=True
    )


def power_of(
    one: Strategy, *, first: int = 700, later: int = 140, audience: int = 100_000, like: Alike | None = None,
    clusters: Clusters | None = None, drawn: int = 25, fixed: Fixed = EVERYBODY,
) -> Power:  # fmt: skip
    arms = tuple(
        ArmSize(
            arm=arm.name, share=arm.share, control=arm.control, audience=0, with_lead=0, allowed=0,
            clusters=None if clusters is None else drawn + 30 * (not arm.control),
        )
        for arm in one.experiment_arms
    )  # fmt: skip
    sizes = Sizes(customers=audience, audience=audience, with_lead=0, allowed=0, by_channel={}, arms=arms)
    (found,) = powers(
        one, judged_by(one, 1), fixed=fixed, alike=like, first_week=first, later_week=later, sizes=sizes,
        clusters=clusters, as_of=AS_OF,
    )  # fmt: skip
    return found


def has_power(effect: float, n: int, variances: tuple[float, float], share: float = 0.7) -> float:
    spread = (variances[0] / share + variances[1] / (1 - share)) ** 0.5
    return float(normal_power_het(effect, n, 0.05, std_null=spread, std_alternative=spread))


def test_needed_customers_and_the_effect_that_is_found_have_the_power_that_statsmodels_computes() -> None:
    found = power_of(document(), like=alike())
    lifted = RATE + EFFECT
    binary = (lifted * (1 - lifted), RATE * (1 - RATE))
    assert found.basis == "alike"
    assert has_power(EFFECT, found.needed_n, binary) == pytest.approx(0.8, abs=0.002)
    assert found.detectable_effect is not None
    assert has_power(found.detectable_effect, found.at_hand_n, binary) == pytest.approx(0.8, abs=0.002)


@pytest.mark.parametrize("like", [None, alike(LEAST_ALIKE - 1)])
def test_too_few_customers_alike_leave_the_spread_of_everybody(like: Alike | None) -> None:
    found = power_of(document(), like=like)
    assert found.basis == "everybody"
    assert has_power(EFFECT, found.needed_n, (0.16, 0.09)) == pytest.approx(0.8, abs=0.002)
    assert power_of(document(), like=alike(LEAST_ALIKE)).basis == "alike"


def test_an_amount_is_planned_by_the_spread_of_those_alike_where_they_spend_at_all() -> None:
    one = document()
    one = one.model_copy(
        update={"success": one.success.model_copy(update={"metric": "amount", "minimum_worthwhile_effect": 500.0})}
    )
    found, nothing = power_of(one, like=alike(sd=9_000.0)), power_of(one, like=alike(sd=0.0))
    theirs = NormalIndPower().solve_power(500.0 / 9_000.0, alpha=0.05, power=0.8, ratio=0.7 / 0.3)
    assert found.needed_n == pytest.approx(theirs / 0.3, rel=0.001)
    assert (found.basis, nothing.basis) == ("alike", "everybody")


def test_looking_on_any_day_needs_more_than_reading_once() -> None:
    once, any_day = power_of(document()), power_of(document(analysis="always_valid"))
    assert any_day.needed_n / once.needed_n == pytest.approx(1.91, abs=0.02)


def test_arms_share_the_risk_and_each_is_told_its_own_part_of_those_who_enter() -> None:
    one = document()
    treatment, control = one.arms
    second = treatment.model_copy(update={"name": "second", "share": 0.2})
    several = one.model_copy(
        update={
            "arms": (treatment.model_copy(update={"share": 0.4}), second, control.model_copy(update={"share": 0.4}))
        }
    )
    sizes = Sizes(customers=0, audience=100_000, with_lead=0, allowed=0, by_channel={}, arms=())
    first, other = powers(
        several, judged_by(several, 1), fixed=EVERYBODY, alike=None, first_week=700, later_week=140, sizes=sizes,
        clusters=None, as_of=AS_OF,
    )  # fmt: skip
    assert (first.first_week, other.first_week, other.later_week) == pytest.approx((560, 420, 84))
    spread = (0.16 / 0.5 + 0.09 / 0.5) ** 0.5
    assert normal_power_het(EFFECT, first.needed_n, 0.025, std_null=spread) == pytest.approx(0.8, abs=0.002)


def by_hand(one: Strategy, *, first: float, later: float, days: int, launched: date = AS_OF) -> float:
    """Count who enters day by day: an even part of the week, thinned by the ramp step in which the day lies."""
    entered, steps = 0.0, list(one.ramp)
    for day in range(days):
        a_day = first / 7 if launched + timedelta(days=day) < launched + timedelta(days=7) else later / 7
        ends, share = 0, steps[-1].share if steps else 1.0
        for step in reversed(steps):
            ends = sum(other.days for other in steps[: steps.index(step) + 1])
            share = step.share if day < ends else share
        entered += a_day * share
    return entered


RAMP = (RampStep(share=0.1, days=3), RampStep(share=0.5, days=8), RampStep(share=1.0, days=1))


@pytest.mark.parametrize("ramp", [(), RAMP])
@pytest.mark.parametrize("days", [1, 7, 8, 12, 60])
def test_who_has_entered_by_a_day_is_what_a_count_day_by_day_says(ramp: tuple[RampStep, ...], days: int) -> None:
    one = document(ramp=ramp, stop=Stop(max_days=days + WINDOW))
    counted = by_hand(one, first=700, later=140, days=days)
    assert entries(one, first_week=700, later_week=140)[days - 1] == pytest.approx(counted)
    found = power_of(one)
    assert (found.days, found.at_hand_n) == (days, int(counted + 1e-6))


def test_days_until_enough_are_the_first_on_which_the_needed_have_entered_and_their_window_has_closed() -> None:
    one = document(ramp=RAMP)
    found = power_of(one, like=alike())
    assert found.needed_days is not None
    enters = found.needed_days - WINDOW
    assert by_hand(one, first=700, later=140, days=enters) >= found.needed_n
    assert by_hand(one, first=700, later=140, days=enters - 1) < found.needed_n
    assert power_of(one, like=alike(), audience=found.needed_n - 1).needed_days is None
    assert power_of(one, like=alike(), audience=found.needed_n).needed_days is not None


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, ENTERS_DAYS),
        ({"stop": Stop(max_days=50)}, 30),
        ({"stop": Stop(max_days=WINDOW)}, 1),
        ({"not_after": AS_OF + timedelta(days=40)}, 40),
        ({"not_after": AS_OF + timedelta(days=20), "stop": Stop(max_days=50)}, 20),
        ({"not_after": AS_OF - timedelta(days=4)}, 1),
    ],
)
def test_customers_enter_until_the_windows_of_the_last_would_not_close(changes: dict[str, Any], days: int) -> None:
    assert entering_days(document(**changes), as_of=AS_OF) == days


def test_a_test_has_no_more_customers_than_its_audience_or_its_stop_rule_lets_in() -> None:
    one = document()
    assert power_of(one, audience=333).at_hand_n == 333
    assert power_of(one.model_copy(update={"stop": Stop(max_units=50)})).at_hand_n == 50
    nobody = power_of(one, first=0, later=0)
    assert (nobody.at_hand_n, nobody.detectable_effect, nobody.needed_days, nobody.under_powered) == (
        0,
        None,
        None,
        True,
    )


def test_a_test_is_under_powered_below_what_it_needs_and_not_at_it() -> None:
    needed = power_of(document(), like=alike()).needed_n
    enough = document(stop=Stop(max_units=needed))
    assert not power_of(enough, like=alike(), first=9_000).under_powered
    assert power_of(document(stop=Stop(max_units=needed - 1)), like=alike(), first=9_000).under_powered


TEAMS = clusters_of(np.repeat(np.arange(100), 60), rho=0.05)
"""100 clusters of 60 customers."""


def test_clusters_need_the_design_effect_times_the_customers_and_are_read_once() -> None:
    one = document(analysis="always_valid", unit="rm")
    alone, found = power_of(document(), like=alike()), power_of(one, like=alike(), clusters=TEAMS, first=9_000)
    assert found.alike is not None
    assert (found.at_hand_n, found.alike.clusters, found.alike.rho, found.alike.unit) == (6_000, 25, 0.05, "rm")
    assert found.alike.design_effect == pytest.approx(1 + 59 * 0.05)
    assert found.needed_n / TEAMS.design_effect(found.needed_n) == pytest.approx(alone.needed_n, rel=0.05)
    assert found.needed_n > 2.5 * alone.needed_n
    assert alone.detectable_effect is not None
    assert found.detectable_effect is not None
    more = (1 + 59 * 0.05) * alone.at_hand_n / 6_000
    assert found.detectable_effect / alone.detectable_effect == pytest.approx(more**0.5, rel=0.03)
    assert found.needed_days is None
    assert found.under_powered


def test_customers_in_no_cluster_never_enter() -> None:
    assert power_of(document(unit="branch"), clusters=TEAMS, audience=9_000, first=20_000).at_hand_n == 6_000


@pytest.mark.parametrize(("drawn", "under"), [(20, False), (19, True)])
def test_fewer_than_twenty_clusters_in_an_arm_are_never_read(drawn: int, under: bool) -> None:
    big = replace(TEAMS, rho=0.0)
    found = power_of(document(unit="rm"), like=alike(), clusters=big, first=9_000, drawn=drawn)
    assert found.at_hand_n > found.needed_n
    assert found.under_powered is under
