"""The windowed features: the rows of the longest window in one compiled pass, and when customers were last seen."""

from datetime import date, timedelta

import numpy as np

from wealthloop.bank import BankTables
from wealthloop.features.groups import TABLES_READ
from wealthloop.features.kernel import Floats
from wealthloop.features.measure import measure
from wealthloop.features.narrow import Ids, Rows, columns_of, day_number, joined, narrow, product_groups
from wealthloop.features.seen import seen
from wealthloop.features.windows import WINDOWED, WINDOWS, Measure


def windowed_values(bank: BankTables, ids: Ids, *, as_of: date) -> dict[str, Floats]:
    """Measure customers' rows, as they were known at the end of ``as_of``.

    Returns:
        Each windowed feature, shape (n_customers,); NaN throughout where nothing is known of its table yet.
    """
    last = {table: seen(bank, table, as_of=as_of) for table in TABLES_READ}
    unknown = {table for table in TABLES_READ if not len(last[table].ids) and not _has_rows(bank, table, as_of)}
    measured = measure(_in_windows(bank, ids, as_of), len(ids), WINDOWED, [as_of])[0]
    values = {}
    for place, wanted in enumerate(WINDOWED):
        table = wanted.group.table
        if table in unknown:
            values[wanted.feature.name] = np.full(len(ids), np.nan)
        elif wanted.measure is Measure.RECENCY:
            values[wanted.feature.name] = last[table].days_since(wanted.group, ids, day_number(as_of))
        else:
            values[wanted.feature.name] = np.ascontiguousarray(measured[:, place])
    return values


def _has_rows(bank: BankTables, table: str, as_of: date) -> bool:
    return bank.read(table, ("customer_id",), as_of=as_of).num_rows > 0


def _in_windows(bank: BankTables, ids: Ids, as_of: date) -> Rows:
    """Return the rows of the longest window."""
    days = (as_of - timedelta(days=WINDOWS[-1] - 1), as_of)
    products = product_groups(bank.read("products", ("product_id", "category"), as_of=as_of))
    return joined([
        narrow(bank.read(table, columns_of(table), as_of=as_of, days=days), table, ids, products, bank.zone)
        for table in TABLES_READ
    ])  # fmt: skip
