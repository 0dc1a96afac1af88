"""Available funds 可动用资金: what a customer could invest now, within 7 and within 30 days.

now = demand + redeemable now; 7 / 30 days = now + maturing or becoming redeemable within them - payments committed by
standing plans. Overdraft room is apart: it is credit, never money to invest.
"""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import ibis
import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.insight.columns import Column, Ids, Integers, integers, looked_up, places_of, whole_numbers

AT_ONCE: Final = ("demand", "cash_management", "money_fund")
"""Categories that can be had now, unless a position says from when."""
HORIZONS: Final = (7, 30)

_WEEKLY: Final = ("week", "weekly", "每周")
_MONTHS_IN: Final = {"quarter": 3, "quarterly": 3, "每季": 3, "year": 12, "yearly": 12, "annual": 12, "每年": 12}
"""Months between payments; every cycle that is neither here nor weekly counts as monthly."""


def available_funds(bank: BankTables, engine: Engine, ids: Ids, *, newest: date, as_of: date) -> dict[str, Column]:
    """Return available funds of the customers ``ids``, fen.

    ``newest`` is the newest day of holdings known at the end of ``as_of``.

    Returns:
        ``available_now``, ``available_7d``, ``available_30d``, ``committed_30d``, each of shape (n_customers,).
    """
    table = engine.to_arrow(_at_hand(bank, newest, as_of), name="available funds")
    gross = looked_up(ids, table)
    committed = _committed(bank, engine, ids, as_of)
    found = {"committed_30d": integers(committed[30])}
    for name, horizon in (("available_now", 0), *((f"available_{days}d", days) for days in HORIZONS)):
        found[name] = integers(np.maximum(whole_numbers(gross[name]) - committed[horizon], 0))
    return found


def overdraft_room(bank: BankTables, engine: Engine, *, as_of: date) -> pa.Table:
    """Return ``customer_id`` and ``overdraft_room`` (fen) of the newest known credit record of each customer."""
    credit = bank.scan("credit", as_of=as_of)
    window = ibis.window(group_by="customer_id", order_by=[credit["as_of"].desc(), credit["known_at"].desc()])
    ranked = credit.mutate(rank=ibis.row_number().over(window))
    newest = ranked.filter(ranked["rank"] == 0).select("customer_id", overdraft_room=ranked["overdraft_available"])
    return engine.to_arrow(newest, name="credit")


def _at_hand(bank: BankTables, newest: date, as_of: date) -> Expr:
    """Sum balances by customer: what can be had by ``as_of``, and by the end of each horizon."""
    held = bank.scan("holdings", as_of=as_of)
    products = bank.scan("products", as_of=as_of).select("product_id", "category")
    rows = held.filter(held["as_of"] == ibis.literal(newest)).left_join(products, "product_id")

    def by(days: int) -> Expr:
        last = ibis.literal(as_of + timedelta(days=days))
        liquid = rows["category"].isin(AT_ONCE).fill_null(False)  # noqa: FBT003 - the value that fills, not an option
        bound = rows["redeemable_from"].notnull()
        matured = (rows["maturity_date"] <= last).fill_null(False)  # noqa: FBT003
        free = ibis.ifelse(bound, rows["redeemable_from"] <= last, liquid) | matured
        return free.ifelse(rows["balance"], 0).sum().cast("int64")

    return rows.group_by("customer_id").aggregate(
        available_now=by(0), **{f"available_{days}d": by(days) for days in HORIZONS}
    )


def _committed(bank: BankTables, engine: Engine, ids: Ids, as_of: date) -> dict[int, Integers]:
    """Sum the payments of running plans that fall due after ``as_of`` within each horizon."""
    plans = bank.scan("plans", as_of=as_of)
    running = (plans["started"] <= ibis.literal(as_of)) & (
        plans["stopped"].isnull() | (plans["stopped"] > ibis.literal(as_of))
    )
    table = engine.to_arrow(plans.filter(running).select("customer_id", "amount", "cycle", "started"), name="plans")
    due = {days: np.zeros(len(ids), dtype=np.int64) for days in (0, *HORIZONS)}
    places = places_of(table["customer_id"], ids).tolist()
    for place, plan in zip(places, table.to_pylist(), strict=True):
        if place >= 0:
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
