"""Floors of branches and strategies: met by exchanges within every capacity, at the least loss, or missed and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.loop.conftest import Prepared
from tests.loop.makers import AS_OF, AT_WORK, SALT, option, running
from wealthloop import insight, ledger
from wealthloop.kit import Home
from wealthloop.loop.floors import Floored, Floors, meet_floors
from wealthloop.loop.night import run_night
from wealthloop.loop.options import Option
from wealthloop.loop.plan import NightPlan, plan_night
from wealthloop.strategies import life
from wealthloop.strategies.load import shipped

A, B = running("idle-salary"), running("stay-close")
SMS, WECHAT = "volume:sms", "volume:wechat"
BRANCH_OF = {f"C{n}": ("north", "south", "west", None)[n % 4] for n in range(400)}
PLENTY = {"strategy:idle-salary": 400, "strategy:stay-close": 400, SMS: 400, WECHAT: 400}


def plan(
    options: Sequence[Option], room: dict[str, int], least: dict[str, int] | None = None, salt: str = SALT
) -> NightPlan:
    floors = None if least is None else Floors(least=named(least), branch_of=BRANCH_OF)
    return plan_night(options, {**PLENTY, **room}, salt=salt, members={}, floors=floors)


def named(least: dict[str, int]) -> dict[str, int]:
    """Return floors by group; a name without a kind is a branch's."""
    return {name if ":" in name else f"branch:{name}": units for name, units in least.items()}


def blind(found: NightPlan) -> dict[str, str]:
    return {one.option.customer_id: one.option.action_id for one in found.planned if not one.refill}


def in_branch(found: NightPlan) -> Counter[str | None]:
    return Counter(BRANCH_OF[one] for one in blind(found))


def in_group(found: NightPlan) -> Counter[str]:
    strategies = (one.option.strategy_id for one in found.planned if not one.refill)
    return Counter({f"branch:{name}": n for name, n in in_branch(found).items()}) + Counter(
        f"strategy:{name}" for name in strategies
    )


def north_and_south(north: int, south: int) -> list[Option]:
    """Options by SMS, those of the north worth 100 and more, those of the south 10 and more."""
    return [
        *(option(f"C{4 * n}", A, "sms", 100 + n) for n in range(north)),
        *(option(f"C{4 * n + 1}", A, "sms", 10 + n) for n in range(south)),
    ]


def test_a_branch_that_is_short_gets_its_best_contacts_in_the_room_of_the_cheapest_of_others() -> None:
    options = north_and_south(10, 10)
    free, held = plan(options, {SMS: 8}), plan(options, {SMS: 8}, {"south": 3})
    assert in_branch(free) == {"north": 8}
    assert in_branch(held) == {"north": 5, "south": 3}
    assert {f"C{4 * n + 1}" for n in (9, 8, 7)} < blind(held).keys()
    assert {f"C{4 * n}" for n in (5, 6, 7, 8, 9)} < blind(held).keys()
    assert held.floor_cost == free.worth - held.worth == (102 + 103 + 104) - (19 + 18 + 17)
    assert held.objective == free.objective - held.floor_cost
    assert held.floors == (Floored(group="branch:south", least=3, before=0, planned=3, why=None),)


def test_free_room_is_taken_before_anybody_goes() -> None:
    options = [*north_and_south(4, 0), option("C1", A, "sms", 0), option("C5", B, "wechat", 3)]
    found = plan([*options, option("C9", A, "sms", 50)], {SMS: 4}, {"south": 1})
    assert in_branch(found) == {"north": 4, "south": 1}
    assert found.floor_cost == 0


def test_the_exchange_that_loses_the_least_is_made_on_whatever_channel() -> None:
    options = [
        option("C0", A, "sms", 100), option("C2", B, "wechat", 30), option("C1", A, "sms", 95),
        option("C5", B, "wechat", 10),
    ]  # fmt: skip
    found = plan(options, {SMS: 1, WECHAT: 1}, {"south": 1})
    assert blind(found).keys() == {"C1", "C2"}
    assert found.floor_cost == 5


