"""Running the compiled pass: rows sorted by customer, measured for some days by a few threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Final, TypeAlias

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


def threads() -> int:
    """Return how many threads the pass uses: the cores that this process may use, or what NUMBA_NUM_THREADS says."""
    return int(os.environ.get("NUMBA_NUM_THREADS") or len(os.sched_getaffinity(0)))


RowsOf: TypeAlias = Callable[[int, int], Rows]
"""Returns the rows of customers ``first`` to ``last`` - 1; ``who`` counts from ``first``."""


def measure(rows_of: RowsOf, size: int, wanted: Sequence[Windowed], days: Sequence[date]) -> Floats:
    """Measure features as of some days.

    Args:
        rows_of: gives the rows of a stretch of customers; each day sees what was known at its end.
        size: how many customers there are.
        wanted: the features.
        days: the days.

    Returns:
        Shape (n_days, size, n_wanted).
    """
    out = np.empty((len(days), size, len(wanted)), dtype=np.float64)
    numbers = np.array([day_number(day) for day in days], dtype=np.int64)

    def piece(first: int, last: int) -> None:
        _measure(rows_of(first, last), wanted, numbers, out[:, first:last])

    cuts = np.linspace(0, size, threads() * _PIECES + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(piece, cuts[:-1], cuts[1:]))
    return out


def in_memory(rows: Rows, size: int) -> RowsOf:
    """Return what gives stretches of rows that lie in memory in any order."""
    starts, order = by_customer(rows.who, size)

    def rows_of(first: int, last: int) -> Rows:
        taken = rows.take(order[starts[first] : starts[last]])
        return replace(taken, who=taken.who - np.int32(first))

    return rows_of


def _measure(rows: Rows, wanted: Sequence[Windowed], days: Integers, out: Floats) -> None:
    """Fill ``out`` of shape (n_days, n_customers, n_wanted)."""
    starts, order = by_customer(rows.who, out.shape[1])
    ordered = rows.take(order) if np.any(np.diff(rows.who) < 0) else rows
    base = int(ordered.day.min()) if ordered.day.size else 0
    calendar = month_days(base, int(ordered.day.max()) if ordered.day.size else 0)
    kinds, needs, numbers = _shape(tuple(wanted))
    measure_rows(
        starts, ordered.day, ordered.cell, ordered.amount, ordered.hour, ordered.known, ordered.until,
        CELL_STARTS, CELL_GROUPS, kinds, needs, days, _BUCKETS, calendar, base, numbers, out,
    )  # fmt: skip


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
