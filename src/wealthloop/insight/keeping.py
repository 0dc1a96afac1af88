"""One customer's row of a table that is kept by day."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def row_of(folder: Path, as_of: date, customer_id: str) -> pa.Table | None:
    """Return a customer's row of a day's snapshot, None where there is no snapshot or no such customer in it."""
    path = folder / f"{as_of.isoformat()}.parquet"
    if not path.exists():
        return None
    row = pq.read_table(path, filters=[("customer_id", "=", customer_id)])
    return row if row.num_rows else None
