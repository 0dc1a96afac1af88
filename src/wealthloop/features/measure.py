"""Running the compiled pass: rows sorted by customer, measured for some days by a few threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final, TypeAlias

import numpy as np

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
    shape = _shape(tuple(wanted))
    measure_rows(
        starts, ordered.day, ordered.cell, ordered.amount, ordered.hour, ordered.known, ordered.until,
        shape.cell_starts, shape.cell_groups, shape.kinds, shape.needs, days, _BUCKETS, calendar, base,
        shape.wanted, out,
    )  # fmt: skip


_BUCKETS: Final[Integers] = np.searchsorted(WINDOWS, np.arange(WINDOWS[-1]), side="right").astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Features as numbers; groups are numbered among those that the features are of."""

    cell_starts: Integers
    cell_groups: Integers
    kinds: Integers
    """What each group measures."""
    needs: Integers
    wanted: Integers
    """Group, measure and window of each feature, shape (n_features, 3)."""


@cache
def _shape(wanted: tuple[Windowed, ...]) -> _Shape:
    groups = tuple(dict.fromkeys(one.group for one in wanted))
    number = {group: place for place, group in enumerate(groups)}
    needs = np.zeros(len(groups), dtype=np.int64)
    for one in wanted:
        needs[number[one.group]] |= _NEEDS.get(one.measure, 0)
    asked = np.array([number.get(group, -1) for group in GROUPS], dtype=np.int64)[CELL_GROUPS]
    before = np.concatenate([[0], np.cumsum(asked >= 0)])
    rows = [
        (number[one.group], int(one.measure), 0 if one.window is None else WINDOWS.index(one.window)) for one in wanted
    ]
    return _Shape(
        cell_starts=before[CELL_STARTS],
        cell_groups=asked[asked >= 0],
        kinds=np.array([int(group.value) for group in groups], dtype=np.int64),
        needs=needs,
        wanted=np.array(rows, dtype=np.int64).reshape(-1, 3),
    )
