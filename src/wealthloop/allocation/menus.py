"""A problem laid out for the compiled passes: each customer's menu of candidates, in an order of its own."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.allocation.problem import Problem, worth_looking_at

Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


class Menus(NamedTuple):
    """The candidates worth looking at, sorted by (customer, action), the uses of each by resource.

    A named tuple, which compiled code can read.
    """

    row: Integers
    """Where each stands in the problem, shape (n,)."""
    first: Integers
    """First candidate of each customer and the end of the last, shape (n_customers + 1,)."""
    customer: Integers
    """Index of each candidate's customer among those here, shape (n,)."""
    value: Integers
    """Fen, shape (n,), all positive."""
    start: Integers
    """First use of each candidate and the end of the last, shape (n + 1,)."""
    resource: Integers
    """Shape (n_uses,)."""
    amount: Integers
    """Units, shape (n_uses,)."""
    capacity: Integers
    """Units, shape (n_resources,)."""


def menus_of(problem: Problem) -> Menus:
    """Return the menus of a problem that makes sense (see ``problem.check``)."""
    row = worth_looking_at(problem)
    customer = problem.customer[row]
    begins = np.diff(customer, prepend=-1) != 0
    uses, owner = _uses_of(problem, row)
    return Menus(
        row=row,
        first=np.append(np.flatnonzero(begins), row.size),
        customer=np.cumsum(begins) - 1,
        value=problem.value[row].astype(np.int64),
        start=np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=row.size))]),
        resource=problem.resource[uses].astype(np.int64),
        amount=problem.amount[uses].astype(np.int64),
        capacity=problem.capacity.astype(np.int64),
    )


def _uses_of(problem: Problem, row: Integers) -> tuple[Integers, Integers]:
    """Return the uses, by candidate and resource, and whose each is; uses of no unit are left out."""
    sizes = np.diff(problem.start)[row]
    owner = np.repeat(np.arange(row.size), sizes)
    uses = np.arange(owner.size) + np.repeat(problem.start[row] - np.cumsum(sizes) + sizes, sizes)
    something = problem.amount[uses] > 0
    uses, owner = uses[something], owner[something]
    key = owner * problem.capacity.size + problem.resource[uses]
    return (uses if (np.diff(key) > 0).all() else uses[np.argsort(key)]), owner


def part_of(menus: Menus, kept: Integers) -> Problem:
    """Return the problem of some of the candidates, in the order of ``kept``, with the whole capacities."""
    sizes = np.diff(menus.start)[kept]
    ends = np.cumsum(sizes)
    uses = np.arange(sizes.sum()) + np.repeat(menus.start[kept] - ends + sizes, sizes)
    return Problem(
        customer=menus.customer[kept],
        action=kept,
        value=menus.value[kept],
        start=np.concatenate([[0], ends]),
        resource=menus.resource[uses],
        amount=menus.amount[uses],
        capacity=menus.capacity,
        names=tuple(map(str, range(menus.capacity.size))),
    )
