"""Cutting what is long into what a database takes at once."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def parts_of(values: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield runs of at most ``size`` values, in order.

    Example:
        >>> list(parts_of([1, 2, 3], 2))
        [[1, 2], [3]]
    """
    for start in range(0, len(values), size):
        yield values[start : start + size]
