"""The plan is the best one, breaks no cap and proves itself; the checker shares no code with the solver."""

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from wealthloop.allocation import Candidate, Plan, Problem, build, solve
from wealthloop.allocation.exact import dual_bound
from wealthloop.errors import InvalidInput


def worth(candidates: list[Candidate], picked: tuple[int, ...], capacities: dict[str, int]) -> int | None:
    """Value of a choice by the definition, or None if it breaks a rule."""
    customers = [candidates[i].customer for i in picked]
    if len(customers) != len(set(customers)):
        return None
    used = dict.fromkeys(capacities, 0)
    for i in picked:
        for name, amount in candidates[i].uses.items():
            used[name] += amount
    if any(used[name] > capacities[name] for name in capacities):
        return None
    return sum(candidates[i].value for i in picked)


def best_by_trying_all(candidates: list[Candidate], capacities: dict[str, int]) -> int:
    sizes = range(len(candidates) + 1)
    tried = (
        worth(candidates, picked, capacities)
        for n in sizes
        for picked in itertools.combinations(range(len(candidates)), n)
    )
    return max(value for value in tried if value is not None)


def picked_of(plan: Plan) -> tuple[int, ...]:
    return tuple(int(i) for i in np.flatnonzero(plan.chosen))


def one(customer: str, action: str, value: int, **uses: int) -> Candidate:
    return Candidate(customer=customer, action=action, value=value, uses=uses)


def random_case(seed: int) -> tuple[list[Candidate], dict[str, int]]:
    draw = random.Random(seed)
    capacities = {"rm1": draw.randint(0, 3), "rm2": draw.randint(0, 90), "sms": draw.randint(0, 4)}
    pairs = draw.sample([(f"c{c}", f"a{a}") for c in range(5) for a in range(4)], draw.randint(0, 12))
    candidates = [
        Candidate(
            customer=customer,
            action=action,
            value=draw.randint(-500, 5000),
            uses={
                name: draw.randint(0, 40) if name == "rm2" else draw.randint(0, 2)
                for name in draw.sample(sorted(capacities), draw.randint(0, 3))
            },
        )
        for customer, action in pairs
    ]
    return candidates, capacities


@pytest.mark.parametrize("seed", range(60))
def test_a_tiny_plan_is_the_best_of_all_plans_and_its_bound_holds(seed: int) -> None:
    candidates, capacities = random_case(seed)
    plan = solve(build(candidates, capacities))
    best = best_by_trying_all(candidates, capacities)
    assert worth(candidates, picked_of(plan), capacities) == plan.objective == best
    assert plan.upper_bound >= best
    assert all(candidates[i].value > 0 for i in picked_of(plan))


@pytest.mark.parametrize("seed", range(60))
def test_any_prices_prove_an_upper_bound(seed: int) -> None:
    candidates, capacities = random_case(seed)
    draw = random.Random(seed)
    for high in (0, 100, 5000):
        prices = np.array([draw.uniform(0, high) for _ in capacities])
        proved = dual_bound(build(candidates, capacities), np.arange(len(candidates)), prices)
        assert proved >= best_by_trying_all(candidates, capacities) - 1e-6


def large_case(n: int = 1500) -> tuple[list[Candidate], dict[str, int]]:
    draw = random.Random(7)
    capacities = {f"rm{r}": 8 for r in range(30)} | {"sms": 100, "push": 250}
    candidates = []
    for c in range(n):
        candidates.append(one(f"c{c}", "visit", draw.randint(-1000, 300_000), **{f"rm{c % 30}": 1}))
        candidates.append(one(f"c{c}", "sms", draw.randint(-1000, 60_000), sms=1))
        candidates.append(one(f"c{c}", "push", draw.randint(-1000, 20_000), push=1))
    return candidates, capacities


def test_a_large_plan_breaks_no_cap_and_proves_itself() -> None:
    candidates, capacities = large_case()
    plan = solve(build(candidates, capacities))
    assert worth(candidates, picked_of(plan), capacities) == plan.objective
    assert 0 <= plan.gap < 1e-6
    assert plan.objective <= plan.upper_bound


def test_the_prices_prove_the_bound_by_weak_duality() -> None:
    candidates, capacities = large_case(400)
    plan = solve(build(candidates, capacities))
    slack = {c.customer: 0.0 for c in candidates}
    for c in candidates:
        left = c.value - sum(amount * plan.prices[name] for name, amount in c.uses.items())
        slack[c.customer] = max(slack[c.customer], left)
    proved = sum(plan.prices[name] * capacities[name] for name in capacities) + sum(slack.values())
    assert plan.upper_bound <= proved + 1
    assert all(price >= 0 for price in plan.prices.values())


