"""DuckDB in memory over Parquet: the default engine (a DuckDB file would lock out the desk at night)."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.common.exceptions import IbisError

from wealthloop.engines.files import write_table
from wealthloop.engines.groups import BATCH_ROWS, whole_groups
from wealthloop.engines.types import BatchFunction, EngineError, Expr

_BUCKETS: Final = 64
"""Folders of rows that are too many for one batch; a power of two."""


class DuckDBEngine:
    """Ibis on an in-memory DuckDB; instants are zone-less UTC, so no session zone can shift them."""

    def __init__(self, *, threads: int = 2, memory: str = "4GB", batch_rows: int = BATCH_ROWS) -> None:
        self._threads, self._memory, self._batch_rows = threads, memory, batch_rows

    @cached_property
    def _backend(self) -> Any:  # noqa: ANN401 - Ibis ships no types
        """Connect when something is asked for."""
        return ibis.duckdb.connect(":memory:", threads=self._threads, memory_limit=self._memory)

    def read_parquet(self, paths: Sequence[Path]) -> Expr:
        """Return the union of Parquet files of one schema as a table expression."""
        return self._backend.read_parquet([str(path) for path in paths])

    def from_arrow(self, table: pa.Table) -> Expr:
        """Return an Arrow table as a table expression."""
        return ibis.memtable(table)

    def to_arrow(self, expr: Expr, *, name: str) -> pa.Table:
        """Evaluate an expression; ``name`` is what an error calls it.

        Raises:
            EngineError: the engine refused the expression.
        """
        try:
            found: pa.Table = self._backend.to_pyarrow(expr)
        except (duckdb.Error, IbisError) as error:
            raise EngineError(f"{name}: {error}\nSQL: {self._sql(expr)}") from error
        return found

    def write(self, expr: Expr, path: Path, *, name: str) -> int:
        """Evaluate an expression into one Parquet file, atomically; return its rows."""
        return write_table(self.to_arrow(expr, name=name), path)

    def map_batches(
        self, rows: Expr | pa.Table, fn: BatchFunction, *, schema: pa.Schema, by: str, name: str
    ) -> pa.Table:
        """Apply ``fn`` in this process, batch after batch; more rows than a batch holds go through files on disk."""
        results = [fn(batch).cast(schema) for batch in self._batches(rows, by, name)]
        return pa.concat_tables([schema.empty_table(), *results])

    def _batches(self, rows: Expr | pa.Table, by: str, name: str) -> Iterator[pa.Table]:
        if isinstance(rows, pa.Table):
            yield from whole_groups(rows, by, size=self._batch_rows)
            return
        first = self.to_arrow(rows.limit(self._batch_rows + 1), name=name)
        if first.num_rows <= self._batch_rows:
            yield from whole_groups(first, by, size=self._batch_rows)
            return
        del first
        with TemporaryDirectory(prefix="wealthloop-") as folder:
            self._partition(rows, by, Path(folder), name)
            for part in sorted(Path(folder).iterdir()):
                yield from whole_groups(pq.read_table(part, partitioning=None), by, size=self._batch_rows)

    def _partition(self, rows: Expr, by: str, folder: Path, name: str) -> None:
        """Write rows into one folder of Parquet for each bucket of ``by``, evaluating them once."""
        bucketed = rows.mutate(_bucket=rows[by].hash() & (_BUCKETS - 1))
        try:
            self._backend.to_parquet(bucketed, folder, partition_by="_bucket", overwrite_or_ignore=True)
        except (duckdb.Error, IbisError) as error:
            raise EngineError(f"{name}: {error}\nSQL: {self._sql(rows)}") from error

    def _sql(self, expr: Expr) -> str:
        try:
            return str(ibis.to_sql(expr, dialect="duckdb"))
        except IbisError as error:
            return f"(no SQL: {error})"
