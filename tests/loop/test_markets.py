"""Ways to choose stand against each other in markets of their own, with their customers and their part of capacity."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from tests.loop.makers import AS_OF, AT_WORK, SALT, option, profile, running
from tests.loop.test_holdout import design, write
from wealthloop import ledger
from wealthloop.kit import Home
from wealthloop.loop.explore import Drawn, GivenUp
from wealthloop.loop.markets import market_of, parted, plan_markets
from wealthloop.loop.night import run_night
from wealthloop.loop.options import Option
from wealthloop.loop.plan import Lottery, NightPlan, no_lottery, plan_night
from wealthloop.loop.rules import RULES, Known
from wealthloop.strategies.designs import StandingDesign, _wanted
from wealthloop.strategies.standing import Experiments
from wealthloop.strategies.valuebook import load_value_book

A, M = running("idle-salary"), running("maturity-care")
KNOWN = Known(seed="night", book=load_value_book())
CUSTOMERS = [f"C{n}" for n in range(400)]
ROOM = {"volume:sms": 100, "rm:S1": 10, "strategy:idle-salary": 400, "strategy:maturity-care": 400}


def rule(name: str = "random_action", *, share: float = 0.1, low: float = 0.0) -> StandingDesign:
    return design(
        kind="rule", name=name, share=share, exempt_tiers=["private"], place=(low, low + 2 * share),
    )  # fmt: skip


def plan(
    options: list[Option], *designs: StandingDesign, tier: str = "mass", lottery: Lottery = no_lottery
) -> NightPlan:
    return plan_markets(
        options, ROOM, designs, profiles={one: profile(tier=tier) for one in CUSTOMERS}, salt=SALT, known=KNOWN,
        lottery=lottery, plan=partial(plan_night, salt=SALT, members={}),
    )  # fmt: skip


def test_each_arm_has_its_share_of_customers_and_of_every_capacity_but_peoples() -> None:
    options = [option(one, A, "sms", 100 + place) for place, one in enumerate(CUSTOMERS)]
    found = plan(options, rule())
    sizes = Counter(market_of(one, [rule()], "mass", salt=SALT) for one in options)
    named = {None if market is None else market.name: size for market, size in sizes.items()}
    assert named["random_action/2026Q4/platform"] / 400 == pytest.approx(0.1, abs=0.04)
    assert named["random_action/2026Q4/random_action"] / 400 == pytest.approx(0.1, abs=0.04)
    chosen = Counter(one.market for one in found.planned if not one.refill)
    assert chosen["random_action/2026Q4/platform"] == chosen["random_action/2026Q4/random_action"] == 10
    assert chosen[None] == 80
    kept, rooms = parted(ROOM, [market for market in sizes if market is not None])
    assert kept["rm:S1"] == 10
    assert all("rm:S1" not in room for room in rooms.values())


def test_the_platform_takes_the_best_of_its_market_and_the_rule_whatever_it_draws() -> None:
    options = [option(one, A, "sms", 100 + place) for place, one in enumerate(CUSTOMERS)]
    costs = GivenUp(lotteries=1, value=0.5)
    found = plan(
        options, rule(), lottery=lambda those, *_: [Drawn(option=one, propensity=1.0, given_up=costs) for one in those]
    )
    assert found.exploration == GivenUp(lotteries=90, value=45.0)
    value = Counter[str | None]()
    for one in found.planned:
        if not one.refill:
            value[one.market] += one.option.net_value
    assert value["random_action/2026Q4/platform"] > 1.2 * value["random_action/2026Q4/random_action"]
    assert {one.price for one in found.planned if one.market == "random_action/2026Q4/random_action"} == {0}
    assert found.objective == sum(
        one.option.net_value
        for one in found.planned
        if not one.refill and one.market != "random_action/2026Q4/random_action"
    )


@pytest.mark.parametrize(("costs", "together"), [((5, 7, 9), 21), ((5, None, 9), None)])
def test_what_the_preference_costs_is_that_of_every_market_or_of_none(
    costs: tuple[int | None, ...], together: int | None
) -> None:
    turn = iter(costs)

    def planner(*_: object, **__: object) -> NightPlan:
        return NightPlan(planned=(), objective=0, upper_bound=0, worth=0, preference_cost=next(turn), prices={})

    found = plan_markets(
        [], ROOM, [rule()], profiles={}, salt=SALT, known=KNOWN, lottery=no_lottery, plan=planner
    )  # fmt: skip
    assert found.preference_cost == together


def test_people_and_private_customers_stay_in_the_whole_banks_plan() -> None:
    wide = rule(share=0.4)
    inside = next(one for one in CUSTOMERS if wide.arm_of(SALT, one) is not None)
    by_people, by_message = option(inside, M, "rm", 100), option(inside, A, "sms", 900)
    assert market_of(by_people, [wide], "mass", salt=SALT) is None
    assert market_of(by_message, [wide], "private", salt=SALT) is None
    assert market_of(by_message, [wide], "mass", salt=SALT) is not None
    assert [one.option.possible.channel for one in plan([by_people, by_message], wide).planned] == ["rm"]


def test_i9_no_customer_is_in_two_markets_and_every_rule_has_customers_of_its_own() -> None:
    settings = Experiments.model_validate(
        {
            "exploration": {"share": 0, "within": 0}, "universal": {"share": 0},
            "rule": [{"name": name, "share": 0.1} for name in RULES],
        }
    )  # fmt: skip
    every = list(_wanted(settings, AS_OF, ("cash_management",)))
    for customer in CUSTOMERS:
        assert sum(one.arm_of(SALT, customer) is not None for one in every) == 1


@pytest.mark.parametrize("name", list(RULES))
def test_every_rule_gives_each_option_a_value(name: str) -> None:
    options = [
        replace(option(one, A, channel, 100), amount=5_000_000)
        for one in CUSTOMERS[:30]
        for channel in ("sms", "wechat")
    ]
    values = RULES[name](options, KNOWN)  # type: ignore[index]
    assert len(values) == 60
    assert all(isinstance(one, int) for one in values)
    assert values == RULES[name](options, KNOWN)  # type: ignore[index]
    assert max(values) > 0


def test_no_levers_takes_the_strategic_weight_out_and_eligibility_serves_who_waited_longest() -> None:
    weight = float(KNOWN.book.worth["cash_management"].strategic_weight)
    one = option("C1", A, "sms", 100)
    plain = KNOWN.book.value("cash_management", one.amount) / (weight or 1.0)
    assert RULES["no_levers"]([one], KNOWN)[0] == pytest.approx(0.1 * plain, abs=1)
    first, second = (
        RULES["eligibility_only"]([option("C1", A, channel, 1)], KNOWN)[0] for channel in ("app_push", "sms")
    )
    assert first > second


@pytest.mark.django_db
@pytest.mark.usefixtures("described")
def test_a_night_writes_the_market_of_what_it_chose(bank_home: Home) -> None:
    write(bank_home, '[[rule]]\nname = "random_action"\nshare = 0.1\n', universal=0)
    run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    rows = ledger.read(bank_home).to_pylist()
    assert {row["market"] for row in rows} <= {
        None, "random_action/2026Q4/platform", "random_action/2026Q4/random_action",
    }  # fmt: skip
    assert all(row["channel"] not in {"rm", "remote_agent"} for row in rows if row["market"])
