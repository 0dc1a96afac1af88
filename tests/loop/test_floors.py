"""Floors of branches: met by exchanges that never break a capacity, at the least loss, or missed with the reason."""

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

A, B = running("idle-salary"), running("stay-close")
SMS, WECHAT = "volume:sms", "volume:wechat"
BRANCH_OF = {f"C{n}": ("north", "south", "west", None)[n % 4] for n in range(400)}
PLENTY = {"strategy:idle-salary": 400, "strategy:stay-close": 400, SMS: 400, WECHAT: 400}


def plan(
    options: Sequence[Option], room: dict[str, int], least: dict[str, int] | None = None, salt: str = SALT
) -> NightPlan:
    floors = None if least is None else Floors(least=least, branch_of=BRANCH_OF)
    return plan_night(options, {**PLENTY, **room}, salt=salt, members={}, floors=floors)


def blind(found: NightPlan) -> dict[str, str]:
    return {one.option.customer_id: one.option.action_id for one in found.planned if not one.refill}


def in_branch(found: NightPlan) -> Counter[str | None]:
    return Counter(BRANCH_OF[one] for one in blind(found))


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
    assert held.floors == (Floored(branch_id="south", least=3, before=0, planned=3, why=None),)


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
    assert next(one.why for one in found.floors if one.branch_id == "south") == why
    assert not any(one.why for one in found.floors if one.branch_id == "north")
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
    assert [(one.branch_id, one.why) for one in kept.floors] == [("north", None), ("south", "capacity")]


def test_floors_know_no_arms() -> None:
    options = north_and_south(30, 30)
    plans = [plan(options, {SMS: 20}, {"south": 8}, salt=salt) for salt in ("one", "two", "three")]
    assert blind(plans[0]) == blind(plans[1]) == blind(plans[2])
    assert len({tuple(one.arm.control for one in found.planned) for found in plans}) > 1


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
    least = draw(st.dictionaries(st.sampled_from(["north", "south", "west"]), st.integers(0, 5)))
    return options, {name: draw(room) for name in names}, least


@settings(max_examples=30, deadline=None)
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
    had, has = in_branch(free), in_branch(held)
    for branch in held.floors:
        assert (branch.before, branch.planned) == (had[branch.branch_id], has[branch.branch_id])
        assert branch.planned >= min(branch.before, branch.least)
        assert (branch.why is None) == (branch.planned >= branch.least)
    if all(had[name] >= units for name, units in least.items()):
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
    kept, stands = meet_floors(options, values, [2, 5], PLENTY, Floors(least={"west": 1}, branch_of=BRANCH_OF))
    assert kept == [2, 5]
    assert stands == (Floored(branch_id="west", least=1, before=0, planned=0, why="no_options"),)


@pytest.mark.django_db
def test_a_night_holds_the_floors_of_its_home_and_keeps_how_branches_stood(
    bank_home: Home, prepared: Prepared, described: None
) -> None:
    del prepared, described
    customers = Counter(str(one) for one in insight.load(bank_home, AS_OF)["branch_id"].to_pylist())
    small = min(customers, key=lambda name: (customers[name], name))
    text = "cards_per_rm = 1\napp_push = 1\nsms = 1\nwechat = 1\nwecom = 1\nai_call = 1\n[floors]\n"
    (bank_home.root / "capacity.toml").write_text(f'{text}{small} = 2\n"no such branch" = 1\n', encoding="utf-8")
    found = run_night(bank_home, as_of=AS_OF, now=AT_WORK)
    stood = {row["branch_id"]: row for row in ledger.read_floors(bank_home, found.run_id).to_pylist()}
    assert stood["no such branch"]["why"] == "no_options"
    assert stood[small]["planned"] >= min(stood[small]["before"], 2)
    plan = found.steps["plan"]
    assert (plan["floors"], plan["floors_missed"]) == (2, sum(row["why"] is not None for row in stood.values()))
    assert plan["floor_cost_fen"] >= 0
