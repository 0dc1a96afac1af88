"""Writing what an engine found."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write_table(table: pa.Table, path: Path) -> int:
    """Write one Parquet file, there whole or not at all; return its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    pq.write_table(table, beside, compression="zstd")
    beside.replace(path)
    return int(table.num_rows)
