"""Reading the files of a load: each chunk mapped, checked, staged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import file_digest
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa

from wealthloop.bank.check import check, header_fault, refuse_all, refuse_broken
from wealthloop.bank.chunks import UNREADABLE, Chunk, read_chunks
from wealthloop.bank.contract import TABLES
from wealthloop.bank.credentials import refuse_credentials
from wealthloop.bank.derive import Rows, mapped
from wealthloop.bank.encoding import TextEncoding, detect
from wealthloop.bank.found import Found
from wealthloop.bank.mapping import AssumedRows, FileMap, Mapping, Output
from wealthloop.bank.report import FileReport
from wealthloop.bank.sources import table_of
from wealthloop.bank.staging import Feed, Staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A file and how it will be read."""

    found: Found
    table: str
    entry: FileMap | None
    sha256: str
    mapping: str
    """Digest of the mapping, empty where the file follows the contract."""

    @property
    def pad(self) -> bool:
        """Whether short rows are filled up."""
        return self.entry is not None and self.entry.short_rows == "pad"


def plan(found: Iterable[Found], mapping: Mapping | None) -> tuple[list[Planned], list[str]]:
    """Return the files that will be read, and the names of those that belong to no table."""
    planned, ignored = [], []
    for file in found:
        entry = _entry(file.name, mapping)
        table = entry.table if entry is not None else table_of(file.name)
        if table is None:
            ignored.append(file.name)
            continue
        digest = mapping.digest if mapping is not None and entry is not None else ""
        planned.append(Planned(found=file, table=table, entry=entry, sha256=_sha256(file), mapping=digest))
    return planned, ignored


def read_file(planned: Planned, staging: Staging) -> FileReport:
    """Read one file into the staging; return what there is to say of it.

    Raises:
        BankDataError: it holds grade C3 data, or is no CSV or Parquet.
    """
    found = planned.found
    encoding = None if found.is_parquet else detect(found.path)
    rows, fault = 0, _bad_bytes(encoding)
    ignored: tuple[str, ...] = ()
    for chunk in read_chunks(found, encoding, pad=planned.pad):
        refuse_credentials(chunk, file=found.name)
        rows += chunk.rows
        ignored = _ignored(chunk, planned)
        for part in _rows_of(chunk, planned):
            fault = _stage(part, staging, found.name) or fault
    if planned.entry is not None:
        _note_imputed(planned.entry, staging)
    return FileReport(
        table=planned.table, encoding="parquet" if encoding is None else encoding.name, sha256=planned.sha256,
        rows_in=rows, ignored_columns=() if fault else ignored, fault=fault,
    )  # fmt: skip


def stage_assumed(assumed: AssumedRows, staging: Staging, *, called: str) -> None:
    """Stage rows that stand in no file."""
    names = tuple(dict.fromkeys(name for row in assumed.rows for name in row))
    columns = tuple(
        pa.array([None if name not in row else str(row[name]) for row in assumed.rows], pa.string()) for name in names
    )
    chunk = Chunk(names=names, columns=columns, lines=np.arange(1, len(assumed.rows) + 1, dtype=np.int64))
    _stage(Rows(table=assumed.table, chunk=chunk, original=chunk, primary=False), staging, called)
    staging.imputed.setdefault(assumed.table, set()).update(names)
    staging.assumptions.add(assumed.demonstration)


def original_rows(planned: Planned, lines: set[int]) -> dict[int, str]:
    """Return the original cells of some lines of a file, each a JSON list of text."""
    encoding = None if planned.found.is_parquet else detect(planned.found.path)
    rows: dict[int, str] = {}
    for chunk in read_chunks(planned.found, encoding, pad=planned.pad):
        places = np.flatnonzero(np.isin(chunk.lines, list(lines))).tolist()
        rows.update(zip(chunk.lines[places].tolist(), chunk.original(places), strict=True))
    return rows


def belongs(name: str, mapping: Mapping | None) -> bool:
    """Return whether a file or a database's table of this name belongs to a table of the contract."""
    return _entry(name, mapping) is not None or table_of(name) is not None


def _entry(name: str, mapping: Mapping | None) -> FileMap | None:
    names = (name, PurePosixPath(name).name)
    entries = () if mapping is None else mapping.file
    return next((entry for entry in entries if any(fnmatch(name, entry.glob) for name in names)), None)


def _sha256(file: Found) -> str:
    with file.path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def _bad_bytes(encoding: TextEncoding | None) -> str | None:
    if encoding is None or encoding.bad_line is None:
        return None
    return f"line {encoding.bad_line}, rule {UNREADABLE}: a byte that is not {encoding.name}"


def _ignored(chunk: Chunk, planned: Planned) -> tuple[str, ...]:
    if planned.entry is None:
        read = {column.name for column in TABLES[planned.table].columns}
    else:
        read = {name for output in (planned.entry, *planned.entry.also) for name in output.sources()}
    return tuple(
        name or f"#{place}"
        for place, name in enumerate(chunk.names, start=1)
        if name not in read and f"#{place}" not in read
    )


def _rows_of(chunk: Chunk, planned: Planned) -> Iterator[Rows]:
    if planned.entry is None:
        yield Rows(table=planned.table, chunk=chunk, original=chunk, primary=True)
    else:
        yield from mapped(planned.entry, chunk, file=planned.found.name)


def _stage(rows: Rows, staging: Staging, file: str) -> str | None:
    """Check and stage rows; return why the file cannot give this table, None where it can."""
    feed = Feed(file=file, table=rows.table, primary=rows.primary, place=rows.place)
    spec = TABLES[rows.table]
    fault = header_fault(rows.chunk.names, spec)
    if fault is not None:
        column, rule = fault
        staging.add(feed, None, refuse_all(rows.chunk, rows.original, column=column, rule=rule))
        return f"line 1, column {column}, rule {rule}" if column else f"line 1, rule {rule}"
    number = staging.number(feed)
    staging.tables[rows.table].present.update(rows.chunk.names)
    if len(rows.chunk.lines):
        checked = check(rows.chunk, rows.original, spec, file=number, within=staging.within)
        staging.add(feed, checked.good, checked.refused)
    else:
        staging.add(feed, None, refuse_broken(rows.chunk))
    return None


def _note_imputed(entry: FileMap, staging: Staging) -> None:
    outputs: tuple[Output, ...] = (entry, *entry.also)
    for output in outputs:
        staging.imputed.setdefault(output.table, set()).update(output.imputed())
        if output.demonstration is not None:
            staging.assumptions.add(output.demonstration)
