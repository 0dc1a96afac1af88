"""``candidates.parquet``, read as a stream: values, patterns of use, and where each customer's rows stand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop.allocation.general.codes import PatternCodes
from wealthloop.allocation.general.layout import Codes, Floats, Integers
from wealthloop.allocation.general.parts import FILE, checked_parts, columns_of, opened
from wealthloop.errors import InvalidInput

Texts: TypeAlias = "pa.Array[Any]"
_ROWS: Final = 1 << 15
"""Rows read at once."""


class BadRow(InvalidInput):
    """A row breaks a rule."""

    def __init__(self, row: int, said: str, who: str = "") -> None:
        """Say which rule.

        Args:
            row: of those that were read, the first is 0.
            said: what is wrong, and what to do.
            who: whose row it is, where the number alone would say too little.
        """
        super().__init__(f"{FILE} row {row + 1}{who}{said}")
        self.row, self.said = row, said


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

    def __init__(self) -> None:
        self._known: Texts = pa.array([], pa.string())

    @property
    def known(self) -> Texts:
        return self._known

    def code(self, column: Texts) -> Floats:
        """Return the code of each text, -1 for none."""
        places, texts = _coded(column)
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
    columns = columns_of(resources, keyed)
    files = [opened(path) for path in checked_parts(folder, resources, keyed)]
    batches = (
        batch for file in files for batch in file.iter_batches(batch_size=_ROWS, columns=columns, use_threads=False)
    )
    return coded(batches, sum(file.metadata.num_rows for file in files), resources, keyed)


def coded(
    batches: Iterable[pa.RecordBatch], rows: int, resources: Sequence[str], keyed: Mapping[str, Sequence[str]]
) -> Candidates:
    """Return candidates from batches of so many rows in all, with the columns of ``columns_of``.

    Raises:
        BadRow: something is blank, a number is not finite, or an amount is negative.
    """
    value, pattern = np.empty(rows), np.empty(rows, np.int32)
    names = {name: _Names() for name in dict.fromkeys(("action", "channel", *keyed))}
    codes = PatternCodes(2 + len(resources) + len(keyed))
    runs = _Runs()
    at = 0
    for batch in batches:
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


def key_places(
    found: Candidates, resource: str, amount: Floats, column: str, code: Integers, keys: Sequence[str]
) -> Integers:
    """Return the place among some keys of each pattern that uses a resource, -1 where it uses none.

    Args:
        found: the candidates.
        resource: what is used.
        amount: of it, shape (n_patterns,).
        column: says whose it is.
        code: what the column says, -1 for blank, shape (n_patterns,).
        keys: those that there are, none of them blank.

    Raises:
        BadRow: a row uses something of a key that is none of them.
    """
    known = {key: place for place, key in enumerate(keys)}
    names = found.names[column].to_pylist()
    place = np.array([*(known.get(str(name), -1) for name in names), -1])[code]
    uses = amount > 0
    unknown = uses & (place < 0)
    if unknown.any():
        first = int(code[unknown.argmax()])
        key = (names[first] if first >= 0 else "") or "(blank)"
        row = int(np.flatnonzero((unknown & (code == first))[found.pattern])[0])
        rule = f"must be a key of {resource} in capacities.parquet"
        _refuse(row, column, key, f"{rule}; add a row for it, or one with a blank key for every key")
    return np.where(uses, place, -1)


def in_batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Cut a table into batches of the size that ``coded`` likes."""
    return iter(table.to_batches(max_chunksize=_ROWS))


class _Runs:
    """Finds where the customer changes."""

    def __init__(self) -> None:
        self._heads: list[Texts] = []
        self._begins: list[Integers] = []

    def add(self, column: Texts, at: int) -> None:
        _no_blank(column, "customer", at)
        places, texts = _coded(column)
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


def _numbers(batch: pa.RecordBatch, name: str, at: int) -> Floats:
    column = batch[name]
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


def _coded(column: Texts) -> tuple[Integers, Texts]:
    """Return each row's place among some texts, -1 for blank, and the texts."""
    coded: Any = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return _filled(coded.indices, -1).astype(np.int64), coded.dictionary.cast(pa.string())


def _filled(numbers: Texts, blank: int) -> Integers:
    """Return whole numbers with something in the place of blanks."""
    filled: Any = numbers
    if numbers.null_count:
        filled = filled.fill_null(blank)
    out: Integers = filled.to_numpy(zero_copy_only=False)
    return out


def _refuse(row: int, column: str, found: object, rule: str) -> None:
    raise BadRow(row, f", column {column} == {found}, {rule}")
