"""The windowed features, from the bank's parts, from rows kept between builds, or through an engine of many machines.

All three run the same compiled pass over the same narrow rows.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places
from wealthloop.engines import DuckDBEngine, Engine
from wealthloop.features.groups import TABLES_READ
from wealthloop.features.kept import Kept
from wealthloop.features.kernel import Floats
from wealthloop.features.measure import Stretch, in_memory, measure, rowless, stretch_of
from wealthloop.features.narrow import Ids, columns_of, day_number, joined, narrow, product_groups
from wealthloop.features.seen import seen
from wealthloop.features.windows import WINDOWED, WINDOWS, Measure, Windowed

Values = dict[str, Floats]

_OF_TABLE: Final[Mapping[str, tuple[Windowed, ...]]] = {
    table: tuple(one for one in WINDOWED if one.group.table == table) for table in TABLES_READ
}


def windowed_values(bank: BankTables, engine: Engine, ids: Ids, *, as_of: date, kept: Kept | None) -> Values:
    """Measure customers' rows, as they were known at the end of ``as_of``.

    Args:
        bank: the bank's tables.
        engine: DuckDB shares this process: its rows come straight from the parts. Another engine is given the pass.
        ids: the customers.
        as_of: the day.
        kept: the rows kept between builds; None: they are read anew.

    Returns:
        Each windowed feature, shape (n_customers,); NaN throughout where nothing is known of its table yet.
    """
    if kept is not None:
        values = kept_values(kept, ids, as_of)
    elif isinstance(engine, DuckDBEngine):
        values = _from_parts(bank, ids, as_of)
    else:
        values = _through_engine(bank, engine, ids, as_of)
    for table in TABLES_READ:
        if not bank.knows(table, as_of=as_of):
            values |= {one.feature.name: np.full(len(ids), np.nan) for one in _OF_TABLE[table]}
    return values


def kept_values(kept: Kept, ids: Ids, as_of: date) -> Values:
    """Return each windowed feature of customers from kept rows, shape (n_customers,)."""
    numbers = places(ids, kept.ids)

    def rows_of(first: int, last: int) -> Stretch:
        return stretch_of(kept.rows_of(numbers[first:last]), last - first)

    return _named(measure(rows_of, len(ids), WINDOWED, [as_of])[0])


def _from_parts(bank: BankTables, ids: Ids, as_of: date) -> Values:
    """Measure the rows of the longest window; when customers were last seen before it is gathered part by part."""
    days = (as_of - timedelta(days=WINDOWS[-1] - 1), as_of)
    products = _products(bank, as_of)
    rows = joined([
        narrow(bank.read(table, columns_of(table), as_of=as_of, days=days), table, ids, products, bank.zone)
        for table in TABLES_READ
    ])  # fmt: skip
    values = _named(measure(in_memory(rows, len(ids)), len(ids), WINDOWED, [as_of])[0])
    last = {table: seen(bank, table, as_of=as_of) for table in TABLES_READ}
    for one in WINDOWED:
        if one.measure is Measure.RECENCY:
            values[one.feature.name] = last[one.group.table].days_since(one.group, ids, day_number(as_of))
    return values


def _through_engine(bank: BankTables, engine: Engine, ids: Ids, as_of: date) -> Values:
    """Let an engine run the pass over each table's rows, batches of whole customers at a time."""
    values: Values = {}
    for table, wanted in _OF_TABLE.items():
        work = partial(_batch, table=table, wanted=wanted, products=_products(bank, as_of), zone=bank.zone, as_of=as_of)
        names = [one.feature.name for one in wanted]
        types: dict[str, pa.DataType] = {"customer_id": pa.string(), **dict.fromkeys(names, pa.float64())}
        rows = bank.scan(table, as_of=as_of).select(*columns_of(table))
        found = engine.map_batches(rows, work, schema=pa.schema(types), by="customer_id", name=f"features of {table}")
        none = rowless(wanted)
        at = places(ids, found["customer_id"].combine_chunks())
        for place, name in enumerate(names):
            values[name] = np.append(found[name].to_numpy(), none[place])[at]
    return values


def _batch(
    rows: pa.Table, *, table: str, wanted: Sequence[Windowed], products: Mapping[str, str], zone: ZoneInfo, as_of: date
) -> pa.Table:
    """Measure the rows of whole customers: ``customer_id`` and a column a feature."""
    ids = pc.unique(rows["customer_id"])
    narrowed = narrow(rows, table, ids, products, zone)
    found = measure(in_memory(narrowed, len(ids)), len(ids), wanted, [as_of])[0]
    return pa.table([ids, *(pa.array(column) for column in found.T)], names=["customer_id", *_names(wanted)])


def _products(bank: BankTables, as_of: date) -> Mapping[str, str]:
    return product_groups(bank.read("products", ("product_id", "category"), as_of=as_of))


def _names(wanted: Sequence[Windowed]) -> list[str]:
    return [one.feature.name for one in wanted]


def _named(measured: Floats) -> Values:
    return {
        one.feature.name: np.ascontiguousarray(measured[:, place]) for place, one in enumerate(WINDOWED)
    }  # fmt: skip
