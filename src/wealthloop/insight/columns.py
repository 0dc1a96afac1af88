"""Arrow columns in the order of a list of customers, and numpy arrays from and to them."""

from typing import Any, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Column: TypeAlias = "pa.Array[Any]"
Ids: TypeAlias = "pa.Array[Any]"
Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


def looked_up(ids: Ids, table: pa.Table) -> dict[str, Column]:
    """Return the columns of a table with one row a customer in the order of ``ids``, null where it has no row."""
    places = pc.index_in(ids, value_set=table["customer_id"].combine_chunks())
    names = [name for name in table.column_names if name != "customer_id"]
    return {name: pc.take(table[name].combine_chunks(), places) for name in names}


def floats(table: pa.Table, name: str) -> Floats:
    """Return a float64 column of a table as an array, NaN where null."""
    return np.array(table[name], dtype=np.float64)


def rounded(values: Floats) -> Column:
    """Return rounded values as int64, null where NaN or infinite."""
    known = np.isfinite(values)
    return integers(np.rint(np.where(known, values, 0)).astype(np.int64), known=known)


def integers(values: Integers, *, known: NDArray[np.bool_] | None = None) -> Column:
    """Return integers as an Arrow column, null where not known."""
    return cast("Column", pa.array(values, pa.int64(), mask=None if known is None else ~known))
