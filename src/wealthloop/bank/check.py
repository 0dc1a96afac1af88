"""Checking the rows of a chunk against the contract: good rows as they are stored, the others with their rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.chunks import UNREADABLE, Chunk
from wealthloop.bank.contract import Column, Kind, TableSpec
from wealthloop.bank.converted import DAY_MICROS, Cells, Mask, as_text, compute, filled
from wealthloop.bank.instants import day_ends, micros, wall_of_utc
from wealthloop.bank.values import convert
from wealthloop.bank.versions import AT_DAY, KNOWN_AT, has_at_day, part_schema
from wealthloop.kit import Cipher, day_end

MISSING_COLUMN: Final = "missing_column"
DUPLICATE_COLUMN: Final = "duplicate_column"
MISSING_VALUE: Final = "missing_value"
FUTURE_DATE: Final = "future_date"
DUPLICATE_KEY: Final = "duplicate_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One row that does not load."""

    line: int
    column: str
    rule: str
    text: str
    """The original text of the cell, empty where the rule is about the row."""
    row: str
    """The original row, a JSON list of text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rows of a load are checked with."""

    zone: ZoneInfo
    as_of: date
    cipher: Cipher
    load: int

    @property
    def cut(self) -> int:
        """The end of ``as_of``, microseconds since 1970, UTC."""
        return micros(day_end(self.as_of, self.zone))

    @property
    def last_day(self) -> int:
        """``as_of`` as days since 1970."""
        return self.as_of.toordinal() - date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a chunk came to; ``good`` has the schema of a part."""

    good: pa.Table
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    column: str
    rule: str
    bad: Mask


def header_fault(names: Sequence[str], spec: TableSpec) -> tuple[str, str] | None:
    """Return (column, rule) where a file's header does not suit the table, None where it does."""
    if any("\0" in name or any("\udc80" <= letter <= "\udcff" for letter in name) for name in names):
        return "", UNREADABLE
    for column in spec.columns:
        if column.required and column.name not in names:
            return column.name, MISSING_COLUMN
        if names.count(column.name) > 1:
            return column.name, DUPLICATE_COLUMN
    for group in spec.either:
        if not set(group) & set(names):
            return " or ".join(group), MISSING_COLUMN
    return None


def check(chunk: Chunk, original: Chunk, spec: TableSpec, *, file: int, within: Surroundings) -> Checked:
    """Return the good rows of a chunk as they are stored, and the refused ones with their first fault.

    Args:
        chunk: rows in the contract's column names.
        original: the same rows as the file has them.
        spec: the table.
        file: the number of the file within the load.
        within: zone, day and cipher of the load.
    """
    stored: dict[str, Cells] = {}
    problems = [_Problem(column=name, rule=rule, bad=bad) for name, rule, bad in chunk.problems]
    for column in spec.columns:
        cells = chunk.get(column.name)
        if cells is None:
            cells = pa.nulls(len(chunk.lines))
        stored[column.name], found = _column(cells, column, spec, within)
        problems += found if column.name in chunk.names else []
    first = _first_problem(problems, len(chunk.lines))
    good = _good(stored, chunk.lines, first < 0, spec, within, file)
    return Checked(good=good, refused=_refused(chunk, original, problems, first))


def refuse_all(chunk: Chunk, original: Chunk, *, column: str, rule: str) -> tuple[Refused, ...]:
    """Return every row of a chunk refused for a fault of its file."""
    rows = original.original(range(len(chunk.lines)))
    whole = [
        Refused(line=line, column=column, rule=rule, text="", row=row)
        for line, row in zip(chunk.lines.tolist(), rows, strict=True)
    ]
    return (*whole, *refuse_broken(chunk))


def refuse_broken(chunk: Chunk) -> tuple[Refused, ...]:
    """Return the rows that could not be split."""
    return tuple(Refused(line=row.line, column="", rule=row.rule, text=row.row, row=row.row) for row in chunk.broken)


def _column(cells: Cells, column: Column, spec: TableSpec, within: Surroundings) -> tuple[Cells, list[_Problem]]:
    read = convert(cells, column, within.zone)
    problems = [_Problem(column=column.name, rule=rule, bad=bad) for rule, bad in read.problems]
    if not column.nullable:
        problems.append(_Problem(column=column.name, rule=MISSING_VALUE, bad=~filled(read.values)))
    if column.kind in (Kind.DAY, Kind.INSTANT) and column.name not in spec.may_lie_ahead:
        problems.append(_Problem(column=column.name, rule=FUTURE_DATE, bad=_ahead(read.values, column, within)))
    return read.values, problems


