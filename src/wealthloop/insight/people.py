"""Facts about the person that stand in tables of their own: relationship manager, suitability, branch."""

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import newest
from wealthloop.insight.columns import Column

_MONTHS: Final = 12
"""How long an assessment holds where the bank names no day."""


def attributes(bank: BankTables, *, as_of: date) -> pa.Table:
    """Return ``customer_id``, ``branch_id``, ``marital_status`` and ``occupation`` as known at the end of ``as_of``."""
    return bank.read("customers", ("customer_id", "branch_id", "marital_status", "occupation"), as_of=as_of)


def managers(bank: BankTables, *, as_of: date) -> pa.Table:
    """Return ``customer_id`` and ``staff_id`` of the relationship manager of that day (the newest assignment).

    An assignment holds from its ``from`` to the day before its ``to``; a customer without one is in the public pool.
    """
    rows = bank.read("book_assignments", ("customer_id", "rm_id", "from", "to"), as_of=as_of)
    day = pa.scalar(as_of, pa.date32())
    open_ended = pc.or_kleene(pc.is_null(rows["to"]), pc.greater(rows["to"], day))
    now = newest(
        rows.filter(pc.and_kleene(pc.less_equal(rows["from"], day), open_ended)), ["customer_id"], ["from", "rm_id"]
    )
    return pa.table({"customer_id": now["customer_id"], "staff_id": now["rm_id"]})


def assessments(bank: BankTables, *, as_of: date) -> pa.Table:
    """Return the newest suitability assessment of each customer.

    Returns:
        ``customer_id``, ``suitability_level`` (C1 to C5), ``lowest_class``, ``assessed_at`` and ``valid_until`` (twelve
        months after the assessment where the bank names no day).
    """
    columns = ("customer_id", "level", "lowest_class", "assessed_at", "valid_until", "known_at")
    rows = bank.read("suitability", columns, as_of=as_of, days=(None, as_of))
    held = newest(rows, ["customer_id"], ["assessed_at", "known_at"])
    return pa.table(
        {
            "customer_id": held["customer_id"],
            "suitability_level": held["level"],
            "lowest_class": held["lowest_class"],
            "assessed_at": held["assessed_at"],
            "valid_until": pc.coalesce(held["valid_until"], _year_on(held["assessed_at"])),
        }
    )


def _year_on(days: "pa.ChunkedArray[pa.Date32Scalar]") -> Column:
    """Return the same day of the month twelve months later, the month's last day where it has no such day."""
    given = days.to_numpy().astype("datetime64[D]")
    months = given.astype("datetime64[M]")
    later = months + _MONTHS
    in_month = (given - months.astype("datetime64[D]")).astype(np.int64)
    longest = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(np.int64) - 1
    found: Column = pa.array(later.astype("datetime64[D]") + np.minimum(in_month, longest), pa.date32())
    return found
