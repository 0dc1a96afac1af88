"""What a success criterion counts, as dated rows of customers, whichever of the bank's tables tells it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import compute
from wealthloop.engines import Engine
from wealthloop.reports.bought import of_categories
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.outcomes import Purchases, purchases
from wealthloop.strategies.parts import OF_CATEGORIES, SALES, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Where a metric's events stand: a table, the column of their day, and the ``kind`` of the rows that count."""

    table: str
    day: str
    kind: str | None = None


_TOLD: Final[dict[Metric, _Told]] = {
    "plan_begun": _Told(table="plans", day="started", kind="regular_investment"),
    "kept": _Told(table="transactions", day="at_day", kind="redeem"),
    "reassessed": _Told(table="suitability", day="assessed_at"),
    "logged_in": _Told(table="app_events", day="at_day", kind="login"),
}


def is_told(bank: BankTables, criterion: Criterion, *, as_of: date) -> bool:
    """Say whether the bank gives the table of which the criterion is counted; without it nobody would seem to do it."""
    told = _TOLD.get(criterion.metric)
    return told is None or bank.knows(told.table, as_of=as_of)


def table_of(metric: Metric) -> str:
    """Return the table that tells of a metric."""
    return _TOLD[metric].table if metric in _TOLD else "transactions"


def happened(
    bank: BankTables, engine: Engine, criterion: Criterion, *, first: date, last: date, as_of: date
) -> Purchases:
    """Return the events of bank days ``first`` to ``last`` that the criterion counts, known at ``as_of``.

    Events that are no purchases have the amount 0; what is counted as ``kept`` are the redemptions, of which
    ``outcomes`` counts the absence.
    """
    if criterion.metric in SALES:
        return purchases(bank, engine, categories=criterion.categories, first=first, last=last, as_of=as_of)
    rows = _rows(bank, _TOLD[criterion.metric], first=first, last=last, as_of=as_of)
    if criterion.metric in OF_CATEGORIES:
        rows = of_categories(bank, rows, list(criterion.categories), as_of=as_of)
    return Purchases(
        customer_id=rows["customer_id"],
        day=rows["day"].to_numpy().astype("datetime64[D]"),
        amount=np.zeros(rows.num_rows, dtype=np.int64),
    )


def _rows(bank: BankTables, told: _Told, *, first: date, last: date, as_of: date) -> pa.Table:
    named = ["customer_id", told.day]
    named += ["kind"] if told.kind else []
    named += ["product_id"] if told.table in {"plans", "transactions"} else []
    table = bank.read(told.table, named, as_of=as_of, days=(first, last))
    rows = table.append_column("day", table[told.day])
    return rows.filter(compute.equal(rows["kind"], told.kind)) if told.kind else rows
