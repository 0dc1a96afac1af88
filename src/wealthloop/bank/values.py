"""Cells to stored values, whole columns at a time: text as CSV gives it, or what Parquet holds.

Every function returns the values (null where a cell is empty or bad) and, by rule, a mask of the bad cells. Nothing is
coerced silently: a cell that cannot be read exactly is bad.
"""

from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank.contract import Column
from wealthloop.bank.converted import UNKNOWN_CODE, Cells, Converted, compute, filled, plain_type, tidy, true_of
from wealthloop.bank.text_values import TEXT_READERS
from wealthloop.bank.typed_values import TYPED_READERS
from wealthloop.bank.versions import arrow_type


def convert(cells: Cells, column: Column, zone: ZoneInfo) -> Converted:
    """Return the cells of a contract column as stored values.

    Args:
        cells: text (trimmed; an empty cell is null) or any Arrow type that can hold the column's kind. Money is yuan,
            a zone-less instant is wall time of ``zone``.
        column: the contract's column.
        zone: the bank's zone.
    """
    plain = plain_type(cells)
    if pa.types.is_null(plain.type):
        return Converted(values=compute.cast(pa.nulls(len(plain)), arrow_type(column.kind)))
    if not pa.types.is_string(plain.type):
        typed = TYPED_READERS[column.kind](plain, zone)
        return _with_codes(typed, column)
    text = tidy(plain)
    return _with_codes(TEXT_READERS[column.kind](text, zone), column)


def _with_codes(converted: Converted, column: Column) -> Converted:
    if not column.codes:
        return converted
    unknown = true_of(compute.invert(compute.is_in(converted.values, pa.array(column.codes)))) & filled(
        converted.values
    )
    return Converted(values=converted.values, problems=(*converted.problems, (UNKNOWN_CODE, unknown)))
