"""Building the features of a day, and keeping them."""

from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine, load_snapshot, save_snapshot
from wealthloop.features.catalogue import FEATURES
from wealthloop.features.holdings import HOLDINGS_FEATURES, holdings_values
from wealthloop.features.people import Floats, Ids, aligned, people_values, population
from wealthloop.features.rows import missing_value, windowed_values
from wealthloop.features.windows import WINDOWED
from wealthloop.kit import Home

_TYPES: dict[str, pa.DataType] = {"customer_id": pa.string(), **{feature.name: pa.float64() for feature in FEATURES}}
SCHEMA: Final = pa.schema(_TYPES)
"""``customer_id`` and one float64 column for each of ``FEATURES``."""

_NOT_KNOWN: Final = float("nan")
_NOT_APPLICABLE: Final = ("concentration",)
"""NaN, not 0, for a customer who holds nothing."""


def build(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table:
    """Build every feature of every customer whose account was open by ``as_of``.

    Only rows known at 24:00 of ``as_of`` in the bank's zone count, so nothing learnt later can change a byte of it.

    Returns:
        A table of schema ``SCHEMA``, sorted by ``customer_id``. NaN: not known (the bank has no such table, or
        nothing of it yet); 0: known to be none. Money is in fen.
    """
    customers = population(bank, engine, as_of=as_of)
    ids = customers["customer_id"].combine_chunks()
    values = {
        **people_values(bank, engine, customers, as_of=as_of),
        **_holdings(bank, engine, ids, as_of),
        **_windowed(bank, engine, ids, as_of),
    }
    return pa.Table.from_arrays([ids, *(pa.array(values[feature.name]) for feature in FEATURES)], schema=SCHEMA)


def save(home: Home, as_of: date, table: pa.Table) -> Path:
    """Write a day's features as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(home.features, as_of, table)


def load(home: Home, as_of: date) -> pa.Table:
    """Read a day's features.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(home.features, as_of)


def _holdings(bank: BankTables, engine: Engine, ids: Ids, as_of: date) -> dict[str, Floats]:
    names = [feature.name for feature in HOLDINGS_FEATURES]
    table = holdings_values(bank, engine, as_of=as_of)
    if table is None:
        return {name: np.full(len(ids), _NOT_KNOWN) for name in names}
    return {name: aligned(ids, table, name, fill=_fill(table, name)) for name in names}


def _fill(table: pa.Table, name: str) -> float:
    """What a customer without any holdings has: none, unless the column is known of nobody or does not apply."""
    of_nobody = table.num_rows > 0 and table[name].null_count == table.num_rows
    return _NOT_KNOWN if of_nobody or name in _NOT_APPLICABLE else 0.0


def _windowed(bank: BankTables, engine: Engine, ids: Ids, as_of: date) -> dict[str, Floats]:
    found = windowed_values(bank, engine, as_of=as_of)
    values = {}
    for windowed in WINDOWED:
        name = windowed.feature.name
        known = windowed.group.table not in found.unknown
        if known:
            values[name] = aligned(ids, found.table, name, fill=missing_value(windowed.measure))
        else:
            values[name] = np.full(len(ids), _NOT_KNOWN)
    return values
