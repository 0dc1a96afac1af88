"""The record: rows of the bank's tables, kept as columns and written as Parquet in the contract's names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.bank.contract import TABLES, Kind, TableSpec
from wealthloop.sandbox.draws import Ints

Coded: TypeAlias = Mapping[str, Sequence[str]]
"""Labels of columns that are kept as indices; an index of -1 is a null."""

Column: TypeAlias = "pa.Array[Any]"
"""A column of Arrow, whatever it holds."""

_FLUSH_ROWS: Final = 400_000
_ARROW: Final[dict[Kind, pa.DataType]] = {
    Kind.ID: pa.string(), Kind.TEXT: pa.string(), Kind.CODE: pa.string(), Kind.SECRET: pa.string(),
    Kind.DAY: pa.date32(), Kind.INSTANT: pa.timestamp("us"), Kind.MONEY: pa.float64(), Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int64(), Kind.FLAG: pa.bool_(),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A column of ids that are kept as numbers; each is written as prefix + digits."""

    prefix: str
    digits: int


def arrow_type(spec: TableSpec, column: str) -> pa.DataType:
    """Return how a column is written: money as float64 yuan, instants as zone-less bank-local time."""
    return _ARROW[spec.column(column).kind]


class Log:
    """The rows of one large table, columns of numbers until they are written."""

    def __init__(self, name: str, *, coded: Coded, numbered: Mapping[str, Numbered]) -> None:
        self._spec, self._coded, self._numbered = TABLES[name], coded, numbered
        self._chunks: list[dict[str, NDArray[Any]]] = []
        self._tables: list[pa.Table] = []
        self._rows = 0

    def add(self, columns: dict[str, NDArray[Any]]) -> None:
        """Keep rows; every chunk of a table must have the same columns."""
        rows = len(next(iter(columns.values())))
        if rows == 0:
            return
        self._chunks.append(columns)
        self._rows += rows
        if self._rows >= _FLUSH_ROWS:
            self._pack()

    def take(self) -> pa.Table | None:
        """Return the rows since the last call and forget them; None when there are none."""
        self._pack()
        tables, self._tables = self._tables, []
        return pa.concat_tables(tables, promote_options="default").unify_dictionaries() if tables else None

    def _pack(self) -> None:
        if not self._chunks:
            return
        names = self._chunks[0].keys()
        arrays = {name: self._column(name, np.concatenate([c[name] for c in self._chunks])) for name in names}
        self._tables.append(pa.table(arrays))
        self._chunks, self._rows = [], 0

    def _column(self, name: str, values: NDArray[Any]) -> Column:
        if name in self._coded:
            return _labelled(values, self._coded[name])
        if name in self._numbered:
            return _ids(values, self._numbered[name])
        return _plain(values, self._spec.column(name).kind)


class Rows:
    """The rows of one small table."""

    def __init__(self, name: str) -> None:
        self._spec = TABLES[name]
        self._rows: list[dict[str, object]] = []

    def add(self, **cells: object) -> None:
        """Keep one row; money in yuan, days as dates, instants as zone-less datetimes."""
        self._rows.append(cells)

    def take(self) -> pa.Table | None:
        """Return the rows since the last call and forget them; None when there are none."""
        rows, self._rows = self._rows, []
        return table_of(self._spec.name, rows) if rows else None


def table_of(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows of like keys as a table of the contract's types."""
    spec = TABLES[name]
    schema = pa.schema([(column, arrow_type(spec, column)) for column in rows[0]])
    return pa.Table.from_pylist(list(rows), schema=schema)


def write(folder: Path, name: str, table: pa.Table) -> None:
    """Write a table; labels come back as plain strings, because the Arrow schema is not stored."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    pq.write_table(table, path, compression="zstd", compression_level=1, store_schema=False)


def _plain(values: NDArray[Any], kind: Kind) -> Column:
    """Return a column of days, instants, fen, numbers or flags; a negative day and a NaN are nulls."""
    if kind is Kind.DAY:
        days: Column = pa.array(values.astype(np.int32), mask=values < 0).view(pa.date32())
        return days
    if kind is Kind.INSTANT:
        instants: Column = pa.array(values).view(pa.timestamp("us"))
        return instants
    if kind is Kind.MONEY:
        return pa.array(values / 100.0)
    mask = np.isnan(values) if kind is Kind.NUMBER else None
    plain: Column = pa.array(values, mask=mask)
    return plain


def _labelled(values: Ints, labels: Sequence[str]) -> Column:
    indices: Column = pa.array(values.astype(np.int32), mask=values < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(labels, pa.string()))


def _ids(values: Ints, form: Numbered) -> Column:
    encoded = pa.array(values, mask=values < 0).dictionary_encode()
    digits = pc.utf8_lpad(encoded.dictionary.cast(pa.string()), width=form.digits, padding="0")
    labels: Column = pc.utf8_replace_slice(digits, start=0, stop=0, replacement=form.prefix)
    return pa.DictionaryArray.from_arrays(encoded.indices, labels)
