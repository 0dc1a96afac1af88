"""The lottery among near-best choices: within capacity, with the probabilities that it says, and blind to arms."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loop.makers import SALT, option, running
from tests.policies.build import product
from wealthloop.loop.explore import Drawn, GivenUp, explore
from wealthloop.loop.options import Option
from wealthloop.loop.plan import plan_night
from wealthloop.strategies.standing import Exploration

A = running("idle-salary")
ROOM = {"strategy:idle-salary": 1000, "volume:sms": 1000, "volume:wechat": 1000}
FREE = dict.fromkeys(ROOM, 0.0)
RULES = Exploration(share=0.4, within=0.25)


def drawn(
    chosen: list[Option],
    more: Mapping[str, list[Option]],
    *,
    capacities: Mapping[str, int] | None = None,
    prices: Mapping[str, float] | None = None,
    rules: Exploration = RULES,
    seed: str = "night",
) -> list[Drawn]:
    return explore(
        chosen, prices or FREE, capacities or ROOM, others=lambda one: more.get(one.customer_id, []), rules=rules,
        seed=seed,
    )  # fmt: skip


def sms(customer: str, value: int = 1000) -> Option:
    return option(customer, A, "sms", value)


def wechat(customer: str, value: int = 900) -> Option:
    return option(customer, A, "wechat", value)


def bonds(customer: str, value: int = 950) -> Option:
    """Return the same contact by SMS with a product of another category."""
    made = option(customer, A, "sms", value)
    return replace(made, possible=replace(made.possible, product=product(product_id="B", category="bond_fund")))


def test_a_choice_is_drawn_as_often_as_its_probability_says() -> None:
    customers = [f"C{n}" for n in range(3000)]
    found = drawn(
        [sms(one) for one in customers], {one: [wechat(one), bonds(one)] for one in customers},
        capacities=dict.fromkeys(ROOM, 9999),
    )  # fmt: skip
    counts = Counter((one.option.possible.channel, one.option.possible.category) for one in found)
    probability = {one.option.action_id.rsplit("/")[-1]: one.propensity for one in found}
    assert counts["sms", "cash_management"] / 3000 == pytest.approx(0.6, abs=0.03)
    assert counts["wechat", "cash_management"] / 3000 == pytest.approx(0.2, abs=0.025)
    assert counts["sms", "bond_fund"] / 3000 == pytest.approx(0.2, abs=0.025)
    assert probability["wechat"] == pytest.approx(0.2)
    assert {one.lottery for one in found} == {"sms/cash_management=0.6,sms/bond_fund=0.2,wechat/cash_management=0.2"}
    cost = sum((one.given_up for one in found), GivenUp())
    assert cost.lotteries == 3000
    assert cost.otherwise == 3000 - counts["sms", "cash_management"]
    assert cost.value == cost.objective == pytest.approx(3000 * (0.2 * 50 + 0.2 * 100))
    assert cost.drawn_value == 50 * counts["sms", "bond_fund"] + 100 * counts["wechat", "cash_management"]
    assert cost.drawn_value == pytest.approx(cost.value, rel=0.1)


def test_what_a_draw_gives_up_is_said_in_value_and_in_what_choices_count_for() -> None:
    best, other = sms("C1"), replace(wechat("C1", 1200), preference=0.7)
    rules = Exploration(share=0.5, within=0.25)
    seeds = {
        one.given_up.otherwise: one
        for n in range(20)
        for one in drawn([best], {"C1": [other]}, rules=rules, seed=f"{n}")
    }
    for otherwise, lottery in seeds.items():
        cost = lottery.given_up
        assert (cost.lotteries, cost.value, cost.objective) == (1, 0.5 * -200, 0.5 * (1000 - 840))
        assert (cost.drawn_value, cost.drawn_objective) == (-200 * otherwise, 160 * otherwise)
    assert set(seeds) == {0, 1}
    assert seeds[1].given_up.counts == {
        "lotteries": 1, "drawn_otherwise": 1, "exploration_cost_fen": -100, "exploration_objective_cost_fen": 80,
        "exploration_drawn_cost_fen": -200, "exploration_drawn_objective_cost_fen": 160,
    }  # fmt: skip


def test_inverse_probability_weights_give_what_each_choice_would_bring() -> None:
    customers = [f"C{n}" for n in range(3000)]
    few = {**ROOM, "strategy:idle-salary": 9999, "volume:sms": 9999, "volume:wechat": 300}
    found = drawn([sms(one) for one in customers], {one: [wechat(one)] for one in customers}, capacities=few)
    drawn_for = [one for one in found if one.lottery is not None]
    truth = {"sms": 10.0, "wechat": 7.0}
    assert 300 <= len(drawn_for) < 3000
    for channel, value in truth.items():
        ours = [one for one in drawn_for if one.option.possible.channel == channel]
        assert sum(value / one.propensity for one in ours) / len(drawn_for) == pytest.approx(value, rel=0.15)


def test_what_is_behind_by_more_than_the_stated_share_at_the_nights_prices_is_not_drawn() -> None:
    near, far = wechat("C1", 750), wechat("C2", 749)
    found = drawn([sms("C1"), sms("C2")], {"C1": [near], "C2": [far]})
    assert [one.lottery is not None for one in found] == [True, False]
    dear = {**FREE, "volume:wechat": 1.0}
    assert drawn([sms("C1")], {"C1": [near]}, prices=dear)[0] == Drawn(option=sms("C1"), propensity=1.0)
    cheap = {**FREE, "volume:sms": 1.0}
    assert drawn([sms("C2")], {"C2": [far]}, prices=cheap)[0].propensity < 1.0


def test_nothing_is_drawn_where_the_home_explores_nothing() -> None:
    found = drawn([sms("C1")], {"C1": [wechat("C1")]}, rules=Exploration(share=0.0, within=1.0))
    assert found == [Drawn(option=sms("C1"), propensity=1.0)]


def test_what_brings_nothing_or_has_no_room_at_its_turn_is_not_drawn() -> None:
    rules = Exploration(share=0.5, within=1.0)
    assert drawn([sms("C1")], {"C1": [wechat("C1", 0)]}, rules=rules)[0].lottery is None
    full = {**ROOM, "volume:wechat": 0}
    assert drawn([sms("C1")], {"C1": [wechat("C1")]}, capacities=full)[0].given_up == GivenUp()


def test_the_plan_draws_before_the_arms_and_logs_the_lottery() -> None:
    customers = [f"C{n}" for n in range(60)]
    more = {one: [wechat(one)] for one in customers}

    def lottery(chosen: list[Option], prices: Mapping[str, float], capacities: Mapping[str, int]) -> list[Drawn]:
        return drawn(chosen, more, capacities=capacities, prices=prices)

    plans = [
        plan_night([sms(one) for one in customers], ROOM, salt=salt, members={}, lottery=lottery)  # type: ignore[arg-type]
        for salt in (SALT, "another")
    ]
    first, second = ([(one.option.action_id, one.lottery) for one in plan.planned] for plan in plans)
    assert first == second
    assert [one.arm for one in plans[0].planned] != [one.arm for one in plans[1].planned]
    assert {one.propensity for one in plans[0].planned} == {0.6, 0.4}
    assert plans[0].worth == 60 * 1000
    assert plans[0].exploration.value == pytest.approx(60 * 0.4 * 100)
    assert sum(one.option.net_value for one in plans[0].planned) == plans[0].worth - plans[0].exploration.drawn_value


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    room=st.tuples(st.integers(0, 6), st.integers(0, 6)), size=st.integers(1, 12), seed=st.sampled_from(["a", "b", "c"])
)
def test_no_capacity_is_exceeded_and_the_order_of_choices_does_not_matter(
    room: tuple[int, int], size: int, seed: str
) -> None:
    customers = [f"C{n}" for n in range(min(size, room[0]))]
    capacities = {**ROOM, "volume:sms": room[0], "volume:wechat": room[1]}
    more = {one: [wechat(one), bonds(one)] for one in customers}
    chosen = [sms(one) for one in customers]
    found = drawn(chosen, more, capacities=capacities, seed=seed)
    used = Counter[str]()
    for one in found:
        used.update(one.option.uses)
    assert all(used[name] <= units for name, units in capacities.items())
    again = drawn(chosen[::-1], more, capacities=capacities, seed=seed)
    assert again[::-1] == found
