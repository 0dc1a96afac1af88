"""Available funds 可动用资金: what a customer could invest now, within 7 and within 30 days.

now = demand + redeemable now; 7 / 30 days = now + maturing or becoming redeemable within them - payments committed by
standing plans. What matures counts on its day, renewed by itself or not: the customer may decline. A position of an
open-ended product is redeemable from the day that the bank names, or once the product's holding period has passed.
Overdraft room is apart: it is credit, never money to invest.
"""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import newest as newest_rows
from wealthloop.bank.rows import places, whole
from wealthloop.features import summed
from wealthloop.insight.columns import Column, Ids, Integers, integers

AT_ONCE: Final = ("demand", "cash_management", "money_fund")
"""Categories that can be had now, unless a position says from when."""
HORIZONS: Final = (7, 30)

_EPOCH: Final = date(1970, 1, 1).toordinal()
_NEVER: Final = np.iinfo(np.int64).max
_WEEKLY: Final = ("week", "weekly", "每周")
_MONTHS_IN: Final = {"quarter": 3, "quarterly": 3, "每季": 3, "year": 12, "yearly": 12, "annual": 12, "每年": 12}
"""Months between payments; every cycle that is neither here nor weekly counts as monthly."""


def available_funds(bank: BankTables, ids: Ids, *, newest: date, as_of: date) -> dict[str, Column]:
    """Return available funds of the customers ``ids``, fen.

    ``newest`` is the newest day of holdings known at the end of ``as_of``.

    Returns:
        ``available_now``, ``available_7d``, ``available_30d``, ``committed_30d``, each of shape (n_customers,).
    """
    gross = _at_hand(bank, ids, newest, as_of)
    committed = _committed(bank, ids, as_of)
    found = {"committed_30d": integers(committed[30])}
    for name, horizon in (("available_now", 0), *((f"available_{days}d", days) for days in HORIZONS)):
        found[name] = integers(np.maximum(gross[horizon] - committed[horizon], 0))
    return found


def overdraft_room(bank: BankTables, *, as_of: date) -> pa.Table:
    """Return ``customer_id`` and ``overdraft_room`` (fen) of the newest known credit record of each customer."""
    columns = ("customer_id", "overdraft_available", "as_of", "known_at")
    lines = newest_rows(bank.read("credit", columns, as_of=as_of), ["customer_id"], ["as_of", "known_at"])
    return pa.table({"customer_id": lines["customer_id"], "overdraft_room": lines["overdraft_available"]})


def _at_hand(bank: BankTables, ids: Ids, newest: date, as_of: date) -> dict[int, Integers]:
    """Sum balances by customer: what can be had by ``as_of``, and by the end of each horizon."""
    columns = ("customer_id", "product_id", "balance", "redeemable_from", "maturity_date", "start_date")
    held = bank.read("holdings", columns, as_of=as_of, days=(newest, newest))
    products = bank.read("products", ("product_id", "category", "min_hold_days", "term_days"), as_of=as_of)
    at_once = products.filter(pc.is_in(products["category"], value_set=pa.array(AT_ONCE)))["product_id"]
    liquid = pc.is_in(held["product_id"], value_set=at_once.combine_chunks()).to_numpy()
    free_from = pc.coalesce(held["redeemable_from"], _after_holding_period(held, products))
    bound = pc.is_valid(free_from).to_numpy()
    free_on, matures = whole(free_from), whole(held["maturity_date"], empty=_NEVER)
    who, balance = places(held["customer_id"], ids), whole(held["balance"])
    found = {}
    for days in (0, *HORIZONS):
        last = as_of.toordinal() - _EPOCH + days
        free = (np.where(bound, free_on <= last, liquid) | (matures <= last)) & (who >= 0)
        found[days] = summed(who[free], balance[free], len(ids))
    return found


def _after_holding_period(held: pa.Table, products: pa.Table) -> Cells:
    """Return the day from which each position of an open-ended product with a holding period is free, else null."""
    product = products.take(pc.index_in(held["product_id"], value_set=products["product_id"].combine_chunks()))
    open_ended = pc.and_(pc.is_null(product["term_days"]), pc.is_null(held["maturity_date"]))
    days = pc.add(pc.cast(held["start_date"], pa.int32()), pc.cast(product["min_hold_days"], pa.int32()))
    return pc.cast(pc.if_else(open_ended, days, pa.scalar(None, pa.int32())), pa.date32())


def _committed(bank: BankTables, ids: Ids, as_of: date) -> dict[int, Integers]:
    """Sum the payments of running plans that fall due after ``as_of`` within each horizon."""
    plans = bank.read("plans", ("customer_id", "amount", "cycle", "started", "stopped"), as_of=as_of)
    due = {days: np.zeros(len(ids), dtype=np.int64) for days in (0, *HORIZONS)}
    at = places(plans["customer_id"], ids).tolist()
    for place, plan in zip(at, plans.to_pylist(), strict=True):
        if place >= 0 and plan["started"] <= as_of and (plan["stopped"] is None or plan["stopped"] > as_of):
            for days in HORIZONS:
                times = payments_due(plan["started"], plan["cycle"], after=as_of, until=as_of + timedelta(days=days))
                due[days][place] += abs(plan["amount"]) * times
    return due


def payments_due(started: date, cycle: str | None, *, after: date, until: date) -> int:
    """Count a plan's payments in (``after``, ``until``].

    Example:
        >>> payments_due(date(2026, 1, 31), "monthly", after=date(2026, 2, 20), until=date(2026, 3, 31))
        2
    """
    return sum(after < day for day in _payments(started, (cycle or "").strip().lower(), until))


def _payments(started: date, cycle: str, until: date) -> Iterator[date]:
    if cycle in _WEEKLY:
        yield from (started + timedelta(days=7 * week) for week in range((until - started).days // 7 + 1))
        return
    step = _MONTHS_IN.get(cycle, 1)
    month = started.year * 12 + started.month - 1
    while month <= until.year * 12 + until.month - 1:
        year, place = divmod(month, 12)
        day = date(year, place + 1, min(started.day, calendar.monthrange(year, place + 1)[1]))
        if day <= until:
            yield day
        month += step
