"""Building the features of a day, and keeping them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import DuckDBEngine, Engine, load_snapshot, save_snapshot
from wealthloop.features.catalogue import FEATURES
from wealthloop.features.derived import derived_values
from wealthloop.features.holdings import holdings_values
from wealthloop.features.kept import CannotKeep, Kept, kept_rows
from wealthloop.features.people import people_values, population
from wealthloop.features.relations import context_values, relation_values
from wealthloop.features.rows import windowed_values
from wealthloop.kit import Home

_TYPES: dict[str, pa.DataType] = {"customer_id": pa.string(), **{feature.name: pa.float64() for feature in FEATURES}}
SCHEMA: Final = pa.schema(_TYPES)
"""``customer_id`` and one float64 column for each of ``FEATURES``."""


def build(bank: BankTables, engine: Engine, *, as_of: date, home: Home | None = None) -> pa.Table:
    """Build every feature of every customer whose account was open by ``as_of``.

    Only rows known at 24:00 of ``as_of`` in the bank's zone count, so nothing learnt later can change a byte of it.

    Args:
        bank: the bank's tables.
        engine: what runs the compiled pass and evaluates expressions.
        as_of: the day.
        home: where rows are kept between builds, so that a build costs what is new; the bytes are the same without.

    Returns:
        A table of schema ``SCHEMA``, sorted by ``customer_id``. NaN: not known (the bank has no such table, or
        nothing of it yet); 0: known to be none. Money is in fen.
    """
    return measured(bank, engine, kept_in(bank, engine, home, as_of=as_of), as_of=as_of)


def kept_in(bank: BankTables, engine: Engine, home: Home | None, *, as_of: date) -> Kept | None:
    """Return the rows that a home keeps, brought up to date; None where they cannot serve this bank, engine or day."""
    if home is None or not isinstance(engine, DuckDBEngine):
        return None
    try:
        return kept_rows(bank, home.features / "rows", as_of=as_of)
    except CannotKeep:
        return None


def measured(bank: BankTables, engine: Engine, kept: Kept | None, *, as_of: date) -> pa.Table:
    """Build every feature, from kept rows where there are any; see ``build``."""
    customers = population(bank, as_of=as_of)
    ids = customers["customer_id"].combine_chunks()
    base = {
        **people_values(bank, customers, as_of=as_of),
        **relation_values(bank, ids, as_of=as_of),
        **holdings_values(bank, ids, as_of=as_of),
        **windowed_values(bank, engine, ids, as_of=as_of, kept=kept),
    }
    values = {**base, **derived_values(base), **context_values(bank, ids, base["aum"], as_of=as_of)}
    return pa.Table.from_arrays([ids, *(pa.array(values[feature.name]) for feature in FEATURES)], schema=SCHEMA)


def save(home: Home, as_of: date, table: pa.Table) -> Path:
    """Write a day's features as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(home.features, as_of, table)


def load(home: Home, as_of: date, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a day's features, of some columns alone where these are named.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(home.features, as_of, columns=columns)
