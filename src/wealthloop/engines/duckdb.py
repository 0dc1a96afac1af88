"""DuckDB in memory over Parquet: the default engine (a DuckDB file would lock out the desk at night)."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.common.exceptions import IbisError

from wealthloop.engines.types import BatchFunction, EngineError, Expr

_BATCH_ROWS = 4_000_000


class DuckDBEngine:
    """Ibis on an in-memory DuckDB; instants are zone-less UTC, so no session zone can shift them."""

    def __init__(self, *, threads: int = 2, memory: str = "4GB") -> None:
        self._threads, self._memory = threads, memory

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
        table = self.to_arrow(expr, name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        pq.write_table(table, beside, compression="zstd")
        beside.replace(path)
        return int(table.num_rows)

    def map_batches(self, expr: Expr, fn: BatchFunction, *, schema: pa.Schema, by: str, name: str) -> pa.Table:
        """Apply ``fn`` to batches sorted by ``by`` in which no value of ``by`` is split; return the outputs joined.

        Args:
            expr: the rows.
            fn: takes whole groups, returns rows of ``schema``; it must not rely on the order of rows within a group.
            schema: of what ``fn`` returns.
            by: the column that keeps rows together, without nulls.
            name: what an error calls it.

        Raises:
            EngineError: the engine refused the expression.
        """
        table = self.to_arrow(expr.order_by(by), name=name)
        results = [fn(batch).cast(schema) for batch in _whole_groups(table, by)]
        return pa.concat_tables(results) if results else schema.empty_table()

    def _sql(self, expr: Expr) -> str:
        try:
            return str(ibis.to_sql(expr, dialect="duckdb"))
        except IbisError as error:
            return f"(no SQL: {error})"


def _whole_groups(table: pa.Table, by: str) -> Iterator[pa.Table]:
    """Cut a sorted table into pieces of about _BATCH_ROWS rows at borders between groups."""
    start = 0
    while start < table.num_rows:
        stop = min(start + _BATCH_ROWS, table.num_rows)
        if stop < table.num_rows:
            last = table[by][stop - 1]
            tail = pc.equal(table[by].slice(stop), last).to_numpy()
            differs = np.flatnonzero(~tail)
            stop = stop + int(differs[0]) if differs.size else table.num_rows
        yield table.slice(start, stop - start)
        start = stop
