"""Small compiled steps over rows sorted by customer."""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]


def _slices(starts: Integers, numbers: Integers) -> tuple[NDArray[np.int32], Integers]:
    """Return the rows of some customers: for each the place of its customer in ``numbers``, and its own place.

    Args:
        starts: first row of each customer and the end of the last, shape (n_customers + 1,).
        numbers: customers, in any order; one who is negative or beyond ``starts`` has no rows, shape (n,).

    Returns:
        Both of shape (n_rows,), in the order of ``numbers``.
    """
    total = 0
    for number in numbers:
        if 0 <= number < starts.size - 1:
            total += starts[number + 1] - starts[number]
    who, places = np.empty(total, np.int32), np.empty(total, np.int64)
    at = 0
    for place in range(numbers.size):
        number = numbers[place]
        if 0 <= number < starts.size - 1:
            for row in range(starts[number], starts[number + 1]):
                who[at], places[at] = place, row
                at += 1
    return who, places


slices: Final[Callable[[Integers, Integers], tuple[NDArray[np.int32], Integers]]] = njit(cache=True, nogil=True)(
    _slices
)
