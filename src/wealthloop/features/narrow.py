"""Rows of a table made narrow: what the kernel reads of each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places, whole
from wealthloop.features.groups import AXES, FIRST_CELL, GROUP_OF, GROUPS, Value
from wealthloop.features.kernel import Places

Ids: TypeAlias = "pa.Array[Any]"
Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

_WITH_HOURS: Final = frozenset(group.table for group in GROUPS if group.value is Value.HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of some tables, each array of shape (n_rows,)."""

    who: NDArray[np.int32]
    """Place of the customer; negative: of nobody."""
    day: NDArray[np.int32]
    """Since 1970."""
    cell: NDArray[np.uint16]
    amount: NDArray[np.int64]
    """Absolute, fen."""
    hour: NDArray[np.int8]
    known: NDArray[np.int32]
    """First day at whose end the row is known, since 1970; empty where all are known on their own day."""
    until: NDArray[np.int32]
    """First day at whose end a correction takes its place, ``FOREVER`` where none does; empty where none ever does."""

    def take(self, places: Places) -> "Rows":
        """Return rows by their places; columns that are empty stay so."""
        return Rows(**{name: column[places] if column.size else column for name, column in self.columns().items()})

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS: Final = {
    "who": np.int32, "day": np.int32, "cell": np.uint16, "amount": np.int64, "hour": np.int8, "known": np.int32,
    "until": np.int32,
}  # fmt: skip
FOREVER: Final = np.iinfo(np.int32).max


def columns_of(table: str) -> tuple[str, ...]:
    """Return what is read of a table."""
    return ("customer_id", "at_day", *(("at",) if table in _WITH_HOURS else ()), *asked_of(table))


def product_groups(products: pa.Table) -> Mapping[str, str]:
    """Return the group of each product (``product_id``, ``category``)."""
    return {row["product_id"]: GROUP_OF[row["category"]] for row in products.to_pylist()}


def asked_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table on which the groups' conditions look, ``amount`` last."""
    asked = [column for column in AXES[table].columns if column != "amount"]
    return (*asked, *(("amount",) if table == "transactions" else ()))


def narrow(
    rows: pa.Table, table: str, ids: Ids, products: Mapping[str, str], zone: ZoneInfo,
    *, known: NDArray[np.int32] | None = None,
) -> Rows:  # fmt: skip
    """Return what the kernel reads of rows of a table.

    Args:
        rows: with ``columns_of(table)``.
        table: which.
        ids: the customers; rows of others are of nobody.
        products: see ``product_groups``.
        zone: the bank's.
        known: first day at whose end each row is known; None where all that is given is known on its own day.
    """
    amount = whole(rows["amount"]) if table == "transactions" else np.zeros(rows.num_rows, dtype=np.int64)
    hour = _hours(rows["at"], zone) if table in _WITH_HOURS else np.zeros(rows.num_rows, dtype=np.int8)
    day = whole(rows["at_day"]).astype(np.int32)
    return Rows(
        who=places(rows["customer_id"], ids).astype(np.int32),
        day=day,
        cell=cells_of(rows, table, products),
        amount=np.abs(amount),
        hour=hour,
        known=np.zeros(0, dtype=np.int32) if known is None else known,
        until=np.zeros(0, dtype=np.int32) if known is None else np.full(rows.num_rows, FOREVER, dtype=np.int32),
    )


def joined(parts: list[Rows]) -> Rows:
    """Return the rows of some parts, one behind the other."""
    return Rows(
        **{
            name: np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)], dtype=kind)
            for name, kind in COLUMNS.items()
        }
    )


def cells_of(rows: pa.Table, table: str, products: Mapping[str, str]) -> NDArray[np.uint16]:
    """Return the cell of each row (see ``groups.CELL_STARTS``), shape (n_rows,).

    Args:
        rows: with ``asked_of(table)``.
        table: which.
        products: see ``product_groups``.
    """
    axes, cells = AXES[table], np.zeros(rows.num_rows, dtype=np.int64)
    for column, codes in zip(axes.columns, axes.codes, strict=True):
        cells = cells * (len(codes) + 1) + _codes(rows[column], column, codes, products)
    return (cells + FIRST_CELL[table]).astype(np.uint16)


def _codes(
    cells: Column, column: str, codes: tuple[str, ...], products: Mapping[str, str]
) -> NDArray[np.int64]:  # fmt: skip
    """Return the place of each cell's code on an axis, 0 for none of them."""
    if column == "amount":
        amount = whole(cells)
        return np.where(amount > 0, 1, np.where(amount < 0, 2, 0))
    if column == "product_id":
        group = [codes.index(products[product]) + 1 for product in products]
        of_product = np.array([*group, 0], dtype=np.int64)
        return np.asarray(of_product[places(cells, pa.array(list(products), pa.string()))])
    return places(cells, pa.array(codes)) + 1


def _hours(at: Column, zone: ZoneInfo) -> NDArray[np.int8]:
    local = pc.cast(pc.cast(at, pa.timestamp("us", "UTC")), pa.timestamp("us", str(zone)))
    return whole(pc.hour(local)).astype(np.int8)


def known_days(known_at: Column, zone: ZoneInfo) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the first day at whose end each instant has come (since 1970), and whether it is that very end."""
    utc = pc.cast(known_at, pa.timestamp("us", "UTC"))
    before = pc.subtract(utc, pa.scalar(1, pa.duration("us")))
    local = pc.cast(before, pa.timestamp("us", str(zone)))
    day = pc.floor_temporal(pc.local_timestamp(local), unit="day")
    at = pc.local_timestamp(pc.cast(utc, pa.timestamp("us", str(zone))))
    at_end = pc.equal(at, pc.floor_temporal(at, unit="day"))
    return whole(pc.cast(day, pa.date32())).astype(np.int32), np.asarray(at_end.to_numpy(zero_copy_only=False))


def month_days(first: int, last: int) -> NDArray[np.int64]:
    """Return the day of the month of each day from ``first`` to ``last``, days since 1970."""
    days = np.arange(first, last + 1).astype("datetime64[D]")
    return np.asarray((days - days.astype("datetime64[M]")).astype(np.int64) + 1)


def day_number(day: date) -> int:
    """Return the days since 1970."""
    return day.toordinal() - date(1970, 1, 1).toordinal()
