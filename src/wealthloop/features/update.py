"""A day's features brought up to date: only the customers whose rows have changed are measured anew."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import TABLES, BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places
from wealthloop.engines import Engine, load_snapshot
from wealthloop.features.build import SCHEMA, kept_in, measured, save
from wealthloop.features.catalogue import FEATURES
from wealthloop.features.derived import QUOTIENTS, derived_values
from wealthloop.features.groups import TABLES_READ
from wealthloop.features.kept import Kept
from wealthloop.features.kernel import Floats, Integers
from wealthloop.features.rows import kept_values
from wealthloop.features.windows import WINDOWED
from wealthloop.kit import Home, content_hash, write_atomic

_CATALOGUE: Final = content_hash(repr((FEATURES, QUOTIENTS)).encode())[:32]


def update(bank: BankTables, engine: Engine, home: Home, *, as_of: date) -> pa.Table:
    """Build a day's features and save them; a day that was built before costs what has changed since.

    Returns:
        What ``build`` gives, byte for byte.
    """
    kept = kept_in(bank, engine, home, as_of=as_of)
    inputs = None if kept is None else _inputs(bank, kept, as_of)
    table = None if kept is None or inputs is None else _spliced(home, kept, inputs, as_of)
    if table is None:
        table = measured(bank, engine, kept, as_of=as_of)
    save(home, as_of, table)
    if inputs is not None:
        write_atomic(_record(home, as_of), json.dumps(inputs).encode())
    return table


def _inputs(bank: BankTables, kept: Kept, as_of: date) -> dict[str, Any]:
    """Return what a day's features are made of."""
    return {
        "catalogue": _CATALOGUE,
        "rows": kept.digest,
        "known": [table for table in TABLES_READ if bank.knows(table, as_of=as_of)],
        "others": bank.version_of([table for table in TABLES if table not in TABLES_READ]),
    }


def _spliced(home: Home, kept: Kept, inputs: dict[str, Any], as_of: date) -> pa.Table | None:
    """Return the saved features with the changed customers' rows measured anew; None where more has changed."""
    record = _record(home, as_of)
    if not record.exists():
        return None
    before = json.loads(record.read_text("utf-8"))
    touched = kept.touched_since(before["rows"])
    if touched is None or {**before, "rows": inputs["rows"]} != inputs:
        return None
    table = load_snapshot(home.features, as_of)
    return _patched(table, kept, touched, inputs["known"], as_of) if table.schema == SCHEMA else None


def _patched(table: pa.Table, kept: Kept, touched: Integers, known: Sequence[str], as_of: date) -> pa.Table:
    """Measure the touched customers anew where their rows' tables are known at all."""
    ids = table["customer_id"].combine_chunks()
    at = places(pc.take(kept.ids, pa.array(touched)), ids)
    at = np.sort(at[at >= 0])
    if not at.size:
        return table
    measured = kept_values(kept, pc.take(ids, pa.array(at)), as_of)
    values = {feature.name: table[feature.name].to_numpy()[at] for feature in FEATURES}
    fresh = {one.feature.name: measured[one.feature.name] for one in WINDOWED if one.group.table in known}
    fresh |= derived_values({**values, **fresh})
    columns = [
        _replaced(table[feature.name].to_numpy(), at, fresh[feature.name])
        if feature.name in fresh
        else table[feature.name]
        for feature in FEATURES
    ]
    return pa.Table.from_arrays([ids, *columns], schema=SCHEMA)


def _replaced(values: Floats, at: Integers, fresh: Floats) -> "pa.Array[Any]":
    replaced = values.copy()
    replaced[at] = fresh
    found: pa.Array[Any] = pa.array(replaced)
    return found


def _record(home: Home, as_of: date) -> Path:
    return home.features / f"{as_of.isoformat()}.json"
