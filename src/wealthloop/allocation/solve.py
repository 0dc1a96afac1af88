"""The one way to solve an allocation: exactly while it is small, by prices above that."""

from collections.abc import Mapping
from typing import Final

from wealthloop.allocation.approximate import solve_by_prices
from wealthloop.allocation.exact import solve_exactly
from wealthloop.allocation.plan import Plan
from wealthloop.allocation.problem import Problem, check

LARGE: Final = 10_000
"""Candidates from which on prices solve: below, HiGHS proves the best plan in seconds (decision 8)."""


def solve(problem: Problem, *, start: Mapping[str, float] | None = None) -> Plan:
    """Return the best plan, or of a problem of ``LARGE`` or more candidates one whose gap is usually below 0.1 %.

    The number of candidates alone decides which. The answer does not depend on the order in which candidates stand,
    but for candidates that tie.

    Args:
        problem: what is to be allocated.
        start: prices from which a large problem sets out, such as yesterday's; a small one needs none.

    Raises:
        InvalidInput: the problem makes no sense (see ``problem.check``), or a starting price is not finite or negative.
        SolverFailed: the solver gave no answer.
    """
    check(problem)
    if problem.candidates < LARGE:
        return solve_exactly(problem)
    return solve_by_prices(problem, start=start)
