"""Running the compiled pass: rows sorted by customer, measured for some days by a few threads."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.features.groups import CELL_GROUPS, CELL_STARTS, GROUPS
from wealthloop.features.kernel import (
    WITH_DAYS,
    WITH_SLOPE,
    WITH_SQUARES,
    Floats,
    Integers,
    by_customer,
    measure_rows,
)
from wealthloop.features.narrow import Rows, day_number, month_days
from wealthloop.features.windows import WINDOWS, Measure, Windowed

_PIECES: Final = 8
"""Pieces of the customers for each thread, so that the threads end together."""
_NEEDS: Final = {Measure.DAYS: WITH_DAYS, Measure.STD: WITH_SQUARES, Measure.SLOPE: WITH_SLOPE}
_NONE: Final = np.zeros(0, dtype=np.int32)


def threads() -> int:
    """Return how many threads the pass uses: the cores that this process may use, or what NUMBA_NUM_THREADS says."""
    return int(os.environ.get("NUMBA_NUM_THREADS") or len(os.sched_getaffinity(0)))


def measure(rows: Rows, size: int, wanted: Sequence[Windowed], days: Sequence[date]) -> Floats:
    """Measure features as of some days.

    Args:
        rows: all that was known at the end of the newest of the days; earlier days see the rows of their own past.
        size: how many customers there are.
        wanted: the features.
        days: the days.

    Returns:
        Shape (n_days, size, n_wanted).
    """
    starts, order = by_customer(rows.who, size)
    ordered = rows.take(order)
    out = np.empty((len(days), size, len(wanted)), dtype=np.float64)
    base = int(min(ordered.day, default=0))
    calendar = month_days(base, int(max(ordered.day, default=0)))
    shape = _shape(tuple(wanted))

    def piece(first: int, last: int) -> None:
        measure_rows(
            first, last, starts, ordered.day, ordered.cell, ordered.amount, ordered.hour, _NONE, _NONE,
            CELL_STARTS, CELL_GROUPS, *shape[:2], np.array([day_number(day) for day in days], dtype=np.int64),
            _BUCKETS, calendar, base, shape[2], out,
        )  # fmt: skip

    cuts = np.linspace(0, size, threads() * _PIECES + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(piece, cuts[:-1], cuts[1:]))
    return out


_BUCKETS: Final[Integers] = np.searchsorted(WINDOWS, np.arange(WINDOWS[-1]), side="right").astype(np.int64)


@cache
def _shape(wanted: tuple[Windowed, ...]) -> tuple[Integers, Integers, NDArray[np.int64]]:
    """Return for the kernel what each group measures, what it needs, and the features as numbers."""
    needs = np.zeros(len(GROUPS), dtype=np.int64)
    numbers = {group.name: number for number, group in enumerate(GROUPS)}
    for one in wanted:
        needs[numbers[one.group.name]] |= _NEEDS.get(one.measure, 0)
    rows = [
        (numbers[one.group.name], int(one.measure), 0 if one.window is None else WINDOWS.index(one.window))
        for one in wanted
    ]
    kinds = np.array([int(group.value) for group in GROUPS], dtype=np.int64)
    return kinds, needs, np.array(rows, dtype=np.int64).reshape(-1, 3)
