"""A bank's database as a source: each table that is wanted is streamed into a file, read like any other."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.bank.chunks import Chunk
from wealthloop.bank.credentials import refuse_credentials
from wealthloop.engines.databases import Database
from wealthloop.errors import BankDataError


def copy_tables(database: Database, folder: Path, wanted: Callable[[str], bool]) -> dict[str, Path]:
    """Copy the wanted tables of a database into a folder, batch by batch; return the files by table.

    Grade C3 data is looked for before a batch is written, so that it does not even pass through a file.

    Raises:
        BankDataError: no table is wanted, or grade C3 data was found.
    """
    names = [name for name in database.tables if wanted(name)]
    if not names:
        raise BankDataError(f"{database.label}: no table is named after a table of the contract, or by the mapping")
    return {name: _copied(database, name, folder / f"{number:04d}.parquet") for number, name in enumerate(names)}


def _copied(database: Database, name: str, path: Path) -> Path:
    schema = database.schema(name)
    _check(schema.empty_table().to_batches(), schema, name)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in database.batches(name):
            _check([batch], schema, name)
            writer.write_batch(batch)
    return path


def _check(batches: list[pa.RecordBatch], schema: pa.Schema, name: str) -> None:
    table = pa.Table.from_batches(batches, schema=schema)
    columns = tuple(column.combine_chunks() for column in table.columns)
    lines = np.arange(1, table.num_rows + 1, dtype=np.int64)
    refuse_credentials(Chunk(names=tuple(schema.names), columns=columns, lines=lines), file=name)
