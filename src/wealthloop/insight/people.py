"""Facts about the person that stand in tables of their own: relationship manager, suitability, branch."""

from datetime import date

import ibis
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr


def attributes(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table:
    """Return ``customer_id``, ``branch_id``, ``marital_status`` and ``occupation`` as known at the end of ``as_of``."""
    customers = bank.scan("customers", as_of=as_of)
    chosen = customers.select("customer_id", "branch_id", "marital_status", "occupation")
    return engine.to_arrow(chosen, name="customers")


def managers(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table:
    """Return ``customer_id`` and ``staff_id`` of the relationship manager of that day (the newest assignment).

    An assignment holds from its ``from`` to the day before its ``to``; a customer without one is in the public pool.
    """
    rows = bank.scan("book_assignments", as_of=as_of)
    day = ibis.literal(as_of)
    now = rows.filter((rows["from"] <= day) & (rows["to"].isnull() | (rows["to"] > day)))
    return engine.to_arrow(_first(now, ("from", "rm_id")).select("customer_id", staff_id="rm_id"), name="managers")


def assessments(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table:
    """Return the newest suitability assessment of each customer.

    Returns:
        ``customer_id``, ``suitability_level`` (C1 to C5), ``lowest_class``, ``assessed_at`` and ``valid_until`` (twelve
        months after the assessment where the bank names no day).
    """
    rows = bank.scan("suitability", as_of=as_of)
    rows = rows.filter(rows["assessed_at"] <= ibis.literal(as_of))
    newest = _first(rows, ("assessed_at", "known_at"))
    year_on = (newest["assessed_at"] + ibis.interval(months=12)).cast("date")
    chosen = newest.select(
        customer_id=newest["customer_id"],
        suitability_level=newest["level"],
        lowest_class=newest["lowest_class"],
        assessed_at=newest["assessed_at"],
        valid_until=ibis.coalesce(newest["valid_until"], year_on),
    )
    return engine.to_arrow(chosen, name="suitability")


def _first(rows: Expr, order: tuple[str, ...]) -> Expr:
    window = ibis.window(group_by="customer_id", order_by=[rows[column].desc() for column in order])
    ranked = rows.mutate(rank=ibis.row_number().over(window))
    return ranked.filter(ranked["rank"] == 0).drop("rank")
