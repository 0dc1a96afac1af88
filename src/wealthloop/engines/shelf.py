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
        self._columns: OrderedDict[tuple[Stamp, str], Cells] = OrderedDict()
        self._names: dict[Stamp, frozenset[str]] = {}
        self._bytes = 0
        self._lock = Lock()

    def columns(self, path: Path, names: Sequence[str]) -> pa.Table:
        """Return those of some columns that a file has, each of one chunk."""
        which = stamp(path)
        with self._lock:
            held = self._names.get(which)
            missing = [name for name in names if (which, name) not in self._columns and (held is None or name in held)]
            if missing:
                with pq.ParquetFile(path) as file:
                    held = self._names[which] = frozenset(file.schema_arrow.names)
                    asked = [name for name in missing if name in held]
                    self._keep(which, file.read(columns=asked, use_threads=False).combine_chunks())
            there = [name for name in names if (which, name) in self._columns]
            for name in there:
                self._columns.move_to_end((which, name))
            found = [self._columns[which, name] for name in there]
            self._forget()
        return pa.Table.from_arrays(found, names=there)

    def _keep(self, which: Stamp, table: pa.Table) -> None:
        for name in table.column_names:
            self._columns[which, name] = table[name]
            self._bytes += table[name].nbytes

    def _forget(self) -> None:
        while self._bytes > self._most_bytes and len(self._columns) > 1:
            _, column = self._columns.popitem(last=False)
            self._bytes -= column.nbytes