@pytest.mark.parametrize(
    ("options", "room", "least", "why"),
    [
        (north_and_south(4, 1), {SMS: 4}, {"south": 2}, "no_options"),
        ([*north_and_south(4, 0), option("C1", A, "sms", 0)], {SMS: 4}, {"south": 1}, "no_options"),
        ([*north_and_south(4, 0), option("C1", B, "wechat", 9)], {SMS: 4, WECHAT: 0}, {"south": 1}, "no_options"),
        (north_and_south(2, 3), {SMS: 2}, {"south": 3}, "capacity"),
        (north_and_south(4, 4), {SMS: 4}, {"south": 1, "north": 4}, "capacity"),
    ],
)
def test_a_floor_that_is_missed_has_its_reason(
    options: list[Option], room: dict[str, int], least: dict[str, int], why: str
) -> None:
    found = plan(options, room, least)
    assert next(one.why for one in found.floors if one.group == "branch:south") == why
    assert not any(one.why for one in found.floors if one.group == "branch:north")
    assert sum(in_branch(found).values()) <= room[SMS]


def test_two_branches_that_are_short_share_the_room_by_the_part_that_each_has() -> None:
    options = [*north_and_south(4, 8), *(option(f"C{4 * n + 2}", A, "sms", 5 + n) for n in range(8))]
    assert in_branch(plan(options, {SMS: 4}, {"south": 4, "west": 4})) == {"south": 2, "west": 2}


def test_budgets_in_fen_are_freed_by_as_many_as_it_takes() -> None:
    paid = [replace(one, budget_cost=2) for one in north_and_south(4, 0)]
    dear = replace(option("C1", A, "sms", 30), budget_cost=5)
    found = plan([*paid, dear], {"budget": 8}, {"south": 1})
    assert in_branch(found) == {"north": 1, "south": 1}
    assert blind(found).keys() == {"C12", "C1"}
    kept = plan([*paid, dear], {"budget": 8}, {"south": 1, "north": 3})
    assert in_branch(kept) == {"north": 4}
    assert [(one.group, one.why) for one in kept.floors] == [("branch:north", None), ("branch:south", "capacity")]


def test_floors_know_no_arms() -> None:
    options = north_and_south(30, 30)
    plans = [plan(options, {SMS: 20}, {"south": 8}, salt=salt) for salt in ("one", "two", "three")]
    assert blind(plans[0]) == blind(plans[1]) == blind(plans[2])
    assert len({tuple(one.arm.control for one in found.planned) for found in plans}) > 1


def test_a_strategy_takes_a_customer_from_another_where_that_loses_the_least() -> None:
    options = [
        option("C0", A, "sms", 100), option("C0", B, "sms", 75), option("C4", A, "sms", 90),
        option("C4", B, "sms", 70), option("C8", B, "wechat", 1),
    ]  # fmt: skip
    found = plan(options, {SMS: 2, WECHAT: 0}, {"strategy:stay-close": 1})
    assert blind(found) == {"C0": options[0].action_id, "C4": options[3].action_id}
    assert (found.floor_cost, found.floors[0].before, found.floors[0].planned) == (20, 0, 1)
    assert blind(plan(options[:2], {SMS: 1}, {"strategy:stay-close": 1})) == {"C0": options[1].action_id}
    more = plan(options, {SMS: 2}, {"strategy:stay-close": 2})
    assert blind(more) == {"C0": options[0].action_id, "C4": options[3].action_id, "C8": options[4].action_id}


def test_one_contact_counts_for_its_branch_and_its_strategy() -> None:
    options = [*north_and_south(6, 0), option("C1", A, "sms", 50), option("C5", B, "sms", 20)]
    found = plan(options, {SMS: 4}, {"south": 1, "strategy:stay-close": 1})
    assert in_group(found) == {
        "branch:north": 3,
        "branch:south": 1,
        "strategy:idle-salary": 3,
        "strategy:stay-close": 1,
    }
    assert [one.why for one in found.floors] == [None, None]


