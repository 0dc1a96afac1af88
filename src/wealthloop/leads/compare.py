"""Comparisons of columns, and which rows a rule counts."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.converted import Cells, filled, true_of
from wealthloop.bank.converted import compute as pc
from wealthloop.leads.known import Known, Mask, Sheet
from wealthloop.leads.parts import ByCode, Comparison, Rows
from wealthloop.leads.sources import JOINED

Floats: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = Callable[[str], Cells]

_ALL_PCT: Final = 100.0


def numbers(cells: Cells) -> Floats:
    """Return numbers, or days since 1970, as float64 (exact up to 2**53), NaN where null, shape (n,)."""
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_date(cells.type):
        cells = pc.cast(cells, pa.int32())
    return np.asarray(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def meets(comparisons: Sequence[Comparison], columns: Columns, size: int) -> Mask:
    """Return for which rows every comparison holds, shape (size,)."""
    found = np.ones(size, dtype=np.bool_)
    for one in comparisons:
        found &= _holds(one, columns)
    return found


def customers_of(known: Known, comparisons: Sequence[Comparison]) -> Mask:
    """Return for which customers every comparison holds, shape (n_customers,)."""
    return meets(comparisons, known.people, len(known.ids))


def counted(known: Known, rows: Rows, *, reach: int, group: str | None = None) -> Sheet:
    """Return the rows that a rule counts of so many days up to the day of the search."""
    own = {name for name in rows.where if "." not in name}
    named = {JOINED[name.split(".", maxsplit=1)[0]].by for name in rows.where if "." in name}
    always = {"at", "at_day", *(("amount",) if rows.table == "transactions" else ()), *((group,) if group else ())}
    recent = known.recent(rows.table, reach, frozenset(own | named | always))
    mask = recent.days() > known.today - reach
    for column, codes in rows.where.items():
        mask &= recent.is_in(column, codes)
    if rows.sign:
        mask &= recent.amounts() * rows.sign > 0
    if rows.least:
        mask &= np.abs(recent.amounts()) >= rows.least
    return recent.sheet(mask)


def _holds(one: Comparison, columns: Columns) -> Mask:
    cells = columns(one.column)
    found = np.ones(len(cells), dtype=np.bool_)
    if one.missing is not None:
        found &= filled(_one_piece(cells)) != one.missing
    if one.any_of:
        found &= _is_in(cells, one.any_of)
    if one.at_least is not None or one.under is not None:
        found &= _within(one, cells, columns)
    return found


def _within(one: Comparison, cells: Cells, columns: Columns) -> Mask:
    value = numbers(cells)
    base: Floats | float = 1.0
    if one.pct_of is not None:
        value, base = value * _ALL_PCT, numbers(columns(one.pct_of))
    found = ~np.isnan(value)
    if one.at_least is not None:
        found &= value >= _bound(one.at_least, columns) * base
    if one.under is not None:
        found &= value < one.under * base
    return np.asarray(found, dtype=np.bool_)


def _bound(bound: int | ByCode, columns: Columns) -> Floats | float:
    if isinstance(bound, int):
        return float(bound)
    at = pc.index_in(columns(bound.column), value_set=pa.array(list(bound.bounds), pa.string()))
    return numbers(pa.array(list(bound.bounds.values()), pa.int64()).take(_one_piece(at)))


def _is_in(cells: Cells, codes: Sequence[Any]) -> Mask:
    wanted = pa.array(list(codes), pa.bool_() if isinstance(codes[0], bool) else pa.string())
    return true_of(_one_piece(pc.is_in(cells, value_set=wanted)))


def _one_piece(cells: Cells) -> Cells:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
