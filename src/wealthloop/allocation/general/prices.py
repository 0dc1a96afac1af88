"""Prices in a file: ``(resource, key, price)``, from which anyone can recompute the bound by weak duality."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.allocation.general.folder import Named
from wealthloop.allocation.general.layout import Floats
from wealthloop.allocation.general.path import moved
from wealthloop.errors import InvalidInput

_COLUMNS = ("resource", "key", "price")


def write_prices(path: Path, named: Named, prices: Floats) -> None:
    """Write the price of each row; a row that binds from below has a negative one."""
    columns = (pa.array(named.resources, pa.string()), pa.array(named.keys, pa.string()), pa.array(prices))
    pq.write_table(pa.table(dict(zip(_COLUMNS, columns, strict=True))), path)


def read_prices(path: Path, named: Named) -> Floats:
    """Return prices to start with, shape (n_rows,); rows that the file lacks start at 0, others are ignored.

    Raises:
        InvalidInput: the file is missing or no Parquet, a column is missing, or a price is not finite.
    """
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file; a start is a prices file of an earlier allocation")
    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: {error}; must be a Parquet file") from error
    for column in _COLUMNS:
        if column not in table.column_names:
            raise InvalidInput(f"{path}: column {column} is missing, must be there; columns are {', '.join(_COLUMNS)}")
    known: dict[tuple[str, str], float] = {}
    for at, row in enumerate(table.to_pylist(), start=1):
        price = row["price"]
        if not isinstance(price, int | float) or not math.isfinite(price):
            raise InvalidInput(f"{path} row {at}, column price == {price}, must be a finite number")
        known[row["resource"] or "", row["key"] or ""] = float(price)
    found = np.array([known.get(name, 0.0) for name in zip(named.resources, named.keys, strict=True)], dtype=np.float64)
    return moved(named.instance.rows, found, np.zeros(found.size))
