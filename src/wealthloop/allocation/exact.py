"""Solves a small allocation exactly, with a bound that proves it and the shadow price of every resource.

The linear relaxation gives the prices (duals of the capacity rows); for any prices that are not negative
``sum(price * capacity) + sum over customers of max(0, value - price of what is used)`` is an upper bound of every
plan (weak duality), computed here from the prices alone. The integral optimum comes from branch and bound (HiGHS
through scipy), which may only lower the bound.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from wealthloop.allocation.plan import Plan, empty_plan
from wealthloop.allocation.problem import Problem, worth_looking_at
from wealthloop.errors import WealthloopError

_NODES: Final = 20_000
"""Branch-and-bound nodes at most: a bound on the work that, unlike time, is the same on every machine."""
_YUAN: Final = 100.0


class SolverFailed(WealthloopError):
    """The solver gave no answer to a problem that always has one."""

    code = "solver"


def solve_exactly(problem: Problem) -> Plan:
    """Return the best plan of a problem that makes sense (see ``problem.check``).

    Raises:
        SolverFailed: the solver gave no answer.
    """
    worth = worth_looking_at(problem)
    if not worth.size:
        return empty_plan(problem)
    uses = _uses(problem)[worth]
    rows = vstack([uses.T, _one_each(problem.customer[worth])], format="csr")
    limits = np.concatenate([problem.capacity, np.ones(rows.shape[0] - problem.capacity.size)])
    prices_found = _prices(problem, worth, rows, limits)
    fractions, proved = _optimum(problem.value[worth], rows, limits)
    chosen = _within(problem, worth, fractions)
    objective = int(problem.value[chosen].sum())
    bound = min(dual_bound(problem, worth, prices_found), proved)
    return Plan(
        chosen=chosen,
        objective=objective,
        upper_bound=max(objective, int(np.floor(bound + 0.01))),
        prices=dict(zip(problem.names, prices_found.tolist(), strict=True)),
    )


def dual_bound(problem: Problem, worth: NDArray[np.int64], prices: NDArray[np.float64]) -> float:
    """Return the upper bound that prices prove by weak duality, fen.

    Args:
        problem: the problem.
        worth: the candidates that may be chosen at all.
        prices: fen a unit, none negative, shape (n_resources,); any such prices prove a bound.
    """
    reduced = problem.value[worth] - _uses(problem)[worth] @ prices
    customers, row = np.unique(problem.customer[worth], return_inverse=True)
    best = np.zeros(customers.size)
    np.maximum.at(best, row, reduced)
    return float(prices @ problem.capacity + best.sum())


def _uses(problem: Problem) -> csr_array:
    shape = (problem.candidates, problem.capacity.size)
    return csr_array((problem.amount.astype(np.float64), problem.resource, problem.start), shape=shape)


def _one_each(customer: NDArray[np.int64]) -> csr_array:
    kinds, row = np.unique(customer, return_inverse=True)
    columns = np.arange(customer.size)
    return csr_array((np.ones(customer.size), (row, columns)), shape=(kinds.size, customer.size))


def _prices(
    problem: Problem, worth: NDArray[np.int64], rows: csr_array, limits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Solve the relaxation and return the capacity rows' duals, fen a unit, shape (n_resources,)."""
    gain = problem.value[worth] / _YUAN
    # scipy takes a sparse A_ub, its stubs do not
    relaxed = linprog(-gain, A_ub=rows, b_ub=limits, bounds=(0, 1), method="highs")  # type: ignore[call-overload]
    if relaxed.status != 0:
        raise SolverFailed(f"the relaxation of {worth.size} candidates was not solved: {relaxed.message}")
    duals: NDArray[np.float64] = -relaxed.ineqlin.marginals[: problem.capacity.size] * _YUAN
    return np.maximum(duals, 0.0)


def _optimum(
    value: NDArray[np.int64], rows: csr_array, limits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the integral choice, shape (n,), and the bound that branch and bound has proved, fen."""
    found = milp(
        -value / _YUAN,
        integrality=np.ones(value.size, dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, -np.inf, limits),
        options={"node_limit": _NODES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise SolverFailed(f"no plan of {value.size} candidates was found: {found.message}")
    return found.x, -float(found.mip_dual_bound) * _YUAN


def _within(problem: Problem, worth: NDArray[np.int64], fractions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Round a choice, and drop what the solver's tolerance would let above a capacity (exact whole numbers)."""
    chosen = np.zeros(problem.candidates, dtype=np.bool_)
    left = problem.capacity.copy()
    served: set[int] = set()
    picked = worth[fractions > 0.5]
    for i in picked[np.argsort(-problem.value[picked], kind="stable")]:
        used = slice(problem.start[i], problem.start[i + 1])
        resource, amount = problem.resource[used], problem.amount[used]
        if int(problem.customer[i]) not in served and (amount <= left[resource]).all():
            chosen[i] = True
            left[resource] -= amount
            served.add(int(problem.customer[i]))
    return chosen
