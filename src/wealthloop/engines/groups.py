"""Cutting rows into batches in which no group is split."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BATCH_ROWS: Final = 4_000_000
"""Rows of a batch, unless one group alone has more."""


def whole_groups(table: pa.Table, by: str, *, size: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """Cut a table in any order into batches of about ``size`` rows; a small table is one batch, an empty one none."""
    if table.num_rows <= size:
        if table.num_rows:
            yield table
        return
    encoded: Any = table[by].combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    counts = np.bincount(codes)
    piece_of_group = (np.cumsum(counts) - counts) // size
    order = np.argsort(piece_of_group[codes], kind="stable")
    borders = np.cumsum(np.bincount(piece_of_group, weights=counts).astype(np.int64))
    for start, stop in zip([0, *borders[:-1].tolist()], borders.tolist(), strict=True):
        if stop > start:
            yield table.take(order[start:stop])


def sorted_groups(batches: Iterable[pa.RecordBatch], by: str, *, size: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """Join batches of rows that are sorted by ``by`` into batches of about ``size`` rows that end with a group."""
    kept: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        kept.append(batch)
        rows += batch.num_rows
        if rows >= size:
            table = pa.Table.from_batches(kept)
            border = _last_border(table, by)
            if border:
                yield table.slice(0, border)
                kept = table.slice(border).to_batches()
                rows -= border
    if kept:
        yield pa.Table.from_batches(kept)


def _last_border(table: pa.Table, by: str) -> int:
    """Return where the last group of a sorted table begins."""
    differs: Any = pc.not_equal(table[by], table[by][-1])
    places = np.flatnonzero(differs.to_numpy())
    return int(places[-1]) + 1 if places.size else 0
