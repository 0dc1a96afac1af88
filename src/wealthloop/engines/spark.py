"""Spark over the same Parquet: for banks whose tables are larger than one machine (extra ``spark``, needs Java 17)."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.common.exceptions import IbisError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from wealthloop.engines.files import write_table
from wealthloop.engines.groups import BATCH_ROWS, sorted_groups
from wealthloop.engines.types import BatchFunction, EngineError, Expr

_SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

_QUERY_LOG: Final = "SQLQueryContextLogger"
"""Where PySpark logs each refused query with cells of it: our errors say what is to be said."""


class SparkEngine:
    """Ibis on a Spark session; instants are zone-less (``TIMESTAMP_NTZ``) and the session's zone is UTC."""

    def __init__(self, *, master: str | None = None, settings: dict[str, str] | None = None) -> None:
        """Name the cluster; the session is started when something is asked for.

        Args:
            master: as Spark writes it, such as ``local[2]``; None where ``spark-submit`` has said it.
            settings: further settings of the session, such as ``spark.sql.shuffle.partitions``.
        """
        self._master, self._settings = master, {**_SETTINGS, **(settings or {})}
        self._made = 0

    @cached_property
    def session(self) -> SparkSession:
        """The session; its Python workers are this interpreter."""
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder: Any = SparkSession.builder
        builder = builder if self._master is None else builder.master(self._master)
        session: SparkSession = builder.appName("wealthloop").config(map=self._settings).getOrCreate()
        logging.getLogger(_QUERY_LOG).disabled = True
        return session

    @cached_property
    def _backend(self) -> Any:  # noqa: ANN401 - Ibis ships no types
        return ibis.pyspark.connect(self.session)

    def close(self) -> None:
        """Stop the session."""
        self.session.stop()

    def read_parquet(self, paths: Sequence[Path]) -> Expr:
        """Return the union of Parquet files of one schema as a table expression."""
        return self._viewed(self.session.read.parquet(*(str(path) for path in paths)))

    def from_arrow(self, table: pa.Table) -> Expr:
        """Return an Arrow table as a table expression."""
        return self._viewed(self.session.createDataFrame(table))

    def to_arrow(self, expr: Expr, *, name: str) -> pa.Table:
        """Evaluate an expression; ``name`` is what an error calls it.

        Raises:
            EngineError: the engine refused the expression.
        """
        with_types: pa.Schema = expr.schema().to_pyarrow()
        found: pa.Table = self._evaluated(expr, lambda frame: frame.toArrow(), name)
        return found.cast(with_types)

    def write(self, expr: Expr, path: Path, *, name: str) -> int:
        """Evaluate an expression into one Parquet file, atomically; return its rows."""
        return write_table(self.to_arrow(expr, name=name), path)

    def map_batches(
        self, rows: Expr | pa.Table, fn: BatchFunction, *, schema: pa.Schema, by: str, name: str
    ) -> pa.Table:
        """Apply ``fn`` on the workers: rows are sent to partitions by ``by`` and sorted there, groups stay whole.

        ``fn`` is pickled; the package must be installed where the workers run.
        """
        lazy = self.from_arrow(rows) if isinstance(rows, pa.Table) else rows
        types = from_arrow_schema(schema, prefer_timestamp_ntz=True)
        work = partial(_mapped, fn=fn, schema=schema, by=by)

        def run(frame: Any) -> pa.Table:  # noqa: ANN401 - a data frame of Spark
            grouped = frame.repartition(by).sortWithinPartitions(by)
            made: pa.Table = grouped.mapInArrow(work, types).toArrow()
            return made

        return self._evaluated(lazy, run, name).cast(schema)

    def _viewed(self, frame: Any) -> Expr:  # noqa: ANN401 - a data frame of Spark
        self._made += 1
        view = f"wealthloop_{id(self):x}_{self._made}"
        frame.createOrReplaceTempView(view)
        return self._backend.table(view)

    def _evaluated(self, expr: Expr, run: Callable[[Any], pa.Table], name: str) -> pa.Table:
        sql = ""
        try:
            sql = str(self._backend.compile(expr))
            return run(self.session.sql(sql))
        except (PySparkException, IbisError) as error:
            raise EngineError(f"{name}: {error}\nSQL: {sql or '(no SQL)'}") from error


def _mapped(
    batches: Iterator[pa.RecordBatch], *, fn: BatchFunction, schema: pa.Schema, by: str
) -> Iterator[pa.RecordBatch]:
    """Run on a worker: whole groups of a partition, batch after batch."""
    for groups in sorted_groups(batches, by, size=BATCH_ROWS):
        yield from fn(groups).cast(schema).to_batches()
