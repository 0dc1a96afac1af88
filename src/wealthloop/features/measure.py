"""Running the compiled pass: rows put in order by customer, measured for some days by a few threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, TypeAlias

import numpy as np

from wealthloop.features.groups import CELL_GROUPS, CELL_STARTS, GROUPS
from wealthloop.features.kernel import WITH_DAYS, WITH_SLOPE, WITH_SQUARES, Floats, Integers, measure_rows
from wealthloop.features.narrow import Rows, day_number, month_days
from wealthloop.features.order import by_customer, threads
from wealthloop.features.windows import WINDOWS, Measure, Windowed

_PIECES: Final = 8
"""Pieces of the customers for each thread, so that the threads end together."""
_NEEDS: Final = {Measure.DAYS: WITH_DAYS, Measure.STD: WITH_SQUARES, Measure.SLOPE: WITH_SLOPE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The rows of some customers, one behind the other."""

    starts: Integers
    """First row of each customer and the end of the last."""
    rows: Rows
    """``who`` is not looked at."""
    first_day: int
    """Of the rows, since 1970."""
    last_day: int


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
    """Return what gives stretches of rows that lie in memory in any order.

    Each stretch is gathered before it is walked: walking rows where they lie waits for the memory at every one of them.
    """
    starts, order = by_customer(rows.who, size)
    days = _span(rows)

    def rows_of(first: int, last: int) -> Stretch:
        taken = rows.take(order[starts[first] : starts[last]])
        return Stretch(starts=starts[first : last + 1] - starts[first], rows=taken, first_day=days[0], last_day=days[1])

    return rows_of


def stretch_of(rows: Rows, size: int) -> Stretch:
    """Return the rows of all of ``size`` customers; ``who`` counts them from 0."""
    starts, order = by_customer(rows.who, size)
    first, last = _span(rows)
    return Stretch(starts=starts, rows=rows.take(order), first_day=first, last_day=last)


def _span(rows: Rows) -> tuple[int, int]:
    return (int(rows.day.min()), int(rows.day.max())) if rows.day.size else (0, 0)


def rowless(wanted: Sequence[Windowed]) -> Floats:
    """Return what a customer without rows has, shape (n_wanted,)."""
    return _shape(tuple(wanted)).rowless


def _measure(stretch: Stretch, wanted: Sequence[Windowed], days: Integers, out: Floats) -> None:
    """Fill ``out`` of shape (n_days, n_customers, n_wanted)."""
    rows, shape = stretch.rows, _shape(tuple(wanted))
    calendar = month_days(stretch.first_day, stretch.last_day)
    measure_rows(
        stretch.starts, rows.day, rows.cell, rows.amount, rows.hour, rows.known, rows.until,
        shape.cell_starts, shape.cell_groups, shape.kinds, shape.needs, days, _BUCKETS, calendar, stretch.first_day,
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
    """Column, measure and window of each feature, by group and measure, shape (n_features, 3)."""
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
        (number[one.group], int(one.measure), 0 if one.window is None else WINDOWS.index(one.window), column)
        for column, one in enumerate(wanted)
    )
    features = np.array(rows, dtype=np.int64).reshape(-1, 4)[:, [0, 3, 1, 2]]
    return _Shape(
        cell_starts=before[CELL_STARTS],
        cell_groups=asked[asked >= 0],
        kinds=np.array([int(group.value) for group in groups], dtype=np.int64),
        needs=needs,
        first_of=np.searchsorted(features[:, 0], np.arange(len(groups) + 1)).astype(np.int64),
        wanted=np.ascontiguousarray(features[:, 1:]),
        rowless=np.array([0.0 if one.measure <= Measure.DAYS else np.nan for one in wanted]),
    )