def test_what_holds_one_floor_does_not_go_for_another() -> None:
    options = [option("C1", A, "sms", 30), option("C5", A, "sms", 20), option("C0", B, "sms", 9)]
    found = plan(options, {SMS: 2}, {"south": 2, "strategy:stay-close": 1})
    assert blind(found).keys() == {"C1", "C5"}
    assert {one.group: one.why for one in found.floors} == {"branch:south": None, "strategy:stay-close": "capacity"}
    own = [option("C1", A, "sms", 30), option("C1", B, "wechat", 20)]
    both = plan(own, {}, {"strategy:idle-salary": 1, "strategy:stay-close": 1})
    assert blind(both) == {"C1": own[0].action_id}
    assert [one.why for one in both.floors] == [None, "capacity"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Option], dict[str, int], dict[str, int]]:
    customers = draw(st.lists(st.sampled_from([f"C{n}" for n in range(40)]), min_size=1, max_size=20, unique=True))
    options = [
        replace(option(one, strategy, channel, draw(st.integers(-20, 200))), budget_cost=draw(st.integers(0, 4)))
        for one in customers
        for strategy in (A, B)
        for channel in ("sms", "wechat")
        if draw(st.booleans())
    ]
    room = st.integers(0, 6)
    names = (SMS, WECHAT, "strategy:idle-salary", "strategy:stay-close", "budget")
    groups = ["north", "south", "west", "strategy:idle-salary", "strategy:stay-close"]
    least = draw(st.dictionaries(st.sampled_from(groups), st.integers(0, 5)))
    return options, {name: draw(room) for name in names}, least


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_exchange_breaks_a_capacity_or_takes_another_branchs_floor(
    case: tuple[list[Option], dict[str, int], dict[str, int]],
) -> None:
    options, room, least = case
    free, held = plan(options, room), plan(options, room, least)
    used: Counter[str] = Counter()
    for one in held.planned:
        if not one.refill:
            used.update(one.option.uses)
            assert one.option.net_value > 0
    assert all(units <= {**PLENTY, **room}[name] for name, units in used.items())
    assert len(blind(held)) == sum(not one.refill for one in held.planned)
    had, has = in_group(free), in_group(held)
    for group in held.floors:
        assert (group.before, group.planned) == (had[group.group], has[group.group])
        assert group.planned >= min(group.before, group.least)
        assert (group.why is None) == (group.planned >= group.least)
    if all(had[name] >= units for name, units in named(least).items()):
        assert blind(held) == blind(free)
        assert held.floor_cost == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=12, max_size=24, unique=True), st.integers(3, 10), st.integers(1, 3))
def test_where_one_channel_binds_no_plan_loses_less(values: list[int], sms: int, least: int) -> None:
    options = [option(f"C{n}", A, "sms", value) for n, value in enumerate(values)]
    found = plan(options, {SMS: sms}, {"south": least})
    south = np.array([BRANCH_OF[one.customer_id] == "south" for one in options], dtype=float)
    rules = LinearConstraint(np.stack([np.ones(len(values)), south]), [0, min(least, sms)], [sms, np.inf])
    whole = np.ones(len(values), dtype=np.int64)
    best = milp(-np.array(values), constraints=rules, integrality=whole, bounds=Bounds(0, 1))
    assert found.worth == round(float(np.array(values) @ np.asarray(best.x)))


def test_a_plan_without_room_for_more_keeps_its_order() -> None:
    options = north_and_south(3, 3)
    values = [one.net_value for one in options]
    kept, stands = meet_floors(options, values, [2, 5], PLENTY, Floors(least={"branch:west": 1}, branch_of=BRANCH_OF))
    assert kept == [2, 5]
    assert stands == (Floored(group="branch:west", least=1, before=0, planned=0, why="no_options"),)


@pytest.mark.django_db
def test_a_night_holds_the_floors_of_its_home_and_keeps_how_branches_stood(
    bank_home: Home, prepared: Prepared, described: None
) -> None:
    del prepared, described
    customers = Counter(str(one) for one in insight.load(bank_home, AS_OF)["branch_id"].to_pylist())
    small = min(customers, key=lambda name: (customers[name], name))
    text = "cards_per_rm = 1\napp_push = 1\nsms = 1\nwechat = 1\nwecom = 1\nai_call = 1\n[floors]\n"
    (bank_home.root / "capacity.toml").write_text(f'{text}{small} = 2\n"no such branch" = 1\n', encoding="utf-8")
    least = next(one for one in shipped() if one.id == "maturity-care").model_copy(update={"daily_minimum": 3})
    row = life.submit(least, "li", AT_WORK)
    life.approve(row.strategy_id, row.version, "zhao", AT_WORK)
    life.launch(row.strategy_id, row.version, "zhao", AT_WORK, on=AS_OF)
    found = run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    stood = {row["group"]: row for row in ledger.read_floors(bank_home, found.run_id).to_pylist()}
    assert stood["branch:no such branch"]["why"] == "no_options"
    assert stood[f"branch:{small}"]["planned"] >= min(stood[f"branch:{small}"]["before"], 2)
    care = stood["strategy:maturity-care"]
    assert care["least"] == 3
    assert care["planned"] == sum(
        row["strategy_id"] == "maturity-care" and not row["refill"] for row in ledger.read(bank_home).to_pylist()
    )
    assert (care["why"] is None) == (care["planned"] >= 3)
    plan = found.steps["plan"]
    assert (plan["floors"], plan["floors_missed"]) == (3, sum(row["why"] is not None for row in stood.values()))
    assert plan["floor_cost_fen"] >= 0
