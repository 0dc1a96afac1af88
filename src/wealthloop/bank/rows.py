"""Small steps over rows in memory: the newest of each key, places of customers, whole numbers."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.converted import Cells, compute

_EPOCH_WIDTHS = {32: pa.int32(), 64: pa.int64()}


def whole(cells: Cells, *, empty: int = 0) -> NDArray[np.int64]:
    """Return whole numbers, days since 1970 or microseconds of instants, shape (n,); ``empty`` where null."""
    kind = cells.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        cells = compute.cast(cells, _EPOCH_WIDTHS[kind.bit_width])
    cells = cells if pa.types.is_int64(cells.type) else compute.cast(cells, pa.int64())
    return np.asarray(compute.fill_null(cells, empty).to_numpy(), dtype=np.int64)


def places(values: Cells, within: Cells) -> NDArray[np.int64]:
    """Return where each value stands in ``within``, shape (n,); -1 where it does not."""
    return whole(compute.index_in(values, value_set=within), empty=-1)


def codes(columns: Sequence[Cells]) -> tuple[NDArray[np.int64], int]:
    """Return one number for each distinct row of some columns, shape (n,), and how many there are; null is a value."""
    found = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        distinct = compute.unique(column)
        found = found * (len(distinct) + 1) + whole(compute.index_in(column, value_set=distinct), empty=len(distinct))
    if len(columns) > 1:
        _, found = np.unique(found, return_inverse=True)
    return found, int(found.max()) + 1 if found.size else 0


def newest(table: pa.Table, by: Sequence[str], order: Sequence[str]) -> pa.Table:
    """Return the row of each key that is the last by ``order``; of equal ones the one that was loaded last."""
    if not table.num_rows:
        return table
    ranks = [_rank(table[name]) for name in order]
    ascending = np.lexsort(ranks[::-1])
    which, many = codes([table[name] for name in by])
    chosen = np.empty(many, dtype=np.int64)
    chosen[which[ascending]] = ascending
    return table.take(np.sort(chosen))


def _rank(cells: Cells) -> NDArray[np.int64]:
    if pa.types.is_string(cells.type):
        return whole(compute.rank(compute.fill_null(cells, ""), sort_keys="ascending", tiebreaker="dense"))
    return whole(cells, empty=np.iinfo(np.int64).min)
