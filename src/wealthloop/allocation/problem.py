"""What is to be allocated: candidates, what each uses of which resource, and how much there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput

_MOST = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One possible contact, by name."""

    customer: str
    action: str
    """Strategy, product and channel together; a customer has at most one candidate of an action."""
    value: int
    """Net expected incremental value in fen: uplift times value, less the costs."""
    uses: Mapping[str, int]
    """Whole units of each resource that the contact uses (a card of an RM, a message of a channel)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """At most one candidate a customer, no resource above its capacity, the most value.

    The uses are a sparse matrix in CSR form: candidate ``i`` uses ``amount[k]`` of ``resource[k]`` for ``k`` from
    ``start[i]`` to ``start[i + 1]``. Every array holds whole numbers.
    """

    customer: NDArray[np.int64]
    """Index of the customer, shape (n_candidates,)."""
    action: NDArray[np.int64]
    """Index of the action, shape (n_candidates,); (customer, action) occurs once."""
    value: NDArray[np.int64]
    """Fen, shape (n_candidates,); a candidate of no value is never chosen."""
    start: NDArray[np.int64]
    """Shape (n_candidates + 1,)."""
    resource: NDArray[np.int64]
    """Index of the resource, shape (n_uses,)."""
    amount: NDArray[np.int64]
    """Units used, shape (n_uses,)."""
    capacity: NDArray[np.int64]
    """Units that there are, shape (n_resources,)."""
    names: tuple[str, ...]
    """The resources' names, n_resources long."""

    @property
    def candidates(self) -> int:
        """How many candidates there are."""
        return int(self.value.size)

    def used(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the units of each resource that a choice uses, shape (n_resources,)."""
        total = np.zeros(self.capacity.size, dtype=np.int64)
        np.add.at(total, self.resource, self.amount * np.repeat(chosen, np.diff(self.start)))
        return total


def build(candidates: Sequence[Candidate], capacities: Mapping[str, int]) -> Problem:
    """Return the problem of named candidates; candidate ``i`` of the problem is ``candidates[i]``.

    Raises:
        InvalidInput: a resource is used that has no capacity.
    """
    names = tuple(sorted(capacities))
    index = {name: i for i, name in enumerate(names)}
    uses = [sorted(candidate.uses.items()) for candidate in candidates]
    for candidate, used in zip(candidates, uses, strict=True):
        for name, _ in used:
            if name not in index:
                raise InvalidInput(f"candidate {candidate.action} uses {name}, must be among the capacities")
    return Problem(
        customer=_codes([candidate.customer for candidate in candidates]),
        action=_codes([candidate.action for candidate in candidates]),
        value=_numbers([candidate.value for candidate in candidates], "value"),
        start=np.cumsum([0, *map(len, uses)], dtype=np.int64),
        resource=np.array([index[name] for used in uses for name, _ in used], dtype=np.int64),
        amount=_numbers([amount for used in uses for _, amount in used], "amount"),
        capacity=_numbers([capacities[name] for name in names], "capacity"),
        names=names,
    )


def from_arrays(
    *,
    customer: NDArray[np.int64],
    action: NDArray[np.int64],
    value: NDArray[np.int64],
    uses: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    capacity: NDArray[np.int64],
    names: Sequence[str],
) -> Problem:
    """Return the problem of candidates in columns; candidate ``i`` of the problem is row ``i``.

    Args:
        customer: any whole number that tells customers apart, shape (n_candidates,).
        action: any whole number that tells a customer's candidates apart, shape (n_candidates,).
        value: fen, shape (n_candidates,).
        uses: columns of (index of the resource, units), each of shape (n_candidates,), one for every kind of resource
            that a candidate may use; a negative index where the candidate uses nothing of the kind.
        capacity: units that there are, shape (n_resources,).
        names: the resources' names, n_resources long.

    Raises:
        InvalidInput: a column has another length than the candidates. What else may be wrong is found by ``check``.

    Example:
        >>> two = np.array([0, 1])
        >>> problem = from_arrays(
        ...     customer=two, action=two, value=np.array([500, 900]), capacity=np.array([1, 10]), names=("rm", "fen"),
        ...     uses=[(np.array([0, -1]), np.array([1, 0])), (np.array([1, 1]), np.array([3, 4]))],
        ... )
        >>> problem.start.tolist(), problem.resource.tolist(), problem.amount.tolist()
        ([0, 2, 3], [0, 1, 1], [1, 3, 4])
    """
    for column in (customer, action, *(part for pair in uses for part in pair)):
        if column.shape != value.shape:
            raise InvalidInput(f"a column has shape {column.shape}, must be {value.shape} as value")
    shape = (value.size, len(uses))
    resource = np.stack([index for index, _ in uses], axis=1) if uses else np.zeros(shape, dtype=np.int64)
    amount = np.stack([units for _, units in uses], axis=1) if uses else np.zeros(shape, dtype=np.int64)
    there = resource >= 0
    return Problem(
        customer=customer,
        action=action,
        value=value,
        start=np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64),
        resource=resource[there],
        amount=amount[there],
        capacity=capacity,
        names=tuple(names),
    )


def check(problem: Problem) -> None:
    """Refuse a problem that makes no sense.

    Raises:
        InvalidInput: an array has the wrong shape, a number is not whole or out of range, a capacity or an amount
            is negative, or a candidate or one of its uses occurs twice.
    """
    _check_numbers(problem)
    _check_shapes(problem)
    _check_duplicates(problem)


def worth_looking_at(problem: Problem) -> NDArray[np.int64]:
    """Return the candidates with a value that fit alone, in the order (customer, action)."""
    room = problem.amount <= problem.capacity[problem.resource]
    misfits = np.repeat(np.arange(problem.candidates), np.diff(problem.start))[~room]
    fits = problem.value > 0
    fits[misfits] = False
    order = np.lexsort((problem.action, problem.customer))
    return order[fits[order]].astype(np.int64)


def _check_numbers(problem: Problem) -> None:
    for name in ("customer", "action", "value", "start", "resource", "amount", "capacity"):
        array = getattr(problem, name)
        if not np.issubdtype(array.dtype, np.integer):
            raise InvalidInput(f"{name} holds {_not_whole(array)}, must hold whole numbers")
        if name != "value" and array.size and int(array.min()) < 0:
            at = int(array.argmin())
            what = f" of {problem.names[at]}" if name == "capacity" and at < len(problem.names) else ""
            raise InvalidInput(f"{name}[{at}]{what} == {int(array[at])}, must not be negative")
        if array.size and int(np.abs(array).max()) >= _MOST:
            raise InvalidInput(f"{name} holds {int(np.abs(array).max())}, must be below 2**53")


def _check_shapes(problem: Problem) -> None:
    n = problem.candidates
    right = {
        "customer": problem.customer.shape == (n,),
        "action": problem.action.shape == (n,),
        "value": problem.value.shape == (n,),
        "start": problem.start.shape == (n + 1,) and bool((np.diff(problem.start) >= 0).all()),
        "resource": problem.start.size > 0 and problem.resource.shape == (int(problem.start[-1]),),
        "amount": problem.amount.shape == problem.resource.shape,
        "names": (len(problem.names),) == problem.capacity.shape and len(set(problem.names)) == len(problem.names),
    }
    for name, fits in right.items():
        if not fits:
            raise InvalidInput(f"{name} does not fit the other arrays, n_candidates == {n}")
    if problem.resource.size and int(problem.resource.max()) >= problem.capacity.size:
        raise InvalidInput(f"resource == {int(problem.resource.max())}, must be below {problem.capacity.size}")


def _check_duplicates(problem: Problem) -> None:
    twice = _first_twice(problem.customer, problem.action)
    if twice is not None:
        raise InvalidInput(f"candidate {twice} repeats (customer, action) of another, each must occur once")
    owner = np.repeat(np.arange(problem.candidates), np.diff(problem.start))
    again = _first_twice(owner, problem.resource)
    if again is not None:
        raise InvalidInput(f"candidate {int(owner[again])} uses one resource twice, each must occur once")


def _first_twice(first: NDArray[np.int64], second: NDArray[np.int64]) -> int | None:
    wide = int(second.max(initial=0)) + 1
    if (int(first.max(initial=0)) + 1) * wide < 2**63:
        keys = np.sort(first * wide + second)
        if (np.diff(keys) > 0).all():
            return None
    order = np.lexsort((second, first))
    same = (np.diff(first[order]) == 0) & (np.diff(second[order]) == 0)
    return int(order[1:][same].min()) if same.any() else None


def _codes(names: Sequence[str]) -> NDArray[np.int64]:
    if not names:
        return np.zeros(0, dtype=np.int64)
    return np.unique(np.array(names, dtype=object), return_inverse=True)[1].astype(np.int64)


def _numbers(numbers: Sequence[int], name: str) -> NDArray[np.int64]:
    for i, number in enumerate(numbers):
        if number != number or int(number) != number or abs(number) >= _MOST:  # noqa: PLR0124 - NaN is not itself
            raise InvalidInput(f"{name}[{i}] == {number}, must be a whole number below 2**53")
    return np.array(numbers, dtype=np.int64)


def _not_whole(array: NDArray[np.float64]) -> str:
    odd = array[np.asarray(array != np.floor(array))]
    return str(odd[0]) if odd.size else str(array.dtype)
