"""Plans by prices: HiGHS is the oracle for their value, and no plan is ever above a capacity."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from numpy.typing import NDArray

from wealthloop.allocation import Plan, Problem, from_arrays, solve
from wealthloop.allocation.approximate import solve_by_prices
from wealthloop.allocation.exact import solve_exactly
from wealthloop.allocation.menus import menus_of, part_of
from wealthloop.allocation.problem import check
from wealthloop.allocation.response import respond
from wealthloop.allocation.solve import LARGE
from wealthloop.errors import InvalidInput

SCALES = np.array([40_000, 15_000, 3_000, 2_500, 2_000, 1_500])
COSTS = np.array([800, 500, 60, 40, 10, 2])


def bank(customers: int, *, managers: int, cards: int, budget: float, seed: int) -> Problem:
    """Six channels a customer: the own manager, the seats, four volumes; every contact draws on one budget in fen."""
    draw = np.random.default_rng(seed)
    customer, channel = np.divmod(draw.permutation(customers * 6), 6)
    worth = draw.lognormal(0, 1, customers)[customer] * draw.lognormal(0, 0.8, customer.size) * SCALES[channel]
    cost = COSTS[channel] + draw.integers(0, COSTS[channel] // 2 + 1)
    manager = draw.integers(0, managers, customers)[customer]
    volumes = (np.array([0.02, 0.05, 0.08, 0.1, 0.2]) * customers).astype(np.int64)
    spent = managers * cards * 1000 + int(volumes @ [620, 75, 50, 12, 3])
    return from_arrays(
        customer=customer,
        action=channel,
        value=worth.astype(np.int64) - draw.integers(0, 500, customer.size),
        uses=[
            (np.where(channel == 0, manager, managers + channel - 1), np.ones_like(channel)),
            (np.full_like(channel, managers + 5), cost),
        ],
        capacity=np.array([*[cards] * managers, *volumes, int(spent * budget)]),
        names=[*(f"rm{r}" for r in range(managers)), "seats", "v1", "v2", "v3", "v4", "budget"],
    )


def breaks_a_rule(problem: Problem, plan: Plan) -> bool:
    """By the definition, in plain loops that share no code with the solver."""
    left = problem.capacity.tolist()
    served: list[int] = []
    for i in np.flatnonzero(plan.chosen).tolist():
        served.append(int(problem.customer[i]))
        for k in range(int(problem.start[i]), int(problem.start[i + 1])):
            left[int(problem.resource[k])] -= int(problem.amount[k])
    return min(left, default=0) < 0 or len(served) != len(set(served)) or bool((problem.value[plan.chosen] <= 0).any())


def moved(problem: Problem, order: NDArray[np.int64]) -> Problem:
    """The same candidates in another order, the uses of each turned round too."""
    spans = [range(int(problem.start[i]), int(problem.start[i + 1]))[::-1] for i in order]
    uses = np.array([k for span in spans for k in span], dtype=np.int64)
    return replace(
        problem,
        customer=problem.customer[order],
        action=problem.action[order],
        value=problem.value[order],
        start=np.cumsum([0, *map(len, spans)]),
        resource=problem.resource[uses],
        amount=problem.amount[uses],
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    n = draw(st.integers(0, 30))
    pairs = draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4)), min_size=n, max_size=n, unique=True))

    def column(numbers: st.SearchStrategy[int]) -> NDArray[np.int64]:
        return np.array(draw(st.lists(numbers, min_size=n, max_size=n)), dtype=np.int64)

    small = st.integers(0, 3)
    values = column(st.integers(-100, 10_000) | st.sampled_from([1, 500, 10**12]))
    return from_arrays(
        customer=np.array([customer for customer, _ in pairs], dtype=np.int64),
        action=np.array([action for _, action in pairs], dtype=np.int64),
        value=values,
        uses=[
            (column(st.integers(-1, 2)), column(small)),
            (column(st.sampled_from([-1, 3])), column(st.integers(0, 900))),
        ],
        capacity=np.array([*(draw(small) for _ in range(3)), draw(st.integers(0, 3000))], dtype=np.int64),
        names=("a", "b", "c", "fen"),
    )


@given(problems(), st.randoms(use_true_random=False))
@effort(max_examples=150, deadline=None)
def test_a_plan_by_prices_keeps_every_rule_and_stands_below_its_bound(problem: Problem, draw: random.Random) -> None:
    plan, best = solve_by_prices(problem), solve_exactly(problem)
    assert not breaks_a_rule(problem, plan)
    assert plan.objective == int(problem.value[plan.chosen].sum())
    assert plan.upper_bound >= best.objective >= plan.objective
    assert all(price >= 0 for price in plan.prices.values())
    again = solve_by_prices(problem)
    assert (again.chosen == plan.chosen).all()
    assert (again.objective, again.prices) == (plan.objective, plan.prices)
    order = np.array(draw.sample(range(problem.candidates), problem.candidates), dtype=np.int64)
    other = solve_by_prices(moved(problem, order))
    assert (other.chosen == plan.chosen[order]).all()
    assert other.prices == plan.prices


@pytest.mark.parametrize("budget", [0.5, 0.9, 1.2])
@pytest.mark.parametrize(("managers", "cards"), [(60, 2), (20, 3), (5, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_candidates_are_within_a_thousandth_of_the_optimum(
    budget: float, managers: int, cards: int, seed: int
) -> None:
    problem = bank(170, managers=managers, cards=cards, budget=budget, seed=seed)
    plan, best = solve_by_prices(problem), solve_exactly(problem)
    assert plan.upper_bound >= best.objective
    assert plan.objective >= best.objective * 0.999
    assert not breaks_a_rule(problem, plan)


@pytest.mark.parametrize("budget", [0.5, 0.9, 1.2])
def test_a_large_problem_is_within_half_a_thousandth_of_its_bound_cold_and_warm(budget: float) -> None:
    problem = bank(20_000, managers=60, cards=15, budget=budget, seed=1)
    plan = solve(problem)
    assert not breaks_a_rule(problem, plan)
    assert 0 <= plan.gap < 5e-4
    warm = solve(problem, start=plan.prices)
    assert not breaks_a_rule(problem, warm)
    assert 0 <= warm.gap < 5e-4
    assert (solve(problem).chosen == plan.chosen).all()


@pytest.mark.parametrize("start", [{"rm0": 1e9}, {"budget": 1e-9, "gone": 5.0}, {}])
def test_poor_prices_to_start_with_cost_time_and_not_quality(start: dict[str, float]) -> None:
    plan = solve_by_prices(bank(3_000, managers=12, cards=15, budget=0.9, seed=4), start=start)
    assert plan.gap < 1e-3


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf")])
def test_a_price_to_start_with_must_be_finite_and_not_negative(price: float) -> None:
    with pytest.raises(InvalidInput, match=r"start\[rm0\] == "):
        solve_by_prices(bank(10, managers=1, cards=1, budget=1.0, seed=0), start={"rm0": price})


def test_the_prices_of_a_large_plan_prove_its_bound_by_weak_duality() -> None:
    problem = bank(2_500, managers=10, cards=15, budget=0.9, seed=2)
    plan = solve(problem)
    best = dict.fromkeys(problem.customer.tolist(), 0.0)
    for i in range(problem.candidates):
        span = range(int(problem.start[i]), int(problem.start[i + 1]))
        paid = sum(int(problem.amount[k]) * plan.prices[problem.names[problem.resource[k]]] for k in span)
        customer = int(problem.customer[i])
        best[customer] = max(best[customer], int(problem.value[i]) - paid)
    priced = sum(plan.prices[name] * int(units) for name, units in zip(problem.names, problem.capacity, strict=True))
    assert abs(plan.upper_bound - (priced + sum(best.values()))) <= 1


def test_the_number_of_candidates_alone_decides_how_a_problem_is_solved() -> None:
    small = bank(LARGE // 6, managers=4, cards=15, budget=2.0, seed=0)
    large = bank(LARGE // 6 + 1, managers=4, cards=15, budget=2.0, seed=0)
    assert small.candidates < LARGE <= large.candidates
    assert solve(small).prices == solve_exactly(small).prices
    assert solve(large).prices == solve_by_prices(large).prices


@pytest.mark.parametrize("width", [100.0, 3_000.0])
def test_slope_and_curve_are_the_derivatives_of_the_soft_dual(width: float) -> None:
    menus = menus_of(bank(50, managers=3, cards=2, budget=0.5, seed=3))
    prices = np.array([30_000.0, 20_000, 10_000, 9_000, 2_000, 1_000, 900, 800, 30])
    at = respond(menus, prices, width)
    for r in range(prices.size):
        step = np.zeros(prices.size)
        step[r] = 1e-5 * prices[r]
        up, down = (respond(menus, prices + sign * step, width) for sign in (1, -1))
        assert at.slope[r] == pytest.approx((up.soft - down.soft) / (2 * step[r]), rel=1e-3, abs=1e-2)
        assert at.curve[r] == pytest.approx((up.slope - down.slope) / (2 * step[r]), rel=1e-3, abs=1e-6)
    assert at.hard <= at.soft


def test_a_part_of_the_menus_is_the_problem_of_those_candidates() -> None:
    menus = menus_of(bank(20, managers=2, cards=2, budget=0.8, seed=1))
    kept = np.array([3, 4, 20])
    part = part_of(menus, kept)
    check(part)
    assert part.value.tolist() == menus.value[kept].tolist()
    assert part.amount[part.start[2] :].tolist() == menus.amount[menus.start[20] : menus.start[21]].tolist()


def test_columns_become_the_uses_of_each_candidate() -> None:
    two = np.array([0, 1])
    problem = from_arrays(
        customer=two,
        action=two,
        value=np.array([500, 900]),
        uses=[(np.array([0, -1]), np.array([1, 0])), (np.array([1, 1]), np.array([3, 4]))],
        capacity=np.array([1, 10]),
        names=("rm", "fen"),
    )
    check(problem)
    assert (problem.start.tolist(), problem.resource.tolist(), problem.amount.tolist()) == (
        [0, 2, 3],
        [0, 1, 1],
        [1, 3, 4],
    )
    assert solve(problem).objective == 1400
    bare = from_arrays(customer=two, action=two, value=two, uses=[], capacity=np.zeros(0, dtype=np.int64), names=())
    assert solve(bare).chosen.tolist() == [False, True]


def test_a_column_of_another_length_is_refused() -> None:
    two = np.array([0, 1])
    with pytest.raises(InvalidInput, match=r"a column has shape \(3,\), must be \(2,\)"):
        from_arrays(
            customer=two,
            action=two,
            value=two,
            uses=[(np.array([0, 0, 0]), two)],
            capacity=np.array([1]),
            names=("rm",),
        )


def test_the_menus_are_the_same_in_whatever_order_candidates_and_uses_stand() -> None:
    problem = bank(40, managers=3, cards=2, budget=0.8, seed=2)
    order = np.random.default_rng(5).permutation(problem.candidates)
    first, second = menus_of(problem), menus_of(moved(problem, order))
    assert (order[second.row] == first.row).all()
    assert all((a == b).all() for a, b in zip(first[1:], second[1:], strict=True))
