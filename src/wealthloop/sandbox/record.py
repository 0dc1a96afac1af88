"""The record: rows of the bank's tables, kept as columns of numbers and made into tables of the contract's types."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Self, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.bank.contract import TABLES, Kind, TableSpec
from wealthloop.sandbox.draws import Ints

Labels: TypeAlias = "Sequence[str] | pa.Array[Any]"
Coded: TypeAlias = Mapping[str, Labels]
"""Labels of columns that are kept as indices; an index of -1 is a null."""

Column: TypeAlias = "pa.Array[Any]"
"""A column of Arrow, whatever it holds."""

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
    """The rows of one large table, columns of numbers or of texts (arrays of objects) until they are written."""

    def __init__(self, name: str, *, coded: Coded, numbered: Mapping[str, Numbered] | None = None) -> None:
        self._spec, self._numbered = TABLES[name], numbered or {}
        self._coded = {column: pa.array(labels, pa.string()) for column, labels in coded.items()}
        self._chunks: list[dict[str, NDArray[Any]]] = []
        self.rows = 0

    def add(self, columns: dict[str, NDArray[Any]]) -> None:
        """Keep rows; every chunk of a table must have the same columns."""
        rows = len(next(iter(columns.values())))
        if rows:
            self._chunks.append(columns)
            self.rows += rows

    def fork(self) -> Self:
        """Return an independent copy; chunks are never written to and stay shared."""
        other = copy(self)
        self._chunks = [*self._chunks]
        return other

    def take(self, *, wanted: bool) -> list[pa.Table]:
        """Return the rows since the last call, unless they are not wanted, and forget them."""
        chunks, self._chunks, self.rows = self._chunks, [], 0
        return [self._table(list(alike)) for _, alike in groupby(chunks, key=_kinds)] if wanted else []

    def _table(self, chunks: list[dict[str, NDArray[Any]]]) -> pa.Table:
        names = chunks[0].keys()
        return pa.table({name: self._column(name, np.concatenate([c[name] for c in chunks])) for name in names})

    def _column(self, name: str, values: NDArray[Any]) -> Column:
        if values.dtype == np.object_:
            texts: Column = pa.array(values, pa.string())
            return texts.dictionary_encode()
        if name in self._coded:
            return _labelled(values, self._coded[name])
        if name in self._numbered:
            return _ids(values, self._numbered[name])
        return _plain(values, self._spec.column(name).kind)


def _kinds(chunk: dict[str, NDArray[Any]]) -> tuple[str, ...]:
    """Return how the columns are kept; chunks that keep them alike can be joined."""
    return tuple(values.dtype.kind for values in chunk.values())


class Rows:
    """The rows of one small table."""

    def __init__(self, name: str) -> None:
        self._spec = TABLES[name]
        self._rows: list[dict[str, object]] = []

    @property
    def rows(self) -> int:
        """How many rows are kept."""
        return len(self._rows)

    def add(self, **cells: object) -> None:
        """Keep one row; money in yuan, days as dates, instants as zone-less datetimes."""
        self._rows.append(cells)

    def fork(self) -> Self:
        """Return an independent copy."""
        other = copy(self)
        self._rows = [*self._rows]
        return other

    def take(self, *, wanted: bool) -> list[pa.Table]:
        """Return the rows since the last call, unless they are not wanted, and forget them."""
        rows, self._rows = self._rows, []
        return [table_of(self._spec.name, rows)] if rows and wanted else []


def table_of(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows of like keys as a table of the contract's types."""
    spec = TABLES[name]
    schema = pa.schema([(column, arrow_type(spec, column)) for column in rows[0]])
    return pa.Table.from_pylist(list(rows), schema=schema)


def _plain(values: NDArray[Any], kind: Kind) -> Column:
    """Return a column of days, instants, fen, numbers or flags; a negative day or instant and a NaN are nulls."""
    if kind is Kind.DAY:
        days: Column = pa.array(values.astype(np.int32), mask=values < 0).view(pa.date32())
        return days
    if kind is Kind.INSTANT:
        instants: Column = pa.array(values, mask=values < 0).view(pa.timestamp("us"))
        return instants
    if kind is Kind.MONEY:
        return pa.array(values / 100.0)
    mask = np.isnan(values) if kind is Kind.NUMBER else None
    plain: Column = pa.array(values, mask=mask)
    return plain


def _labelled(values: Ints, labels: Column) -> Column:
    indices: Column = pa.array(values.astype(np.int32), mask=values < 0)
    return pa.DictionaryArray.from_arrays(indices, labels)


def _ids(values: Ints, form: Numbered) -> Column:
    encoded = pa.array(values, mask=values < 0).dictionary_encode()
    digits = pc.utf8_lpad(encoded.dictionary.cast(pa.string()), width=form.digits, padding="0")
    labels: Column = pc.utf8_replace_slice(digits, start=0, stop=0, replacement=form.prefix)
    return pa.DictionaryArray.from_arrays(encoded.indices, labels)
