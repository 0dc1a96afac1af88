"""The compiled pass: every windowed feature of a customer from one walk over the customer's rows.

Sums are of whole fen in int64, so that the order of a customer's rows, which no engine promises, cannot change a bit.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Walk: TypeAlias = Callable[
    [Integers, Integers, Integers, Integers, Integers, Integers, int, NDArray[np.float64]],
    None,
]


def _add(sums: Integers, group: int, first: int, amount: int, fresh: bool) -> None:  # noqa: FBT001 - numba takes no keywords
    """Count a row in the windows from ``first`` on; ``fresh``: the first row of its group on its day."""
    for window in range(first, sums.shape[2]):
        sums[0, group, window] += 1
        sums[1, group, window] += amount
        sums[2, group, window] = max(sums[2, group, window], amount)
        sums[3, group, window] += fresh


def _read(sums: Integers, newest: Integers, wanted: Integers, out: NDArray[np.float64]) -> None:
    """Write one customer's features; the fifth measure is the days since the last row."""
    for feature in range(wanted.shape[0]):
        group, measure, window = wanted[feature]
        if measure < sums.shape[0]:
            out[feature] = sums[measure, group, window]
        else:
            out[feature] = newest[group] if newest[group] >= 0 else np.nan


add: Final = njit(cache=True)(_add)
read: Final = njit(cache=True)(_read)


def _measure_rows(
    starts: Integers,
    ages: Integers,
    members: Integers,
    amounts: Integers,
    windows: Integers,
    wanted: Integers,
    n_groups: int,
    out: NDArray[np.float64],
) -> None:
    """Fill ``out`` from rows sorted by customer.

    Args:
        starts: first row of each customer and the end of the last, shape (n_customers + 1,).
        ages: days from the row's day to ``as_of``, shape (n_rows,); rows with a negative age count nowhere.
        members: bit g is set where the row belongs to group g, shape (n_rows,).
        amounts: absolute amounts in fen, shape (n_rows,).
        windows: lengths in days, ascending, shape (n_windows,).
        wanted: group, measure (see ``Measure``) and window of each feature, shape (n_features, 3).
        n_groups: how many groups there are.
        out: one row a customer and one column a feature, shape (n_customers, n_features).
    """
    sums = np.zeros((4, n_groups, windows.size), np.int64)
    newest = np.empty(n_groups, np.int64)
    seen_by = np.full((n_groups, windows[-1]), -1, np.int64)
    for customer in range(starts.size - 1):
        sums[:] = 0
        newest[:] = -1
        for row in range(starts[customer], starts[customer + 1]):
            age = ages[row]
            if age < 0:
                continue
            first = np.searchsorted(windows, age, "right")
            for group in range(n_groups):
                if not (members[row] >> group) & 1:
                    continue
                if newest[group] < 0 or age < newest[group]:
                    newest[group] = age
                if first < windows.size:
                    fresh = seen_by[group, age] != customer
                    seen_by[group, age] = customer
                    add(sums, group, first, amounts[row], fresh)
        read(sums, newest, wanted, out[customer])


measure_rows: Final[Walk] = njit(cache=True)(_measure_rows)


def _by_customer(who: Integers, size: int) -> tuple[Integers, Integers]:
    """Return where the rows of each customer begin once they are sorted, and the order that sorts them.

    Args:
        who: place of each row's customer, 0 to ``size`` - 1, shape (n_rows,).
        size: how many customers there are.

    Returns:
        Shapes (size + 1,) and (n_rows,); rows of one customer stay in their order.
    """
    starts = np.zeros(size + 1, np.int64)
    for row in range(who.size):
        starts[who[row] + 1] += 1
    for customer in range(size):
        starts[customer + 1] += starts[customer]
    following = starts.copy()
    order = np.empty(who.size, np.int64)
    for row in range(who.size):
        order[following[who[row]]] = row
        following[who[row]] += 1
    return starts, order


by_customer: Final[Callable[[Integers, int], tuple[Integers, Integers]]] = njit(cache=True)(_by_customer)
