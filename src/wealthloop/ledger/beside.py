"""Small tables that stand beside the decisions of a run: each written whole before these, and anew with them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wealthloop.errors import InvalidInput
from wealthloop.kit import Home, write_atomic


def write_beside(home: Home, run_id: str, name: str, table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Write a table beside the decisions of a run, durably, in the order of its first column; return it so.

    Args:
        home: the home whose ledger it is.
        run_id: the run's id.
        name: what the file is called, without its ending.
        table: rows of ``schema``; the first column is the key.
        schema: what is written.

    Raises:
        InvalidInput: a key stands twice.
    """
    key = schema.names[0]
    rows = table.select(schema.names).cast(schema).sort_by(key).combine_chunks()
    if pc.count_distinct(rows[key]).as_py() != rows.num_rows:
        raise InvalidInput(f"{name} of run {run_id}: a {key} stands twice, must be one row each")
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd", version="2.6")
    write_atomic(beside(home, run_id, name), bytes(sink.getvalue()))
    return rows


def read_beside(home: Home, run_id: str, name: str) -> pa.Table | None:
    """Return a table that stands beside the decisions of a run, ordered by its key; None: it does not."""
    file = beside(home, run_id, name)
    if not file.exists():
        return None
    with pq.ParquetFile(file) as opened:
        return opened.read(use_threads=False)


def beside(home: Home, run_id: str, name: str) -> Path:
    """Return where a table of a run stands."""
    return home.ledger / run_id / f"{name}.parquet"
