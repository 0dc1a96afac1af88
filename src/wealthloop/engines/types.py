"""What an engine is."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from wealthloop.errors import WealthloopError

Expr: TypeAlias = Any
"""An Ibis table expression (Ibis ships no types for its tables)."""

BatchFunction: TypeAlias = Callable[[pa.Table], pa.Table]


class EngineError(WealthloopError):
    """An expression failed on the engine; the message names it and holds its SQL."""

    code = "engine"


class Engine(Protocol):
    """The analytical plane: reads Parquet, evaluates Ibis expressions, maps compiled functions over customers."""

    def read_parquet(self, paths: Sequence[Path]) -> Expr:
        """Return the union of Parquet files of one schema as a table expression."""
        ...

    def from_arrow(self, table: pa.Table) -> Expr:
        """Return an Arrow table as a table expression."""
        ...

    def to_arrow(self, expr: Expr, *, name: str) -> pa.Table:
        """Evaluate an expression; ``name`` is what an error calls it."""
        ...

    def write(self, expr: Expr, path: Path, *, name: str) -> int:
        """Evaluate an expression into one Parquet file, atomically; return its rows."""
        ...

    def map_batches(
        self, rows: Expr | pa.Table, fn: BatchFunction, *, schema: pa.Schema, by: str, name: str
    ) -> pa.Table:
        """Apply ``fn`` to batches of rows in which no value of ``by`` is split; return the outputs joined.

        Args:
            rows: an expression of this engine, or rows in memory.
            fn: takes whole groups, at least one row, and returns rows of ``schema``. Neither the order of the rows
                nor which groups share a batch may change what it returns for a group; on a cluster it is pickled.
            schema: of what ``fn`` returns.
            by: the column that keeps rows together, without nulls.
            name: what an error calls it.

        Returns:
            The rows that ``fn`` returned, in no promised order.

        Raises:
            EngineError: the engine refused the expression.
        """
        ...
