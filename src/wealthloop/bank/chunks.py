"""Pieces of a source file: columns of cells with the line of each row, and the rows that could not be split."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.bank.converted import Cells, Mask, as_text
from wealthloop.bank.encoding import TextEncoding
from wealthloop.bank.found import Found
from wealthloop.errors import BankDataError

CELL_COUNT: Final = "cell_count"
UNREADABLE: Final = "unreadable_encoding"

if TYPE_CHECKING:
    import _csv

_CELLS: Final = 1_500_000
"""Text cells held at once, about 150 MB."""
_PARQUET_ROWS: Final = 262_144
_LARGEST_CELL: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A row that has no cells to check."""

    line: int
    rule: str
    row: str
    """The original text, bytes outside the encoding as ``\\xNN``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of a file."""

    names: tuple[str, ...]
    columns: tuple[Cells, ...]
    lines: NDArray[np.int64]
    """The line of each row in a text file (the header is line 1), the number of the row in Parquet, shape (n,)."""
    broken: tuple[Broken, ...] = ()
    problems: tuple[tuple[str, str, Mask], ...] = ()
    """(column, rule, bad cells) that a mapping found."""

    @property
    def rows(self) -> int:
        """Rows read, the broken ones among them."""
        return len(self.lines) + len(self.broken)

    def get(self, name: str) -> Cells | None:
        """Return a column's cells, None where there is no such column."""
        return self.columns[self.names.index(name)] if name in self.names else None

    def original(self, places: Sequence[int]) -> list[str]:
        """Return the original cells of some rows, each as a JSON list of text."""
        cells = [as_text(column.take(pa.array(places, pa.int64()))).to_pylist() for column in self.columns]
        return [json.dumps(list(row), ensure_ascii=False) for row in zip(*cells, strict=True)]


def read_chunks(found: Found, encoding: TextEncoding | None, *, pad: bool = False) -> Iterator[Chunk]:
    """Yield a data file in chunks, at least one.

    Args:
        found: the file.
        encoding: how a text file is read; None for Parquet.
        pad: whether missing cells at the end of a row of text are empty cells.

    Raises:
        BankDataError: the file is no CSV or Parquet at all.
    """
    try:
        yield from _read_parquet(found.path) if encoding is None else _read_text(found.path, encoding, pad=pad)
    except (csv.Error, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BankDataError(f"{found.name}: not readable as {found.path.suffix[1:]} ({error})") from error


def _read_text(path: Path, encoding: TextEncoding, *, pad: bool = False) -> Iterator[Chunk]:
    with path.open(encoding=encoding.name, errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        csv.field_size_limit(_LARGEST_CELL)
        names = tuple(name.strip() for name in next(reader, []))
        rows_of = _numbered(reader)
        size = max(1000, _CELLS // max(1, len(names)))
        began = False
        while rows := list(islice(rows_of, size)):
            began = True
            yield _split(names, rows, suspicious=encoding.bad_line is not None, pad=pad)
        if not began:
            yield _split(names, [], suspicious=False, pad=pad)


def _read_parquet(path: Path) -> Iterator[Chunk]:
    with pq.ParquetFile(path) as file:
        names = tuple(file.schema_arrow.names)
        done = 0
        for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
            lines = np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64)
            yield Chunk(names=names, columns=tuple(batch.columns), lines=lines)
            done += batch.num_rows
        if not done:
            empty = file.schema_arrow.empty_table()
            columns = tuple(column.combine_chunks() for column in empty.columns)
            yield Chunk(names=names, columns=columns, lines=np.empty(0, dtype=np.int64))


Row = tuple[int, list[str]]


def _numbered(reader: "_csv.Reader") -> Iterator[Row]:
    """Give each row with the line on which it begins; blank lines are no rows."""
    began = reader.line_num + 1
    for row in reader:
        if row:
            yield began, row
        began = reader.line_num + 1


def _split(names: tuple[str, ...], rows: list[Row], *, suspicious: bool, pad: bool) -> Chunk:
    width, good, broken = len(names), [], []
    for line, row in rows:
        if suspicious and _unreadable(row):
            broken.append(Broken(line=line, rule=UNREADABLE, row=_visible(row)))
        elif len(row) == width:
            good.append((line, row))
        elif pad and len(row) < width:
            good.append((line, row + [""] * (width - len(row))))
        else:
            broken.append(Broken(line=line, rule=CELL_COUNT, row=_visible(row)))
    cells = zip(*(row for _, row in good), strict=True) if good else ((),) * width
    return Chunk(
        names=names,
        columns=tuple(pa.array(column, pa.string()) for column in cells),
        lines=np.asarray([line for line, _ in good], dtype=np.int64),
        broken=tuple(broken),
    )


def _unreadable(row: list[str]) -> bool:
    text = "".join(row)
    return "\0" in text or any("\udc80" <= character <= "\udcff" for character in text)


def _visible(row: list[str]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    return text.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="backslashreplace")
