"""The windowed features: the rows of the windows in one compiled pass, and when customers were last seen."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.bank.rows import places, whole
from wealthloop.features.balances import Ids, Integers
from wealthloop.features.kernel import by_customer, measure_rows
from wealthloop.features.seen import TABLES, WITH_AMOUNT, columns_of, members, seen
from wealthloop.features.windows import GROUPS, WINDOWED, WINDOWS, Measure

Floats = NDArray[np.float64]
_EPOCH: Final = date(1970, 1, 1)


def windowed_values(bank: BankTables, ids: Ids, *, as_of: date) -> dict[str, Floats]:
    """Measure customers' rows, as they were known at the end of ``as_of``.

    Returns:
        Each windowed feature, shape (n_customers,); NaN throughout where nothing is known of its table yet.
    """
    last = {table: seen(bank, table, as_of=as_of) for table in TABLES}
    unknown = {table for table in TABLES if not len(last[table].ids) and not _has_rows(bank, table, as_of)}
    measured = _in_windows(bank, ids, as_of)
    values = {}
    for place, wanted in enumerate(WINDOWED):
        table = wanted.group.table
        if table in unknown:
            values[wanted.feature.name] = np.full(len(ids), np.nan)
        elif wanted.measure is Measure.RECENCY:
            values[wanted.feature.name] = last[table].days_since(wanted.group, ids, (as_of - _EPOCH).days)
        else:
            values[wanted.feature.name] = np.ascontiguousarray(measured[:, place])
    return values


def _has_rows(bank: BankTables, table: str, as_of: date) -> bool:
    return bank.read(table, ("customer_id",), as_of=as_of).num_rows > 0


def _in_windows(bank: BankTables, ids: Ids, as_of: date) -> Floats:
    """Return what the rows of the longest window measure, shape (n_customers, n_features)."""
    found = [_narrow(bank, ids, table, as_of) for table in TABLES]
    who, ages, bits, amounts = (np.concatenate([one[part] for one in found]) for part in range(4))
    starts, order = by_customer(who, len(ids))
    out = np.empty((len(ids), len(WINDOWED)), dtype=np.float64)
    windows = np.array(WINDOWS, dtype=np.int64)
    measure_rows(starts, ages[order], bits[order], amounts[order], windows, _wanted(), len(GROUPS), out)
    return out


def _narrow(bank: BankTables, ids: Ids, table: str, as_of: date) -> tuple[Integers, Integers, Integers, Integers]:
    """Return what the kernel reads of a table's rows: place of the customer, age in days, groups, absolute amount."""
    first = as_of - timedelta(days=WINDOWS[-1] - 1)
    rows = bank.read(table, columns_of(table), as_of=as_of, days=(first, as_of))
    who = places(rows["customer_id"], ids)
    if (who < 0).any():
        ours = who >= 0
        rows, who = rows.filter(pa.array(ours)), who[ours]
    ages = (as_of - _EPOCH).days - whole(rows["at_day"])
    amounts = np.abs(whole(rows["amount"])) if table in WITH_AMOUNT else np.zeros(who.size, dtype=np.int64)
    return who, ages, members(rows, table), amounts


def _wanted() -> Integers:
    rows = [
        (GROUPS.index(wanted.group), int(wanted.measure), 0 if wanted.window is None else WINDOWS.index(wanted.window))
        for wanted in WINDOWED
    ]
    return np.array(rows, dtype=np.int64)
