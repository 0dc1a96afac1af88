"""The rows of transactions, app events, contacts and complaints as one narrow table, and their windowed features."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.features.kernel import measure_rows
from wealthloop.features.people import Ids
from wealthloop.features.windows import GROUPS, WINDOWED, WINDOWS, Group, Measure

_NAMES: Final = tuple(windowed.feature.name for windowed in WINDOWED)
_TYPES: dict[str, pa.DataType] = {"customer_id": pa.string(), **{name: pa.float64() for name in _NAMES}}
_SCHEMA: Final = pa.schema(_TYPES)
_WITH_AMOUNT: Final = ("transactions",)
TABLES: Final = tuple(dict.fromkeys(group.table for group in GROUPS))
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowedValues:
    """Windowed features of the customers who have rows, and the tables of which nothing is known yet."""

    table: pa.Table
    """``customer_id`` and one float64 column for each windowed feature, sorted."""
    unknown: frozenset[str]


def windowed_values(bank: BankTables, engine: Engine, *, as_of: date) -> WindowedValues:
    """Measure every customer's rows, as they were known at the end of ``as_of``, in one compiled pass."""
    scans = {name: bank.scan(name, as_of=as_of) for name in TABLES}
    known = [name for name, scan in scans.items() if _has_rows(scan, engine, name)]
    unknown = frozenset(TABLES) - frozenset(known)
    if not known:
        return WindowedValues(table=_SCHEMA.empty_table(), unknown=unknown)
    narrow = [_narrow(scans[name], name) for name in known]
    rows = ibis.union(*narrow) if len(narrow) > 1 else narrow[0]
    measure = partial(_measure, as_of=as_of)
    table = engine.map_batches(rows, measure, schema=_SCHEMA, by="customer_id", name="windowed features")
    return WindowedValues(table=table, unknown=unknown)


def _has_rows(rows: Expr, engine: Engine, name: str) -> bool:
    return engine.to_arrow(rows.select("customer_id").limit(1), name=name).num_rows > 0


def _narrow(rows: Expr, table: str) -> Expr:
    """Keep what the kernel reads: customer, day, the groups that the row belongs to as bits, absolute amount."""
    amount = rows["amount"] if table in _WITH_AMOUNT else ibis.literal(0, type="int64")
    members = ibis.literal(0, type="int64")
    for number, group in enumerate(GROUPS):
        if group.table == table:
            members = members + _belongs(rows, group).ifelse(1 << number, 0).cast("int64")
    return rows.select(
        customer_id=rows["customer_id"], day=rows["at_day"], members=members, amount=amount.abs().cast("int64")
    )


def _belongs(rows: Expr, group: Group) -> Expr:
    meets = rows["customer_id"].notnull()
    if group.kinds:
        meets = meets & rows["kind"].isin(group.kinds)
    if group.sign > 0:
        meets = meets & (rows["amount"] > 0)
    elif group.sign < 0:
        meets = meets & (rows["amount"] < 0)
    return meets


def _measure(batch: pa.Table, *, as_of: date) -> pa.Table:
    """Return the windowed features of a batch that is sorted by customer."""
    ids, starts = _runs(batch["customer_id"].combine_chunks())
    ages = (as_of - _EPOCH).days - pc.cast(batch["day"], pa.int32()).to_numpy().astype(np.int64)
    out = np.empty((len(ids), len(WINDOWED)), dtype=np.float64)
    measure_rows(
        starts,
        ages,
        np.array(batch["members"], dtype=np.int64),
        np.array(batch["amount"], dtype=np.int64),
        np.array(WINDOWS, dtype=np.int64),
        _wanted(),
        len(GROUPS),
        out,
    )
    columns = [pa.array(out[:, place]) for place in range(len(WINDOWED))]
    return pa.Table.from_arrays([ids, *columns], schema=_SCHEMA)


def _runs(sorted_ids: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """Return the distinct ids in order, and where each begins (with the end of the last)."""
    encoded = pc.call_function("run_end_encode", [sorted_ids])
    ends = encoded.run_ends.to_numpy()
    return encoded.values, np.concatenate([np.zeros(1, dtype=np.int64), ends.astype(np.int64)])


def _wanted() -> NDArray[np.int64]:
    rows = [
        (GROUPS.index(wanted.group), int(wanted.measure), 0 if wanted.window is None else WINDOWS.index(wanted.window))
        for wanted in WINDOWED
    ]
    return np.array(rows, dtype=np.int64)


def missing_value(measure: Measure) -> float:
    """Return what a customer without any row has: none in a window, and no day since a last row."""
    return float("nan") if measure is Measure.RECENCY else 0.0
