"""Whose arm a customer would have where clusters draw: the manager, the household or the branch of a day."""

from datetime import date
from typing import Final

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.insight.people import managers
from wealthloop.strategies.parts import Unit

_COLUMN: Final = {"household": "household_id", "branch": "branch_id"}


def clusters_on(bank: BankTables, unit: Unit, *, as_of: date) -> pa.Table:
    """Return ``customer_id`` and ``cluster`` as known at the end of a day, without customers who are in none."""
    if unit == "rm":
        table = managers(bank, as_of=as_of).rename_columns(["customer_id", "cluster"])
    else:
        known = bank.read("customers", ("customer_id", _COLUMN[unit]), as_of=as_of)
        table = known.rename_columns(["customer_id", "cluster"])
    return table.filter(table["cluster"].is_valid())
