"""CPU seconds of a query, for comparisons with what is computed elsewhere."""

from time import process_time

import duckdb
import pyarrow as pa


def timed(sql: str, rows: pa.Table, *, threads: int = 2) -> tuple[pa.Table, float]:
    """Ask DuckDB of a table ``rows`` that is its own, made from an Arrow table beforehand.

    Returns:
        The answer, and the CPU seconds of all threads that it took, making the table left out.
    """
    with duckdb.connect(":memory:", config={"threads": threads}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register("given", rows)
        connection.execute("CREATE TABLE rows AS SELECT * FROM given")
        began = process_time()
        found = connection.sql(sql).to_arrow_table()
        return found, process_time() - began
