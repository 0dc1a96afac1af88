"""Running the compiled pass: rows sorted by customer, measured for some days by a few threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The rows of some customers, one behind the other."""

    starts: Integers
    """First row of each customer and the end of the last."""
    rows: Rows
    """``who`` is not looked at."""


RowsOf: TypeAlias = Callable[[int, int], Stretch]
"""Returns the rows of customers ``first`` to ``last`` - 1."""


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

    def rows_of(first: int, last: int) -> Stretch:
        taken = rows.take(order[starts[first] : starts[last]])
        return Stretch(starts=starts[first : last + 1] - starts[first], rows=taken)

    return rows_of


def sorted_stretch(rows: Rows, size: int) -> Stretch:
    """Return rows sorted by customer; ``who`` counts from the first of ``size`` customers."""
    starts, order = by_customer(rows.who, size)
    return Stretch(starts=starts, rows=rows.take(order))


def rowless(wanted: Sequence[Windowed]) -> Floats:
    """Return what a customer without rows has, shape (n_wanted,)."""
    return _shape(tuple(wanted)).rowless


def _measure(stretch: Stretch, wanted: Sequence[Windowed], days: Integers, out: Floats) -> None:
    """Fill ``out`` of shape (n_days, n_customers, n_wanted)."""
    rows, shape = stretch.rows, _shape(tuple(wanted))
    base = int(rows.day.min()) if rows.day.size else 0
    calendar = month_days(base, int(rows.day.max()) if rows.day.size else 0)
    measure_rows(
        stretch.starts, rows.day, rows.cell, rows.amount, rows.hour, rows.known, rows.until,
        shape.cell_starts, shape.cell_groups, shape.kinds, shape.needs, days, _BUCKETS, calendar, base,
        shape.first_of, shape.wanted, shape.rowless, out,
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
    first_of: Integers
    """Place in ``wanted`` of the first feature of each group, and the end."""
    wanted: Integers
    """Column, measure and window of each feature, by group, shape (n_features, 3)."""
    rowless: Floats
    """The features of a customer without rows."""


@cache
def _shape(wanted: tuple[Windowed, ...]) -> _Shape:
    groups = tuple(dict.fromkeys(one.group for one in wanted))
    number = {group: place for place, group in enumerate(groups)}
    needs = np.zeros(len(groups), dtype=np.int64)
    for one in wanted:
        needs[number[one.group]] |= _NEEDS.get(one.measure, 0)
    asked = np.array([number.get(group, -1) for group in GROUPS], dtype=np.int64)[CELL_GROUPS]
    before = np.concatenate([[0], np.cumsum(asked >= 0)])
    rows = sorted(
        (number[one.group], column, int(one.measure), 0 if one.window is None else WINDOWS.index(one.window))
        for column, one in enumerate(wanted)
    )
    features = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return _Shape(
        cell_starts=before[CELL_STARTS],
        cell_groups=asked[asked >= 0],
        kinds=np.array([int(group.value) for group in groups], dtype=np.int64),
        needs=needs,
        first_of=np.searchsorted(features[:, 0], np.arange(len(groups) + 1)).astype(np.int64),
        wanted=np.ascontiguousarray(features[:, 1:]),
        rowless=np.array([0.0 if one.measure <= Measure.DAYS else np.nan for one in wanted]),
    )
