"""PostgreSQL, for labels and reports where a bank keeps its tables there (extra ``postgres``).

It has no columns of Arrow and runs no Python: ``map_batches`` fetches the rows and works in this process, and parts in
Parquet are copied into temporary tables of the connection, so that it answers for banks of a moderate size.
"""

from collections.abc import Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import ibis
import psycopg
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from ibis.common.exceptions import IbisError
from psycopg import sql

from wealthloop.engines.files import write_table
from wealthloop.engines.groups import BATCH_ROWS, whole_groups
from wealthloop.engines.types import BatchFunction, EngineError, Expr
from wealthloop.kit.files import Stamp, stamp

_COPIED_ROWS: Final = 100_000


class PostgresEngine:
    """Ibis on one connection; its session is in UTC and instants are zone-less."""

    def __init__(self, url: str) -> None:
        """Name the server; connected when something is asked for.

        Args:
            url: ``postgresql://user@host/database``; libpq takes the password from PGPASSWORD or a pass file.
        """
        self._url = url
        self._copies: dict[tuple[Stamp, ...], Expr] = {}

    @cached_property
    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, autocommit=True)

    @cached_property
    def _backend(self) -> Any:  # noqa: ANN401 - Ibis ships no types
        return ibis.postgres.from_connection(self._connection)

    def close(self) -> None:
        """Close the connection; its temporary tables go with it."""
        self._connection.close()

    def read_parquet(self, paths: Sequence[Path]) -> Expr:
        """Return the union of Parquet files of one schema, copied into a temporary table once."""
        which = tuple(stamp(path) for path in paths)
        if which not in self._copies:
            files = [pq.ParquetFile(path) for path in paths]
            copied = self._created(files[0].schema_arrow)
            for file in files:
                for batch in file.iter_batches(batch_size=_COPIED_ROWS):
                    self._copy(pa.Table.from_batches([batch]), copied)
            self._copies[which] = self._backend.table(copied)
        return self._copies[which]

    def from_arrow(self, table: pa.Table) -> Expr:
        """Return an Arrow table as a temporary table."""
        made = self._created(table.schema)
        for batch in table.to_batches(max_chunksize=_COPIED_ROWS):
            self._copy(pa.Table.from_batches([batch]), made)
        return self._backend.table(made)

    def to_arrow(self, expr: Expr, *, name: str) -> pa.Table:
        """Evaluate an expression; ``name`` is what an error calls it.

        Raises:
            EngineError: the engine refused the expression.
        """
        asked = ""
        try:
            asked = str(self._backend.compile(expr))
            found: pa.Table = self._backend.to_pyarrow(expr)
        except (psycopg.Error, IbisError) as error:
            raise EngineError(f"{name}: {error}\nSQL: {asked or '(no SQL)'}") from error
        return found

    def write(self, expr: Expr, path: Path, *, name: str) -> int:
        """Evaluate an expression into one Parquet file, atomically; return its rows."""
        return write_table(self.to_arrow(expr, name=name), path)

    def map_batches(
        self, rows: Expr | pa.Table, fn: BatchFunction, *, schema: pa.Schema, by: str, name: str
    ) -> pa.Table:
        """Fetch the rows and apply ``fn`` in this process."""
        table = rows if isinstance(rows, pa.Table) else self.to_arrow(rows, name=name)
        results = [fn(batch).cast(schema) for batch in whole_groups(table, by, size=BATCH_ROWS)]
        return pa.concat_tables([schema.empty_table(), *results])

    def _created(self, schema: pa.Schema) -> str:
        """Make a temporary table; its columns may be null, for the largest of no rows is null in whatever column."""
        schema = pa.schema([field.with_nullable(True) for field in schema])  # noqa: FBT003 - Arrow's signature
        name = f"wealthloop_{ibis.util.gen_name('t')}"[:60]
        self._backend.create_table(name, schema=ibis.Schema.from_pyarrow(schema), temp=True)
        return name

    def _copy(self, table: pa.Table, into: str) -> None:
        """Copy rows by CSV: text is quoted, null is an empty cell without quotes."""
        sink = BytesIO()
        arrow_csv.write_csv(table, sink, arrow_csv.WriteOptions(include_header=False))
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(sql.Identifier(into))
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(sink.getvalue())