def test_a_price_is_what_one_more_unit_would_bring() -> None:
    candidates = [one(f"c{i}", "visit", value, rm=1) for i, value in enumerate([900, 700, 400, 100])]
    two, three = solve(build(candidates, {"rm": 2})), solve(build(candidates, {"rm": 3}))
    assert three.objective - two.objective == 400
    assert 400 <= two.prices["rm"] <= 700
    assert solve(build(candidates, {"rm": 9})).prices["rm"] == 0


def test_a_candidate_of_no_value_is_never_chosen() -> None:
    plan = solve(build([one("c1", "a", 0), one("c2", "a", -5), one("c3", "a", 1)], {}))
    assert plan.chosen.tolist() == [False, False, True]


def test_a_customer_gets_at_most_one_action() -> None:
    plan = solve(build([one("c1", "a", 10), one("c1", "b", 11), one("c2", "a", 1)], {}))
    assert plan.chosen.tolist() == [False, True, True]


def test_a_candidate_larger_than_its_capacity_is_left_out() -> None:
    plan = solve(build([one("c1", "a", 1000, rm=3), one("c2", "a", 10, rm=2)], {"rm": 2}))
    assert plan.chosen.tolist() == [False, True]
    assert plan.gap == 0


def test_no_capacity_means_no_plan() -> None:
    plan = solve(build([one("c1", "a", 1000, rm=1)], {"rm": 0}))
    assert (plan.objective, plan.upper_bound, plan.gap) == (0, 0, 0.0)


def test_an_empty_problem_has_an_empty_plan() -> None:
    plan = solve(build([], {"rm": 3}))
    assert plan.chosen.shape == (0,)
    assert (plan.objective, plan.gap, plan.prices) == (0, 0.0, {"rm": 0.0})


def test_i14_the_plan_is_the_same_every_time_and_in_every_order() -> None:
    candidates, capacities = large_case(300)
    plan = solve(build(candidates, capacities))
    assert (solve(build(candidates, capacities)).chosen == plan.chosen).all()
    order = random.Random(3).sample(range(len(candidates)), len(candidates))
    moved = solve(build([candidates[i] for i in order], capacities))
    assert (moved.chosen == plan.chosen[order]).all()


def test_the_units_used_are_counted_by_resource() -> None:
    problem = build([one("c1", "a", 10, rm=2, sms=1), one("c2", "a", 10, rm=3)], {"rm": 9, "sms": 9})
    assert problem.used(np.array([True, True])).tolist() == [5, 1]
    assert problem.used(np.array([False, True])).tolist() == [3, 0]


GOOD = build([one("c1", "a", 10, rm=1), one("c2", "a", 20, rm=1, sms=1)], {"rm": 1, "sms": 1})


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (replace(GOOD, capacity=np.array([1, -2])), r"capacity\[1\] of sms == -2, must not be negative"),
        (replace(GOOD, amount=np.array([1, -1, 1])), r"amount\[1\] == -1, must not be negative"),
        (replace(GOOD, value=np.array([1.0, np.nan])), "value holds nan, must hold whole numbers"),
        (replace(GOOD, value=np.array([1, 2**60])), "must be below 2"),
        (replace(GOOD, customer=np.array([0, 0]), action=np.array([3, 3])), r"candidate 1 repeats"),
        (replace(GOOD, resource=np.array([0, 0, 0])), "candidate 1 uses one resource twice"),
        (replace(GOOD, resource=np.array([0, 0, 2])), "resource == 2, must be below 2"),
        (replace(GOOD, customer=np.array([0])), "customer does not fit"),
        (replace(GOOD, start=np.array([0, 1, 2])), "resource does not fit"),
        (replace(GOOD, names=("rm", "rm")), "names does not fit"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused_with_its_reason(broken: Problem, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        solve(broken)


def test_a_use_without_a_capacity_is_refused() -> None:
    with pytest.raises(InvalidInput, match="uses wecom, must be among the capacities"):
        build([one("c1", "a", 10, wecom=1)], {"rm": 1})


@pytest.mark.parametrize("number", [float("nan"), 1.5, 2.0**60])
def test_a_value_that_is_not_a_whole_number_is_refused(number: float) -> None:
    candidate = Candidate(customer="c", action="a", value=number, uses={})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"value\[0\] == "):
        build([candidate], {})
