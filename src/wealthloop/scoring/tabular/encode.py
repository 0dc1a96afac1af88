"""From columns of any kind to numbers: what is a number, a day, a flag, a category; what says nothing is left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.errors import InvalidInput
from wealthloop.scoring.types import Floats

Cells: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

_MOST_LEVELS: Final = 60
_FEWEST_ROWS: Final = 5
"""Rows that a category of a text column needs to stand alone."""
_NUMBERS: Final = 0.95
"""Share of a text column's cells that must be numbers for it to be read as one."""
_NUMBER: Final = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$|^\s*[-+]?(inf|Inf|INF|infinity|Infinity)\s*$"
_MOMENT: Final = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_DAY_SECONDS: Final = 86_400
_FLAGS: Final = {"true": 1.0, "yes": 1.0, "y": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "n": 0.0, "f": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column is read."""

    name: str
    levels: tuple[str, ...] | None
    """Categories by code; None: a number. What is none of them has the code after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that an analyst should know of a column."""

    column: str
    rule: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a table becomes a matrix."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are used."""
        return tuple(column.name for column in self.columns)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Places of the categories."""
        return tuple(place for place, column in enumerate(self.columns) if column.levels is not None)

    def apply(self, table: pa.Table) -> Floats:
        """Return the matrix of a table, shape (n_rows, n_columns); NaN where a cell says nothing.

        Raises:
            InvalidInput: a column is not there.
        """
        lacking = [column.name for column in self.columns if column.name not in table.column_names]
        if lacking:
            raise InvalidInput(f"column {lacking[0]}: the table to score has none of this name, training had")
        made = [
            numbers(table[column.name]) if column.levels is None else _coded(table[column.name], column.levels)
            for column in self.columns
        ]
        return np.column_stack(made) if made else np.zeros((table.num_rows, 0))


def fit_encoding(table: pa.Table, names: Sequence[str]) -> tuple[Encoding, Floats, tuple[Note, ...]]:
    """Learn how columns are read, and read them.

    Returns:
        The encoding, the matrix of the table, and what was left out or mended.
    """
    kept: list[Column] = []
    made: list[Floats] = []
    notes: list[Note] = []
    seen: dict[bytes, str] = {}
    for name in names:
        cells = table[name]
        column = Column(name=name, levels=None if _is_number(cells) else _levels(cells))
        values = numbers(cells) if column.levels is None else _coded(cells, column.levels)
        raw = _raw(cells) if column.levels is None else values
        notes += _mended(name, cells, raw) if column.levels is None else []
        why = _useless(name, cells, column, values, seen)
        if why is not None:
            notes.append(why)
            continue
        seen[values.tobytes()] = name
        kept.append(column)
        made.append(values)
    x = np.column_stack(made) if made else np.zeros((table.num_rows, 0))
    return Encoding(columns=tuple(kept)), x, tuple(notes)


def needed(table: pa.Table, *names: str) -> None:
    """Check that columns are there; an empty name asks for none.

    Raises:
        InvalidInput: one is not; the message names it and some that are.
    """
    for name in names:
        if name and name not in table.column_names:
            raise InvalidInput(f"column {name}: there is none, the table has {', '.join(table.column_names[:20])}")


def texts(table: pa.Table, name: str) -> list[str]:
    """Return a column as texts, one a row.

    Raises:
        InvalidInput: a cell is empty.
    """
    found = pc.cast(table[name], pa.string()).to_pylist()
    empty = [place for place, cell in enumerate(found) if cell is None]
    if empty:
        raise InvalidInput(
            f"column {name}, row {empty[0] + 1}: empty, {len(empty)} row(s) are like that, leave them out"
        )
    return [str(cell) for cell in found]


def numbers(cells: Cells) -> Floats:
    """Return cells as numbers, NaN where they are none or infinite; moments are days since 1970, with fractions."""
    values = _raw(cells)
    values[~np.isfinite(values)] = np.nan
    return values


def binary(cells: Cells, *, name: str) -> Floats:
    """Return a column of two values as 0 and 1; of words ``yes``, ``true`` and the like are 1, else the later by order.

    Raises:
        InvalidInput: a cell says nothing, or there are not two values.
    """
    if cells.null_count:
        first = int(np.flatnonzero(np.asarray(pc.is_null(cells).to_numpy(zero_copy_only=False)))[0])
        raise InvalidInput(f"column {name}, row {first + 1}: no value, every row needs one; leave such rows out")
    found = sorted(str(value) for value in pc.unique(cells).to_pylist())
    if len(found) != 2:
        shown = ", ".join(found[:5])
        raise InvalidInput(f"column {name}: {len(found)} value(s) ({shown}), must be two: 0 and 1, no and yes")
    flags = [_FLAGS.get(value.lower()) for value in found]
    one = found[flags.index(1.0)] if set(flags) == {0.0, 1.0} else _later(found)
    return np.array([float(str(value) == one) for value in cells.to_pylist()])


def _later(found: Sequence[str]) -> str:
    as_numbers = [float(value) if re.match(_NUMBER, value) else None for value in found]
    if None in as_numbers:
        return found[-1]
    return found[int(np.argmax(np.array(as_numbers, dtype=np.float64)))]


def _is_number(cells: Cells) -> bool:
    if not _is_text(cells):
        return True
    told = cells.drop_null()
    if not len(told):
        return True
    plain = pc.mean(pc.cast(pc.match_substring_regex(told, _NUMBER), pa.float64())).as_py()
    return bool(plain >= _NUMBERS or _are_days(told))


def _is_text(cells: Cells) -> bool:
    return pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type) or pa.types.is_dictionary(cells.type)


def _are_days(told: Cells) -> bool:
    return bool(pc.all(pc.match_substring_regex(told, _MOMENT)).as_py())


def _raw(cells: Cells) -> Floats:
    """Return cells as numbers, infinite ones too; NaN where they are none."""
    if pa.types.is_dictionary(cells.type):
        cells = pc.cast(cells, pa.string())
    if not _is_text(cells):
        if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
            return _days(pc.cast(cells, pa.timestamp("us")) if pa.types.is_date(cells.type) else cells)
        if not _is_numeric(cells.type):
            return np.full(len(cells), np.nan)
        return np.array(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    told = cells.drop_null()
    if len(told) and _are_days(told):
        clock = pc.replace_substring(pc.utf8_slice_codeunits(cells, 0, 19), "T", " ")
        whole = pc.utf8_slice_codeunits(pc.binary_join_element_wise(clock, " 00:00:00", ""), 0, 19)
        short = pc.equal(pc.utf8_length(clock), 16)
        filled = pc.if_else(short, pc.binary_join_element_wise(clock, ":00", ""), whole)
        return _days(pc.strptime(filled, format="%Y-%m-%d %H:%M:%S", unit="us", error_is_null=True))
    plain = pc.if_else(pc.match_substring_regex(cells, _NUMBER), pc.utf8_trim_whitespace(cells), None)
    return np.array(pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _is_numeric(kind: pa.DataType) -> bool:
    types = pa.types
    return types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind)


def _days(moments: Cells) -> Floats:
    since = pc.cast(pc.cast(moments, pa.timestamp("us"), safe=False), pa.int64())
    return np.array(pc.cast(since, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64) / (
        _DAY_SECONDS * 1e6
    )  # fmt: skip


def _levels(cells: Cells) -> tuple[str, ...]:
    counts = pc.value_counts(pc.cast(cells.drop_null(), pa.string())).to_pylist()
    common = [one for one in counts if one["counts"] >= _FEWEST_ROWS]
    common.sort(key=lambda one: (-one["counts"], one["values"]))
    return tuple(sorted(str(one["values"]) for one in common[:_MOST_LEVELS]))


def _coded(cells: Cells, levels: tuple[str, ...]) -> Floats:
    text = pc.cast(cells, pa.string())
    code = pc.fill_null(pc.index_in(text, value_set=pa.array(levels, pa.string()), skip_nulls=True), len(levels))
    values = np.array(code.to_numpy(zero_copy_only=False), dtype=np.float64)
    values[np.asarray(pc.is_null(text).to_numpy(zero_copy_only=False), dtype=bool)] = np.nan
    return values


def _useless(name: str, cells: Cells, column: Column, values: Floats, seen: Mapping[bytes, str]) -> Note | None:
    known = values[~np.isnan(values)]
    if column.levels is not None and _names_rows(cells):
        return Note(column=name, rule="identifier", en="another text in nearly every row, left out as an identifier",
                    zh="几乎每行取值不同，视为标识，未采用")  # fmt: skip
    if not known.size or (np.ptp(known) == 0 and known.size == values.size):
        return Note(column=name, rule="constant", en="one value in every row, left out", zh="取值恒定，未采用")
    if column.levels is None and known.size == values.size > _MOST_LEVELS and _counts_rows(values):
        return Note(column=name, rule="identifier", en="numbers the rows one by one: left out as an identifier",
                    zh="逐行编号，视为标识，未采用")  # fmt: skip
    twin = seen.get(values.tobytes())
    if twin is not None:
        return Note(column=name, rule="duplicate", en=f"the same as {twin}, left out", zh=f"与 {twin} 相同，未采用")
    return None


def _names_rows(cells: Cells) -> bool:
    distinct = int(pc.count_distinct(cells).as_py())
    return distinct > _MOST_LEVELS and distinct > (len(cells) - cells.null_count) / 2


def _counts_rows(values: Floats) -> bool:
    return bool(np.ptp(values) == values.size - 1 and np.unique(values).size == values.size)


def _mended(name: str, cells: Cells, raw: Floats) -> list[Note]:
    notes = []
    infinite = int(np.isinf(raw).sum())
    if infinite:
        notes.append(Note(column=name, rule="infinite", en=f"{infinite} infinite value(s), read as not known",
                          zh=f"{infinite} 个无穷值，按未知处理"))  # fmt: skip
    unread = int(np.isnan(raw).sum()) - cells.null_count
    if _is_text(cells) and unread > 0:
        notes.append(Note(column=name, rule="no_number", en=f"{unread} value(s) are no numbers, read as not known",
                          zh=f"{unread} 个值不是数字，按未知处理"))  # fmt: skip
    return notes
