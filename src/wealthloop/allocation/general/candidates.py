"""``candidates.parquet``, read as a stream: values, patterns of use, and where each customer's rows stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wealthloop.allocation.general.codes import PatternCodes
from wealthloop.allocation.general.layout import Codes, Floats, Integers
from wealthloop.errors import InvalidInput

FILE: Final = "candidates.parquet"
NAMED: Final = ("customer", "action", "channel")
Texts: TypeAlias = "pa.Array[Any]"
_ROWS: Final = 1 << 15
"""Rows read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The file, row by row."""

    value: Floats
    """Shape (n,)."""
    pattern: Codes
    """Which of the patterns each row has, shape (n,)."""
    patterns: Floats
    """Action, channel, amount of each resource, key of each key column (-1 for none), shape (n_patterns, columns)."""
    names: dict[str, Texts]
    """The texts of action, channel and each key column, by code."""
    heads: Texts
    """The customer of each run of rows with one customer."""
    begins: Integers
    """First row of each run and the end of the last, shape (n_runs + 1,)."""


class _Names:
    """Codes of a column's texts, in the order of their first appearance."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._known: Texts = pa.array([], pa.string())

    @property
    def known(self) -> Texts:
        return self._known

    def code(self, column: Texts) -> Floats:
        """Return the code of each text, -1 for none."""
        places, texts = _coded(column, self._column)
        fresh = pc.unique(texts.filter(pc.invert(pc.is_in(texts, value_set=self._known)))).drop_null()
        if len(fresh):
            self._known = pa.concat_arrays([self._known, fresh])
        codes: Any = pc.index_in(texts, value_set=self._known)
        out: Floats = np.append(_filled(codes, -1), -1).astype(np.float64)[np.where(places < 0, len(texts), places)]
        return out


def read_candidates(folder: Path, resources: Sequence[str], keyed: Mapping[str, Sequence[str]]) -> Candidates:
    """Return the candidates of a problem.

    Args:
        folder: the problem's.
        resources: columns of amounts.
        keyed: columns that say whose a resource is, each with the resources of which it says so.

    Raises:
        InvalidInput: the file is missing or no Parquet, a column is missing or of a wrong type, or a number is not
            finite or an amount negative; names the file, the row, the column and the rule.
    """
    columns = list(dict.fromkeys([*NAMED, "value", *resources, *keyed]))
    file = _opened(folder / FILE, columns)
    rows = file.metadata.num_rows
    value, pattern = np.empty(rows), np.empty(rows, np.int32)
    names = {name: _Names(name) for name in dict.fromkeys(("action", "channel", *keyed))}
    codes = PatternCodes(2 + len(resources) + len(keyed))
    runs = _Runs()
    at = 0
    for batch in file.iter_batches(batch_size=_ROWS, columns=columns, use_threads=False):
        end = at + batch.num_rows
        value[at:end] = _numbers(batch, "value", at)
        runs.add(batch["customer"], at)
        codes.number(_block(batch, names, resources, keyed, at), pattern[at:end])
        at = end
    heads, begins = runs.done(rows)
    return Candidates(
        value=value, pattern=pattern, patterns=codes.patterns.copy(), heads=heads, begins=begins,
        names={name: one.known for name, one in names.items()},
    )  # fmt: skip


class _Runs:
    """Finds where the customer changes."""

    def __init__(self) -> None:
        self._heads: list[Texts] = []
        self._begins: list[Integers] = []

    def add(self, column: Texts, at: int) -> None:
        _no_blank(column, "customer", at)
        places, texts = _coded(column, "customer")
        begins = np.flatnonzero(np.diff(places, prepend=-1))
        heads = texts.take(pa.array(places[begins], pa.int64()))
        if self._heads and len(heads) and self._heads[-1][-1] == heads[0]:
            begins, heads = begins[1:], heads[1:]
        if len(heads):
            self._heads.append(heads)
            self._begins.append(begins + at)

    def done(self, rows: int) -> tuple[Texts, Integers]:
        heads = pa.concat_arrays(self._heads) if self._heads else pa.array([], pa.string())
        return heads, np.concatenate([*self._begins, [rows]]).astype(np.int64)


def _block(
    batch: pa.RecordBatch, names: Mapping[str, _Names], resources: Sequence[str], keyed: Mapping[str, Sequence[str]],
    at: int,
) -> Floats:  # fmt: skip
    """Return the columns that tell patterns apart; a key counts only where something of it is used."""
    block = np.empty((2 + len(resources) + len(keyed), batch.num_rows))
    for c, name in enumerate(("action", "channel")):
        _no_blank(batch[name], name, at)
        block[c] = names[name].code(batch[name])
    for c, name in enumerate(resources, start=2):
        amount = _numbers(batch, name, at)
        if amount.size and amount.min() < 0:
            _refuse(at + int(amount.argmin()), name, float(amount.min()), "must not be negative")
        np.add(amount, 0.0, out=block[c])
    for c, (name, of) in enumerate(keyed.items(), start=2 + len(resources)):
        used = np.zeros(batch.num_rows, np.bool_)
        for resource in of:
            used |= block[2 + resources.index(resource)] > 0
        block[c] = np.where(used, names[name].code(batch[name]), -1.0)
    return block


def _opened(path: Path, needed: Sequence[str]) -> pq.ParquetFile:
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file; a problem is a folder with candidates, capacities and limits")
    try:
        there = pq.read_schema(path)
        texts = [field.name for field in there if _is_text(field.type)]
        file = pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: {error}; must be a Parquet file") from error
    for name in needed:
        if name not in there.names:
            named = "" if name in (*NAMED, "value") else " (capacities.parquet names it)"
            raise InvalidInput(f"{FILE}: column {name}{named} is missing, must be one of {', '.join(there.names)}")
    return file


def _numbers(batch: pa.RecordBatch, name: str, at: int) -> Floats:
    column = batch[name]
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        raise InvalidInput(f"{FILE}: column {name} has type {column.type}, must hold numbers")
    _no_blank(column, name, at)
    out: Floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    odd = ~np.isfinite(out)
    if odd.any():
        rule = "must be a finite number; leave the row out if it is not known"
        _refuse(at + int(odd.argmax()), name, float(out[odd][0]), rule)
    return out


def _no_blank(column: Texts, name: str, at: int) -> None:
    if column.null_count:
        blank = np.asarray(column.is_null().to_numpy(zero_copy_only=False))
        _refuse(at + int(blank.argmax()), name, None, "must not be blank")


def _coded(column: Texts, name: str) -> tuple[Integers, Texts]:
    """Return each row's place among some texts, -1 for blank, and the texts."""
    coded: Any = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return _filled(coded.indices, -1).astype(np.int64), _texts(coded.dictionary, name)


def _filled(numbers: Texts, blank: int) -> Integers:
    """Return whole numbers with something in the place of blanks."""
    filled: Any = numbers
    if numbers.null_count:
        filled = filled.fill_null(blank)
    out: Integers = filled.to_numpy(zero_copy_only=False)
    return out


def _texts(values: Texts, name: str) -> Texts:
    if _is_text(values.type):
        return values.cast(pa.string())
    if pa.types.is_integer(values.type) or pa.types.is_null(values.type):
        return values.cast(pa.string())
    raise InvalidInput(f"{FILE}: column {name} has type {values.type}, must hold texts or whole numbers")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _refuse(row: int, column: str, found: object, rule: str) -> None:
    raise InvalidInput(f"{FILE} row {row + 1}, column {column} == {found}, {rule}")
