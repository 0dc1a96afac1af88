"""Columns of Parquet files kept in memory: a file is only ever written whole, so what was read of it stays right."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.kit.files import Stamp, stamp

Cells: TypeAlias = Any
"""A column, an Arrow array."""


class Shelf:
    """Columns of files, the least recently used forgotten when there are too many bytes."""

    def __init__(self, most_bytes: int) -> None:
        """Begin empty.

        Args:
            most_bytes: of all columns together; one that is larger alone is kept until another comes.
        """
        self._most_bytes = most_bytes
        self._columns: OrderedDict[tuple[Stamp, str], Cells | None] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def columns(self, path: Path, names: Sequence[str]) -> pa.Table:
        """Return those of some columns that a file has, each of one chunk."""
        which = stamp(path)
        with self._lock:
            missing = [name for name in dict.fromkeys(names) if (which, name) not in self._columns]
            if missing:
                self._keep(which, path, missing)
            for name in names:
                self._columns.move_to_end((which, name))
            found = {name: self._columns[which, name] for name in names}
            self._forget()
        there = {name: column for name, column in found.items() if column is not None}
        return pa.Table.from_arrays(list(there.values()), names=list(there))

    def _keep(self, which: Stamp, path: Path, names: Sequence[str]) -> None:
        """Read columns; of one that the file has not it is kept that there is none."""
        with pq.ParquetFile(path) as file:
            held = set(file.schema_arrow.names)
            table = file.read(columns=[name for name in names if name in held], use_threads=False).combine_chunks()
        for name in names:
            self._columns[which, name] = column = table[name] if name in held else None
            self._bytes += _bytes(column)

    def _forget(self) -> None:
        while self._bytes > self._most_bytes and len(self._columns) > 1:
            _, column = self._columns.popitem(last=False)
            self._bytes -= _bytes(column)


def _bytes(column: Cells | None) -> int:
    return 0 if column is None else int(column.nbytes)
