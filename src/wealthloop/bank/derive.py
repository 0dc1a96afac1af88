"""Applying a mapping to a chunk of a bank's file: whole columns at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import and_
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa

from wealthloop.bank import mapping as maps
from wealthloop.bank.chunks import Chunk
from wealthloop.bank.converted import (
    UNKNOWN_CODE,
    WRONG_TYPE,
    Cells,
    Mask,
    as_text,
    compute,
    filled,
    tidy,
    true_of,
)
from wealthloop.kit import stable_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A column that a mapping made; where it is bad it still holds the original text."""

    cells: Cells
    bad: Mask | None = None
    rule: str = UNKNOWN_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A chunk in the contract's column names, beside the rows of the file from which it was made."""

    table: str
    chunk: Chunk
    original: Chunk
    primary: bool
    place: int = 0
    """Which of the outputs of the file it is."""


def mapped(entry: maps.FileMap, chunk: Chunk, *, file: str) -> Iterator[Rows]:
    """Give the rows of every table that a file map makes of a chunk; the broken rows count in the primary one."""
    read = _named(_with_nulls(chunk, entry.null))
    place = 0
    for output in (entry, *entry.also):
        primary = output is entry
        original = _where(read, output)
        for made in _each(output, original, file):
            whole = replace(made, broken=chunk.broken if primary else ())
            yield Rows(table=output.table, chunk=whole, original=_unnamed(original), primary=primary, place=place)
            place += 1


def _unnamed(chunk: Chunk) -> Chunk:
    half = len(chunk.names) // 2
    return replace(chunk, names=chunk.names[:half], columns=chunk.columns[:half])


def _with_nulls(chunk: Chunk, tokens: tuple[str, ...]) -> Chunk:
    columns = tuple(tidy(as_text(column)) for column in chunk.columns)
    if tokens:
        meant = pa.array(tokens, pa.string())
        none = pa.scalar(None, pa.string())
        columns = tuple(compute.if_else(compute.is_in(column, meant), none, column) for column in columns)
    return replace(chunk, columns=columns)


def _named(chunk: Chunk) -> Chunk:
    """Let every column be named by its position too (``#1`` is the first)."""
    positions = tuple(f"#{place}" for place in range(1, len(chunk.names) + 1))
    return replace(chunk, names=(*chunk.names, *positions), columns=(*chunk.columns, *chunk.columns))


def _where(chunk: Chunk, output: maps.Output) -> Chunk:
    if not output.where:
        return chunk
    keep = reduce(and_, (_is_one_of(chunk, name, values) for name, values in output.where.items()))
    kept = pa.array(keep)
    return replace(chunk, columns=tuple(column.filter(kept) for column in chunk.columns), lines=chunk.lines[keep])


def _is_one_of(chunk: Chunk, name: str, values: tuple[str, ...]) -> Mask:
    cells = chunk.get(name)
    if cells is None:
        return np.zeros(len(chunk.lines), dtype=np.bool_)
    return true_of(compute.is_in(cells, pa.array(values, pa.string())))


def _each(output: maps.Output, chunk: Chunk, file: str) -> Iterator[Chunk]:
    made = {target: _of_source(chunk, source) for target, source in output.columns.items()}
    made |= {target: _constant(value, chunk) for target, value in output.constants.items()}
    made |= {target: _coded(codes, chunk) for target, codes in output.codes.items()}
    made |= {target: _derived(function, chunk, file) for target, function in output.derive.items()}
    for target, values in output.each.items():
        for value in values:
            yield _chunk({**made, target: _constant(value, chunk)}, chunk)
    if not output.each:
        yield _chunk(made, chunk)


def _chunk(made: dict[str, Made | None], chunk: Chunk) -> Chunk:
    there = {name: column for name, column in made.items() if column is not None}
    return Chunk(
        names=tuple(there),
        columns=tuple(column.cells for column in there.values()),
        lines=chunk.lines,
        problems=tuple((name, column.rule, column.bad) for name, column in there.items() if column.bad is not None),
    )


def _of_source(chunk: Chunk, source: str) -> Made | None:
    cells = chunk.get(source)
    return None if cells is None else Made(cells=cells)


def _constant(value: maps.Scalar, chunk: Chunk) -> Made:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return Made(cells=pa.repeat(pa.scalar(text, pa.string()), len(chunk.lines)))


def _coded(codes: maps.Codes, chunk: Chunk) -> Made | None:
    cells = chunk.get(codes.column)
    if cells is None:
        return None
    found = _looked_up(cells, codes.values)
    if codes.other == "null":
        return Made(cells=found)
    return _or_original(found, cells)


