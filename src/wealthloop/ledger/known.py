"""What was known of a customer when a contact was planned, written beside the decisions for whoever learns from them.

A row a person of a run, under the person key, each column a feature of the night. A run writes it before its
decisions; a run that is decided anew writes it anew.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.engines.shelf import Shelf
from wealthloop.errors import InvalidInput
from wealthloop.kit import Home, write_atomic

FILE: Final = "known.parquet"
_MOST_BYTES: Final = 1 << 29
"""Of columns that are kept in memory."""
_kept: Final = Shelf(_MOST_BYTES).columns


def write_known(home: Home, run_id: str, table: pa.Table) -> None:
    """Write what a run knows of those it plans for, durably.

    Args:
        home: the home whose ledger it is.
        run_id: the run's id.
        table: ``person_key``, each once, and float64 columns.

    Raises:
        InvalidInput: a person stands twice, or there is no such column.
    """
    if "person_key" not in table.column_names:
        raise InvalidInput("what is known: no column person_key, must name whom it is of")
    if pc.count_distinct(table["person_key"]).as_py() != table.num_rows:
        raise InvalidInput(f"what run {run_id} knows: a person stands twice, must be one row each")
    sink = pa.BufferOutputStream()
    pq.write_table(table.sort_by("person_key"), sink, compression="zstd", version="2.6")
    write_atomic(_file(home, run_id), bytes(sink.getvalue()))


def read_known(home: Home, decisions: pa.Table, names: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return what was known when decisions were made.

    Args:
        home: the home whose ledger it is.
        decisions: rows with ``run_id`` and ``person_key``.
        names: the columns.

    Returns:
        Whether anything is known of each row, shape (n_rows,), and the values, shape (n_rows, n_names); NaN where
        they are not known, and in columns that were not written then.
    """
    found = np.zeros(decisions.num_rows, dtype=np.bool_)
    values = np.full((decisions.num_rows, len(names)), np.nan)
    runs = decisions["run_id"].combine_chunks().dictionary_encode()
    of_run = runs.indices.to_numpy()
    for place, run_id in enumerate(runs.dictionary.to_pylist()):
        file = _file(home, str(run_id))
        if not file.exists():
            continue
        table = _kept(file, ["person_key", *names])
        there = set(table.column_names)
        ours = np.flatnonzero(of_run == place)
        row: Any = pc.index_in(decisions["person_key"].take(pa.array(ours, pa.int64())), table["person_key"])
        row = row.combine_chunks().fill_null(-1).to_numpy()
        known = row >= 0
        found[ours[known]] = True
        for column, name in enumerate(names):
            if name in there:
                values[ours[known], column] = table[name].to_numpy()[row[known]]
    return found, values


def _file(home: Home, run_id: str) -> Path:
    return home.ledger / run_id / FILE
