"""The plan is blind to the arms, holds every capacity, and gives freed slots only to customers outside."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loop.makers import SALT, customers_in, option, running, some
from wealthloop.experiments import assign
from wealthloop.loop.options import Option
from wealthloop.loop.plan import NightPlan, plan_night
from wealthloop.loop.prices import price_table

A, B = running("idle-salary"), running("stay-close")
SMS = "volume:sms"
ENOUGH = {"strategy:idle-salary": 100, "strategy:stay-close": 100, "volume:app_push": 100, "volume:wechat": 100}
IN_CONTROL = some(customers_in(A, control=True), 12)
IN_TREATMENT = some(customers_in(A, control=False), 12)


def plan(
    options: Sequence[Option],
    *,
    capacities: Mapping[str, int],
    members: Mapping[str, set[str]] | None = None,
    salt: str = SALT,
) -> NightPlan:
    return plan_night(options, {**ENOUGH, **capacities}, salt=salt, members=members or {})


def chosen(found: NightPlan) -> dict[str, tuple[str, bool, bool]]:
    return {one.option.customer_id: (one.option.action_id, one.refill, one.arm.control) for one in found.planned}


def outsider() -> str:
    return next(customer for customer in customers_in(B, control=False) if customer not in IN_CONTROL)


def test_a_slot_that_control_frees_goes_to_a_customer_outside_the_experiment() -> None:
    withheld, other = option(IN_CONTROL[0], A, "sms", 100), option(outsider(), B, "sms", 50)
    found = chosen(plan([withheld, other], capacities={SMS: 1}))
    assert found == {
        IN_CONTROL[0]: (withheld.action_id, False, True),
        outsider(): (other.action_id, True, False),
    }


def test_the_budget_holds_the_contacts_and_what_costs_nothing_takes_none_of_it() -> None:
    paid = [replace(option(one, A, "sms", 100 - place), budget_cost=5) for place, one in enumerate(IN_TREATMENT[:3])]
    other = next(customer for customer in customers_in(B, control=False) if customer not in IN_CONTROL + IN_TREATMENT)
    free = replace(option(other, B, "wechat", 1), budget_cost=0)
    found = chosen(plan([*paid, free], capacities={SMS: 9, "budget": 12}))
    assert set(found) == {*IN_TREATMENT[:2], other}


def test_a_budget_that_control_frees_goes_outside_its_experiment_and_only_to_those_who_need_it() -> None:
    withheld, inside = (replace(option(one, A, "sms", 9), budget_cost=5) for one in (IN_CONTROL[0], IN_TREATMENT[0]))
    other, free = (replace(option(outsider(), B, "wechat", 4), budget_cost=cost) for cost in (5, 0))
    capacities = {SMS: 1, "budget": 5}
    assert chosen(plan([withheld, other], capacities=capacities))[outsider()] == (other.action_id, True, False)
    assert set(chosen(plan([replace(withheld, sale_value=10**6), inside], capacities=capacities))) == {IN_CONTROL[0]}
    assert chosen(plan([withheld, free], capacities=capacities))[outsider()] == (free.action_id, False, False)


def test_a_strategys_own_budget_is_never_exceeded() -> None:
    small = running("idle-salary", budget_yuan=1)
    paid = [replace(option(one, small, "sms", 100 - place), cost=40) for place, one in enumerate(IN_TREATMENT[:4])]
    found = chosen(plan(paid, capacities={SMS: 9, "spend:idle-salary": 100}))
    assert set(found) == set(IN_TREATMENT[:2])
    assert chosen(plan(paid, capacities={SMS: 9, "spend:idle-salary": 0})) == {}


def test_no_slot_is_freed_by_treatment() -> None:
    sent, other = option(IN_TREATMENT[0], A, "sms", 100), option(outsider(), B, "sms", 50)
    assert set(chosen(plan([sent, other], capacities={SMS: 1}))) == {IN_TREATMENT[0]}


def test_what_treatment_takes_is_gone() -> None:
    others = some((one for one in customers_in(B, control=False) if one not in IN_CONTROL + IN_TREATMENT), 3)
    options = [option(IN_CONTROL[0], A, "sms", 100), option(IN_TREATMENT[0], A, "sms", 90)]
    options += [option(customer, B, "sms", 50 - place) for place, customer in enumerate(others)]
    assert set(chosen(plan(options, capacities={SMS: 2}))) == {IN_CONTROL[0], IN_TREATMENT[0], others[0]}


def test_a_unit_of_the_experiment_that_freed_a_slot_never_takes_it() -> None:
    withheld, other = option(IN_CONTROL[0], A, "sms", 100), option(outsider(), B, "sms", 50)
    found = chosen(plan([withheld, other], capacities={SMS: 1}, members={"idle-salary": {outsider()}}))
    assert set(found) == {IN_CONTROL[0]}


def test_a_candidate_of_the_experiment_that_freed_a_slot_never_takes_it_for_another_strategy() -> None:
    withheld = option(IN_CONTROL[0], A, "sms", 100)
    candidate = [option(outsider(), A, "sms", 60), option(outsider(), B, "sms", 50)]
    found = chosen(plan([withheld, *candidate], capacities={SMS: 1}))
    assert set(found) == {IN_CONTROL[0]}


def test_the_next_candidate_of_the_same_strategy_never_takes_a_freed_slot() -> None:
    options = [option(IN_CONTROL[0], A, "sms", 100), option(IN_TREATMENT[0], A, "sms", 90)]
    assert set(chosen(plan(options, capacities={SMS: 1}))) == {IN_CONTROL[0]}


def test_who_takes_a_freed_slot_draws_an_arm_of_the_own_experiment() -> None:
    unlucky = next(customer for customer in customers_in(B, control=True) if customer not in IN_CONTROL)
    found = chosen(plan([option(IN_CONTROL[0], A, "sms", 100), option(unlucky, B, "sms", 50)], capacities={SMS: 1}))
    assert found[unlucky][1:] == (True, True)


def test_a_resource_without_a_capacity_has_no_room() -> None:
    options = [option("C1", running("maturity-care"), "rm", 100)]
    assert plan(options, capacities={"strategy:maturity-care": 5}).planned == ()


def test_what_is_worth_nothing_is_not_planned() -> None:
    assert plan([option("C1", A, "sms", 0), option("C2", A, "sms", -5)], capacities={SMS: 9}).planned == ()


def test_the_price_of_a_planned_contact_is_what_its_resources_would_bring() -> None:
    options = [option(customer, A, "sms", 100 - 10 * place) for place, customer in enumerate(IN_TREATMENT[:3])]
    prices = {one.option.customer_id: one.price for one in plan(options, capacities={SMS: 2}).planned}
    assert prices == dict.fromkeys(IN_TREATMENT[:2], 80) or prices == dict.fromkeys(IN_TREATMENT[:2], 90)


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[Option], dict[str, int], dict[str, set[str]]]:
    customers = draw(st.lists(st.sampled_from([f"C{n}" for n in range(40)]), min_size=1, max_size=25, unique=True))
    options = [
        option(customer, strategy, channel, draw(st.integers(-20, 200)))
        for customer in customers
        for strategy in (A, B)
        for channel in ("sms", "wechat")
        if draw(st.booleans())
    ]
    room = st.integers(0, 6)
    capacities = {
        SMS: draw(room), "volume:wechat": draw(room), "strategy:idle-salary": draw(room),
        "strategy:stay-close": draw(room),
    }  # fmt: skip
    members = {"idle-salary": set(draw(st.lists(st.sampled_from(customers), max_size=3)))}
    return options, capacities, members


@settings(max_examples=40, deadline=None, derandomize=True)
@given(market=markets(), salt=st.sampled_from(["a", "b", "c"]))
def test_i10_no_capacity_is_exceeded_by_what_is_sent_and_freed_slots_stay_outside(
    market: tuple[list[Option], dict[str, int], dict[str, set[str]]], salt: str
) -> None:
    options, capacities, members = market
    found = plan_night(options, capacities, salt=salt, members=members).planned
    sent = Counter[str]()
    for one in found:
        if not one.arm.control:
            sent.update(one.option.uses)
    assert all(sent[name] <= units for name, units in capacities.items())
    customers = [one.option.customer_id for one in found]
    assert len(customers) == len(set(customers))
    units = {name: set(several) for name, several in members.items()}
    for each in options:
        units.setdefault(each.strategy_id, set()).add(each.customer_id)
    for one in found:
        freed = [other for other in found if other.arm.control and not other.refill]
        givers = [other for other in freed if other.option.uses.keys() & one.option.uses.keys()]
        if one.refill:
            assert givers
            assert not any(one.option.customer_id in units[other.option.strategy_id] for other in givers)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(market=markets(), salts=st.tuples(st.text("ab", min_size=1), st.text("cd", min_size=1)))
def test_i9_the_blind_plan_does_not_know_the_arms_and_the_arms_do_not_know_the_plan(
    market: tuple[list[Option], dict[str, int], dict[str, set[str]]], salts: tuple[str, str]
) -> None:
    options, capacities, members = market
    plans = [plan_night(options, capacities, salt=salt, members=members) for salt in salts]
    blind = [[one.option.action_id for one in found.planned if not one.refill] for found in plans]
    assert blind[0] == blind[1]
    for salt, found in zip(salts, plans, strict=True):
        for one in found.planned:
            strategy = one.option.strategy
            assert one.arm == assign(salt, strategy.experiment, one.option.customer_id, strategy.arms)


@pytest.mark.parametrize("turn", [1, 7])
def test_i14_the_order_of_the_options_does_not_matter(turn: int) -> None:
    customers = [*IN_CONTROL[:6], *IN_TREATMENT[:6]]
    options = [option(customer, A, "sms", 100 + place) for place, customer in enumerate(customers)]
    options += [option(customer, B, "sms", 90 + place) for place, customer in enumerate(customers[::2])]
    options += [option(outsider(), B, "sms", 20)]
    turned = [*options[turn:], *options[:turn]][::-1]
    capacities = {SMS: 5, "strategy:idle-salary": 4}
    assert chosen(plan(options, capacities=capacities)) == chosen(plan(turned, capacities=capacities))


def test_a_nights_prices_count_what_the_blind_plan_takes_and_not_who_takes_freed_slots() -> None:
    options = [option(IN_CONTROL[0], A, "sms", 100), option(outsider(), B, "sms", 50)]
    room = {**ENOUGH, SMS: 1}
    kept = {row["resource"]: row for row in price_table(plan(options, capacities=room), room).to_pylist()}
    assert kept[SMS] == {"resource": SMS, "capacity": 1, "used": 1, "price": pytest.approx(50)}
    assert kept["strategy:stay-close"] == {"resource": "strategy:stay-close", "capacity": 100, "used": 0, "price": 0}
    assert list(kept) == sorted(room)


@pytest.mark.parametrize("start", [None, {SMS: 60.0, "volume:fax": 3.0}, {SMS: 5_000.0}])
def test_many_candidates_stay_within_their_certificate_from_whatever_prices_they_set_out(
    monkeypatch: pytest.MonkeyPatch, start: dict[str, float] | None
) -> None:
    options = [option(f"C{n}", A, channel, 20 + 7 * n % 101) for n in range(150) for channel in ("sms", "wechat")]
    room = {SMS: 30, "volume:wechat": 20, "strategy:idle-salary": 400, "strategy:stay-close": 400}
    best = plan_night(options, room, salt=SALT, members={}, start=start)
    monkeypatch.setattr(import_module("wealthloop.allocation.solve"), "LARGE", 1)
    found = plan_night(options, room, salt=SALT, members={}, start=start)
    used = Counter(name for one in found.planned if not one.refill for name in one.option.uses)
    assert all(used[name] <= units for name, units in room.items())
    assert found.objective <= best.objective <= found.upper_bound <= 1.02 * found.objective
