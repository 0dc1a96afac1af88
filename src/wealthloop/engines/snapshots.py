"""Tables of one day, one Parquet file each: features, scores, insight."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.engines.shelf import Shelf
from wealthloop.errors import NotFound
from wealthloop.kit import write_atomic

_LARGE: Final = 1 << 28
"""Bytes of a file from which on a snapshot is read anew each time, no more of it than is asked for."""
_MOST_BYTES: Final = 1 << 29
"""Of columns that are kept in memory."""
_kept: Final = Shelf(_MOST_BYTES).columns


def save_snapshot(folder: Path, as_of: date, table: pa.Table) -> Path:
    """Write a day's table, atomically; the same table gives the same bytes."""
    sink = io.BytesIO()
    words: Any = [field.name for field in table.schema if pa.types.is_string(field.type)]
    pq.write_table(table, sink, compression="lz4", use_dictionary=words)
    path = _path(folder, as_of)
    write_atomic(path, sink.getvalue())
    return path


def load_snapshot(folder: Path, as_of: date, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a day's table.

    Args:
        folder: where the days lie.
        as_of: the day.
        columns: read these alone, as far as the day has them; None: all.

    Raises:
        NotFound: none was saved for that day.
    """
    path = _path(folder, as_of)
    if not path.exists():
        raise NotFound(f"no {folder.name} of {as_of} in this home, run 'wealthloop run --as-of {as_of}'")
    held = pq.read_schema(path)
    names = held.names if columns is None else [name for name in columns if name in held.names]
    if path.stat().st_size > _LARGE:
        return pq.read_table(path, columns=names)
    schema = pa.schema([held.field(name) for name in names])
    return _kept(path, names).cast(schema.with_metadata(held.metadata) if held.metadata else schema)


def _path(folder: Path, as_of: date) -> Path:
    return folder / f"{as_of.isoformat()}.parquet"
