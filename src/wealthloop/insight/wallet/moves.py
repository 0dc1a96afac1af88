"""The balance here on the day of a report, and what customers moved between here and elsewhere since."""

from datetime import date
from typing import Final

import ibis
import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.rows import whole
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.insight.columns import Integers

LARGE: Final = 20_000_00
"""Fen, assumed; from this amount on a transfer is taken for wealth that changes places, whoever is at the other end:
smaller ones that come in are income on its way, smaller ones that go to others are spending."""
_OWN: Final = ("own_other_bank", "broker")
"""Counterparties that are the customer's own: what goes there is wealth elsewhere, however small."""


def held_then(bank: BankTables, engine: Engine, asked: pa.Table, *, as_of: date) -> Integers:
    """Return balances, fen, shape (n,); 0 where nothing was held.

    Args:
        bank: its tables.
        engine: on which they are joined.
        asked: ``customer_id`` and ``since``, a day of holdings.
        as_of: the day at whose end everything is known.
    """
    held = bank.scan("holdings", as_of=as_of).select("customer_id", "as_of", amount="balance")
    then = _numbered(engine, asked)
    rows = held.inner_join(then, [held["customer_id"] == then["asked_id"], held["as_of"] == then["since"]])
    return _summed(engine, rows, len(asked), name="balances on the days of reports")


def moved_elsewhere(bank: BankTables, engine: Engine, asked: pa.Table, *, as_of: date) -> Integers:
    """Return what customers moved elsewhere less what they brought, after ``since``, fen, shape (n,).

    Args:
        bank: its tables.
        engine: on which they are joined.
        asked: ``customer_id`` and ``since``.
        as_of: the day at whose end everything is known, and the last day that counts.
    """
    paid = bank.scan("transactions", as_of=as_of)
    paid = paid.filter(paid["kind"].isin(["transfer_in", "transfer_out"]) & (paid["at_day"] <= ibis.literal(as_of)))
    own = (paid["kind"] == "transfer_out") & paid["counterparty_kind"].fill_null("other").isin(_OWN)
    paid = paid.filter((paid["amount"].abs() >= LARGE) | own)
    paid = paid.select("customer_id", "at_day", amount=-paid["amount"])
    since = _numbered(engine, asked)
    rows = paid.inner_join(since, [paid["customer_id"] == since["asked_id"], paid["at_day"] > since["since"]])
    return _summed(engine, rows, len(asked), name="transfers since reports")


def _numbered(engine: Engine, asked: pa.Table) -> Expr:
    row = pa.array(np.arange(asked.num_rows))
    return engine.from_arrow(pa.table({"asked_id": asked["customer_id"], "since": asked["since"], "row": row}))


def _summed(engine: Engine, rows: Expr, size: int, *, name: str) -> Integers:
    found = engine.to_arrow(rows.group_by("row").aggregate(total=rows["amount"].sum().cast("int64")), name=name)
    total = np.zeros(size, dtype=np.int64)
    total[whole(found["row"])] = whole(found["total"])
    return total
