"""Typed Parquet cells to stored values, whole columns at a time."""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.contract import Kind
from wealthloop.bank.converted import (
    DAY_MICROS,
    MONEY_PRECISION,
    WRONG_TYPE,
    Cells,
    Converted,
    Reader,
    as_text,
    compute,
    filled,
    tidy,
    true_of,
)
from wealthloop.bank.instants import utc_of_wall, wall_of_utc
from wealthloop.bank.text_values import TEXT_READERS

_MONEY_SLACK: Final = 1e-6
"""Yuan by which a float may miss a whole fen."""
_MONEY_LARGEST: Final = 9e13
"""Yuan; beyond it a float cannot tell one fen from the next."""


def _through_text(kind: Kind) -> Reader:
    """Read a typed column by way of its text."""
    read = TEXT_READERS[kind]

    def reader(cells: Cells, zone: ZoneInfo) -> Converted:
        text = as_text(cells)
        return read(tidy(text), zone)

    return reader


def _typed_text(cells: Cells, zone: ZoneInfo) -> Converted:
    """Whole numbers serve as identifiers, also where a data frame made them floats."""
    if not pa.types.is_floating(cells.type):
        return _through_text(Kind.TEXT)(cells, zone)
    whole = true_of(compute.and_(compute.equal(compute.trunc(cells), cells), compute.less(compute.abs(cells), 2.0**53)))
    values = compute.cast(compute.cast(compute.if_else(pa.array(whole), cells, None), pa.int64()), pa.string())
    return Converted(values=values, problems=((WRONG_TYPE, filled(cells) & ~whole),))


def _stamp(cells: Cells) -> NDArray[np.int64]:
    """Return dates and timestamps as microseconds since 1970: of UTC where zoned, else of wall time (0 where null)."""
    zone = cells.type.tz if pa.types.is_timestamp(cells.type) else None
    whole = compute.cast(compute.cast(cells, pa.timestamp("us", tz=zone), safe=False), pa.int64())
    return np.asarray(compute.fill_null(whole, 0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _is_zoned(dtype: pa.DataType) -> bool:
    return pa.types.is_timestamp(dtype) and dtype.tz is not None


def _typed_day(cells: Cells, zone: ZoneInfo) -> Converted:
    if not (pa.types.is_date(cells.type) or pa.types.is_timestamp(cells.type)):
        return _through_text(Kind.DAY)(cells, zone)
    wall = wall_of_utc(_stamp(cells), zone) if _is_zoned(cells.type) else _stamp(cells)
    days = (wall // DAY_MICROS).astype(np.int32)
    return Converted(values=compute.cast(pa.array(days, mask=~filled(cells)), pa.date32()))


def _typed_instant(cells: Cells, zone: ZoneInfo) -> Converted:
    if not (pa.types.is_date(cells.type) or pa.types.is_timestamp(cells.type)):
        return _through_text(Kind.INSTANT)(cells, zone)
    instants = _stamp(cells) if _is_zoned(cells.type) else utc_of_wall(_stamp(cells), zone)
    return Converted(values=compute.cast(pa.array(instants, mask=~filled(cells)), pa.timestamp("us")))


def _typed_money(cells: Cells, zone: ZoneInfo) -> Converted:
    if not pa.types.is_floating(cells.type):
        return _through_text(Kind.MONEY)(cells, zone)
    amounts = compute.fill_null(compute.cast(cells, pa.float64()), 0.0).to_numpy()
    sane = np.isfinite(amounts) & (np.abs(amounts) <= _MONEY_LARGEST)
    fen = np.round(np.where(sane, amounts, 0.0) * 100.0)
    exact = np.abs(fen / 100.0 - amounts) <= _MONEY_SLACK
    values = pa.array(fen.astype(np.int64), mask=~(filled(cells) & sane & exact))
    return Converted(values=values, problems=((WRONG_TYPE, ~sane), (MONEY_PRECISION, sane & ~exact)))


def _typed_number(cells: Cells, zone: ZoneInfo) -> Converted:
    if not (pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type) or pa.types.is_decimal(cells.type)):
        return _through_text(Kind.NUMBER)(cells, zone)
    values = compute.cast(cells, pa.float64(), safe=False)
    infinite = true_of(compute.is_inf(values))
    return Converted(values=values, problems=((WRONG_TYPE, infinite),))


def _typed_integer(cells: Cells, zone: ZoneInfo) -> Converted:
    as_whole = _typed_text(cells, zone)
    read = TEXT_READERS[Kind.INTEGER](as_whole.values, zone)
    return Converted(values=read.values, problems=(*as_whole.problems, *read.problems))


def _typed_flag(cells: Cells, zone: ZoneInfo) -> Converted:
    if pa.types.is_boolean(cells.type):
        return Converted(values=cells)
    as_whole = _typed_text(cells, zone)
    read = TEXT_READERS[Kind.FLAG](as_whole.values, zone)
    return Converted(values=read.values, problems=(*as_whole.problems, *read.problems))


TYPED_READERS: Final[dict[Kind, Reader]] = {
    Kind.ID: _typed_text, Kind.TEXT: _typed_text, Kind.CODE: _typed_text, Kind.SECRET: _typed_text,
    Kind.DAY: _typed_day, Kind.INSTANT: _typed_instant, Kind.MONEY: _typed_money, Kind.NUMBER: _typed_number,
    Kind.INTEGER: _typed_integer, Kind.FLAG: _typed_flag,
}  # fmt: skip
