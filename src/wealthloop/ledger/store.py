"""The ledger's files: one Parquet partition a run, written once."""

from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wealthloop.errors import Conflict, InvalidInput, NotFound
from wealthloop.kit import Home, file_hash, write_atomic
from wealthloop.kit.files import Stamp, stamp, sync_folder
from wealthloop.ledger.averages import FILE as AVERAGED
from wealthloop.ledger.beside import beside
from wealthloop.ledger.floors import NAME as FLOORS
from wealthloop.ledger.known import FILE as KNOWN
from wealthloop.ledger.prices import NAME as PRICES
from wealthloop.ledger.types import DECISIONS

_FILE = "decisions.parquet"


def write(home: Home, run_id: str, table: pa.Table) -> str:
    """Write the decisions of a run durably, and return the file's digest.

    The rows are sorted by ``decision_id``, so that equal decisions make equal bytes in whatever order they come.
    A run that is written already is left alone if its content is the same (a resumed night).

    Args:
        home: the home whose ledger it is.
        run_id: the run's id, letters and digits only.
        table: rows with the columns of ``DECISIONS``; any order of columns and rows.

    Raises:
        InvalidInput: columns are missing or unknown, a needed cell is empty, an id occurs twice or is another run's.
        Conflict: the run is written already with other content.
    """
    file = _file(home, run_id)
    decisions = _checked(run_id, table)
    if file.exists():
        if not read_run(home, run_id).equals(decisions):
            raise Conflict(f"ledger run {run_id}: written already with other decisions, a ledger is never rewritten")
        return file_hash(file)
    write_atomic(file, _parquet(decisions))
    sync_folder(home.ledger)
    sync_folder(home.root)
    return file_hash(file)


def read(home: Home) -> pa.Table:
    """Return the decisions of every run, shape (n_decisions,), ordered by day, run and decision."""
    return _read(tuple(stamp(file) for file in paths(home)))


def read_run(home: Home, run_id: str) -> pa.Table:
    """Return the decisions of one run, ordered by decision.

    Raises:
        NotFound: the run has no decisions written.
    """
    file = _file(home, run_id)
    if not file.exists():
        raise NotFound(f"ledger run {run_id}: no decisions are written")
    return _completed(pq.ParquetFile(file).read())


def discard(home: Home, run_id: str) -> None:
    """Remove the decisions of a run that was killed before its digest was recorded, when nothing stands on them."""
    file = _file(home, run_id)
    file.unlink(missing_ok=True)
    for file_name in (KNOWN, AVERAGED):
        file.with_name(file_name).unlink(missing_ok=True)
    for name in (PRICES, FLOORS):
        beside(home, run_id, name).unlink(missing_ok=True)


def paths(home: Home) -> tuple[Path, ...]:
    """Return the files of every run, sorted, for an engine to read."""
    return tuple(sorted(home.ledger.glob(f"*/{_FILE}")))


def digest(home: Home, run_id: str) -> str:
    """Return the digest of a run's file as it stands now.

    Raises:
        NotFound: the run has no decisions written.
    """
    file = _file(home, run_id)
    if not file.exists():
        raise NotFound(f"ledger run {run_id}: no decisions are written")
    return file_hash(file)


@lru_cache(maxsize=4)
def _read(files: tuple[Stamp, ...]) -> pa.Table:
    """Join files as they lie there; equal stamps are equal files, so they are read and sorted once."""
    every = pa.concat_tables([DECISIONS.empty_table(), *map(_read_one, files)])
    return every.sort_by([("as_of", "ascending"), ("run_id", "ascending"), ("decision_id", "ascending")])


@lru_cache(maxsize=2048)
def _read_one(file: Stamp) -> pa.Table:
    with pq.ParquetFile(file.path) as opened:
        return _completed(opened.read(use_threads=False))


def _completed(table: pa.Table) -> pa.Table:
    """Return the rows of a file with the columns that were declared since it was written, empty."""
    for field in DECISIONS:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(DECISIONS.names)


def _file(home: Home, run_id: str) -> Path:
    if not (run_id.isascii() and run_id.isalnum()):
        raise InvalidInput(f"run_id == {run_id!r}, must be letters and digits")
    return home.ledger / run_id / _FILE


def _checked(run_id: str, table: pa.Table) -> pa.Table:
    lacking = [name for name in DECISIONS.names if name not in table.column_names]
    strange = [name for name in table.column_names if name not in DECISIONS.names]
    if lacking or strange or len(table.column_names) != len(DECISIONS.names):
        raise InvalidInput(f"ledger run {run_id}: columns missing {lacking}, unknown {strange}, each must stand once")
    picked = table.select(DECISIONS.names)
    for field in DECISIONS:
        if not field.nullable and picked[field.name].null_count:
            raise InvalidInput(f"ledger run {run_id}: column {field.name} has empty cells, must be filled")
    decisions = picked.cast(DECISIONS).sort_by("decision_id").combine_chunks()
    if pc.count_distinct(decisions["decision_id"]).as_py() != decisions.num_rows:
        raise InvalidInput(f"ledger run {run_id}: a decision_id occurs twice")
    if any(found != run_id for found in pc.unique(decisions["run_id"]).to_pylist()):
        raise InvalidInput(f"ledger run {run_id}: a row carries another run_id")
    return decisions


def _parquet(decisions: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(decisions, sink, compression="zstd", version="2.6", row_group_size=1 << 20)
    return bytes(sink.getvalue())