def _ahead(values: Cells, column: Column, within: Surroundings) -> Mask:
    limit = within.last_day if column.kind is Kind.DAY else within.cut
    ahead: Mask = _numbers(values) > limit
    return ahead & filled(values)


def _numbers(values: Cells) -> NDArray[np.int64]:
    """Return days since 1970 of dates, microseconds of instants; 0 where null."""
    width = pa.int32() if pa.types.is_date(values.type) else pa.int64()
    whole = compute.fill_null(compute.cast(values, width), 0)
    return np.asarray(whole.to_numpy(zero_copy_only=False), dtype=np.int64)


def _first_problem(problems: list[_Problem], rows: int) -> NDArray[np.int64]:
    first = np.full(rows, -1, dtype=np.int64)
    for number, problem in enumerate(problems):
        first[problem.bad & (first < 0)] = number
    return first


def _refused(chunk: Chunk, original: Chunk, problems: list[_Problem], first: NDArray[np.int64]) -> tuple[Refused, ...]:
    places = np.flatnonzero(first >= 0)
    if not places.size:
        return refuse_broken(chunk)
    rows = dict(zip(places.tolist(), original.original(places.tolist()), strict=True))
    refused: list[Refused] = []
    for number in np.unique(first[places]).tolist():
        at = np.flatnonzero(first == number)
        column = problems[number].column
        cells = chunk.get(column)
        texts = as_text(cells.take(pa.array(at))).to_pylist() if cells is not None else [""] * len(at)
        refused += [
            Refused(line=int(chunk.lines[place]), column=column, rule=problems[number].rule, text=text or "", row=row)
            for place, text, row in zip(at, texts, (rows[place] for place in at.tolist()), strict=True)
        ]
    return (*refused, *refuse_broken(chunk))


def _good(
    stored: dict[str, Cells], lines: NDArray[np.int64], keep: Mask, spec: TableSpec, within: Surroundings, file: int
) -> pa.Table:
    n = len(lines)
    given = filled(stored[KNOWN_AT])
    known = np.where(given, _numbers(stored[KNOWN_AT]), _known_by_default(stored, spec, within.zone, n))
    columns = {**stored, KNOWN_AT: compute.cast(pa.array(known, pa.int64()), pa.timestamp("us"))}
    if has_at_day(spec):
        days = wall_of_utc(_numbers(stored["at"]), within.zone) // DAY_MICROS
        columns[AT_DAY] = compute.cast(pa.array(days.astype(np.int32)), pa.date32())
    columns |= {
        "_load": pa.repeat(pa.scalar(within.load, pa.int32()), n),
        "_file": pa.repeat(pa.scalar(file, pa.int32()), n),
        "_line": pa.array(lines, pa.int64()),
        "_given": pa.array(given),
    }
    schema = part_schema(spec)
    mask = pa.array(keep)
    kept = {name: columns[name].filter(mask) for name in schema.names}
    return pa.table({**kept, **_encrypted(kept, spec, within.cipher)}, schema=schema)


def _known_by_default(stored: dict[str, Cells], spec: TableSpec, zone: ZoneInfo, n: int) -> NDArray[np.int64]:
    """Return when rows are known that do not say it: an instant then, a day at its end, no event time always."""
    if spec.event_time is None:
        return np.zeros(n, dtype=np.int64)
    event = stored[spec.event_time]
    if pa.types.is_date(event.type):
        return np.where(filled(event), day_ends(_numbers(event), zone), 0)
    return _numbers(event)


def _encrypted(kept: dict[str, Cells], spec: TableSpec, cipher: Cipher) -> dict[str, Cells]:
    secret = [column.name for column in spec.columns if column.kind is Kind.SECRET]
    return {name: _encrypt(kept[name], cipher) for name in secret}


def _encrypt(cells: Cells, cipher: Cipher) -> Cells:
    encoded = cells.dictionary_encode()
    tokens = pa.array([cipher.encrypt(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return tokens.take(encoded.indices)