def _looked_up(cells: Cells, values: dict[str, str]) -> Cells:
    """Return the value of each code, null where it has none."""
    place = compute.index_in(cells, pa.array(list(values), pa.string()))
    return pa.array(list(values.values()), pa.string()).take(place)


def _or_original(found: Cells, cells: Cells, *, rule: str = UNKNOWN_CODE) -> Made:
    bad = filled(cells) & ~filled(found)
    return Made(cells=compute.coalesce(found, cells), bad=bad, rule=rule)


def _derived(function: maps.Function, chunk: Chunk, file: str) -> Made | None:
    match function:
        case maps.HashRow():
            return _hashed(chunk, file)
        case maps.YearMinus():
            cells = chunk.get(function.column)
            return None if cells is None else _year_minus(function, cells)
        case maps.DaysBefore():
            return _days_before(function, chunk)
        case maps.Band():
            cells = chunk.get(function.column)
            return None if cells is None else _or_original(_looked_up(cells, function.values), cells)
        case maps.Combine():
            return _combined(function, chunk)
        case maps.Choose():
            return _chosen(function, chunk)


def _hashed(chunk: Chunk, file: str) -> Made:
    name = PurePosixPath(file).name
    own = [column for column_name, column in zip(chunk.names, chunk.columns, strict=True) if column_name[:1] == "#"]
    rows = zip(*(column.to_pylist() for column in own), strict=True)
    ids = [stable_id(name, line, *row) for line, row in zip(chunk.lines.tolist(), rows, strict=True)]
    return Made(cells=pa.array(ids, pa.string()))


def _whole(cells: Cells) -> Cells:
    good = compute.match_substring_regex(cells, r"^-?\d{1,6}(\.0*)?$")
    kept = compute.if_else(compute.fill_null(good, False), cells, pa.scalar(None, pa.string()))  # noqa: FBT003
    return compute.cast(compute.replace_substring_regex(kept, r"\.0*$", ""), pa.int64())


def _year_minus(function: maps.YearMinus, cells: Cells) -> Made:
    years = compute.cast(compute.subtract(function.day.year, _whole(cells)), pa.string())
    return _or_original(years, cells, rule=WRONG_TYPE)


def _days_before(function: maps.DaysBefore, chunk: Chunk) -> Made | None:
    columns = [chunk.get(name) for name in function.columns]
    if any(cells is None for cells in columns):
        return None
    absent, none = pa.array(function.absent, pa.string()), pa.scalar(None, pa.string())
    counts = [compute.if_else(compute.is_in(cells, absent), none, cells) for cells in columns]
    days = compute.max_element_wise(*(_whole(cells) for cells in counts))
    origin = function.day.toordinal() - date(1970, 1, 1).toordinal()
    dates = compute.cast(compute.cast(compute.subtract(origin, days), pa.int32()), pa.date32())
    text = compute.cast(dates, pa.string())
    given = compute.coalesce(*counts)
    otherwise = None if function.otherwise is None else function.otherwise.isoformat()
    fallback = compute.if_else(compute.is_null(given), pa.scalar(otherwise, pa.string()), none)
    return _or_original(compute.coalesce(text, fallback), given, rule=WRONG_TYPE)


def _combined(function: maps.Combine, chunk: Chunk) -> Made | None:
    columns = [chunk.get(name) for name in function.columns]
    if any(cells is None for cells in columns):
        return None
    joined = compute.binary_join_element_wise(*columns, function.separator, null_handling="skip")
    return Made(cells=tidy(joined))


def _chosen(function: maps.Choose, chunk: Chunk) -> Made:
    n = len(chunk.lines)
    place = np.full(n, -1, dtype=np.int64)
    negative = _negative(function, chunk)
    for number, case in enumerate(function.cases):
        fits = np.ones(n, dtype=np.bool_) if case.sign is None else negative == (case.sign == "-")
        for name, values in case.when.items():
            fits &= _is_one_of(chunk, name, values)
        place[fits & (place < 0)] = number
    values_of = pa.array([case.value for case in function.cases], pa.string())
    found = compute.take(values_of, pa.array(place, mask=place < 0))
    return Made(cells=found, bad=place < 0)


def _negative(function: maps.Choose, chunk: Chunk) -> Mask:
    cells = None if function.amount is None else chunk.get(function.amount)
    if cells is None:
        return np.zeros(len(chunk.lines), dtype=np.bool_)
    return true_of(compute.starts_with(cells, "-"))
