"""One customer's histories for the panorama: balances, positions, happenings, contacts, complaints, plans."""

from collections import defaultdict
from datetime import UTC, date, timedelta
from typing import Any, Final

import ibis

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.insight.types import BalanceSeries, ComplaintLine, ContactLine, Happening, HoldingLine, PlanLine

HISTORY_DAYS: Final = 180
LARGE: Final = 10_000_00
"""Fen; from this absolute amount on a transaction is shown."""
SHOWN: Final = 100
"""The newest lines of a list that are shown."""
NO_CATEGORY: Final = "unknown"


def balances(
    bank: BankTables, engine: Engine, customer_id: str, *, as_of: date
) -> tuple[tuple[date, ...], tuple[BalanceSeries, ...]]:
    """Return the days of holdings at hand in the last 180 days, and one series of balances for each category."""
    held = bank.scan("holdings", as_of=as_of)
    first = ibis.literal(as_of - timedelta(days=HISTORY_DAYS - 1))
    held = held.filter((held["as_of"] >= first) & (held["as_of"] <= ibis.literal(as_of)))
    days: list[date] = sorted(row["day"] for row in _rows(engine, held.select(day="as_of").distinct(), "days"))
    ours = _with_product(bank, held.filter(held["customer_id"] == customer_id), as_of)
    summed = ours.group_by("as_of", "category").aggregate(balance=ours["balance"].sum().cast("int64"))
    by_category: dict[str, dict[date, int]] = defaultdict(dict)
    for row in _rows(engine, summed, "balances"):
        by_category[row["category"] or NO_CATEGORY][row["as_of"]] = row["balance"]
    series = [
        BalanceSeries(category=name, balances=tuple(found.get(day, 0) for day in days))
        for name, found in by_category.items()
    ]
    return tuple(days), tuple(sorted(series, key=lambda one: (-one.balances[-1], one.category)))


def holdings(
    bank: BankTables, engine: Engine, customer_id: str, *, newest: date | None, as_of: date
) -> tuple[HoldingLine, ...]:
    """Return the positions of the newest day of holdings, largest first."""
    if newest is None:
        return ()
    held = bank.scan("holdings", as_of=as_of)
    now = held.filter((held["customer_id"] == customer_id) & (held["as_of"] == ibis.literal(newest)))
    rows = _with_product(bank, now, as_of).select(
        "product_id", "name", "category", "position_id", "balance", "rate", "start_date", "maturity_date",
        "redeemable_from", "unrealised_pnl",
    )  # fmt: skip
    lines = [HoldingLine(**row) for row in _rows(engine, rows, "positions")]
    return tuple(sorted(lines, key=lambda line: (-line.balance, line.product_id, line.position_id or "")))


def happenings(bank: BankTables, engine: Engine, customer_id: str, *, as_of: date) -> tuple[Happening, ...]:
    """Return the newest large transactions, and what was done in the app by day, kind and product."""
    paid = _recent(bank, "transactions", customer_id, as_of)
    large = _with_product(bank, paid.filter(paid["amount"].abs() >= LARGE), as_of)
    seen = _recent(bank, "app_events", customer_id, as_of)
    counted = seen.group_by("at_day", "kind", "product_id").aggregate(times=seen.count())
    lines = [
        _happening(row, "transaction", amount=row["amount"], counterparty=row["counterparty_kind"])
        for row in _rows(engine, large, "large transactions")
    ]
    lines += [
        _happening(row, "app", times=row["times"])
        for row in _rows(engine, _with_product(bank, counted, as_of), "app events")
    ]
    return tuple(sorted(lines, key=_newest_first)[:SHOWN])


def contacts(bank: BankTables, engine: Engine, customer_id: str, *, as_of: date) -> tuple[ContactLine, ...]:
    """Return the newest contacts by the bank, newest first."""
    rows = _rows(engine, _of(bank.scan("contacts", as_of=as_of), customer_id), "contacts")
    newest = sorted(rows, key=lambda row: (row["at"], row["contact_id"]), reverse=True)[:SHOWN]
    return tuple(
        ContactLine(
            at=row["at"].replace(tzinfo=UTC), day=row["at_day"], channel=row["channel"],
            strategy_id=row["strategy_id"], outcome=row["outcome"],
        )
        for row in newest
    )  # fmt: skip


def complaints(bank: BankTables, engine: Engine, customer_id: str, *, as_of: date) -> tuple[ComplaintLine, ...]:
    """Return complaints, newest first."""
    rows = _rows(engine, _of(bank.scan("complaints", as_of=as_of), customer_id), "complaints")
    newest = sorted(rows, key=lambda row: (row["at"], row["topic"] or ""), reverse=True)
    return tuple(ComplaintLine(day=row["at_day"], channel=row["channel"], topic=row["topic"]) for row in newest)


def plans(bank: BankTables, engine: Engine, customer_id: str, *, as_of: date) -> tuple[PlanLine, ...]:
    """Return standing plans, running or stopped, the newest first."""
    rows = _rows(engine, _with_product(bank, _of(bank.scan("plans", as_of=as_of), customer_id), as_of), "plans")
    newest = sorted(rows, key=lambda row: (row["started"], row["product_id"], row["kind"]), reverse=True)
    return tuple(
        PlanLine(
            product_id=row["product_id"], product_name=row["name"], kind=row["kind"], amount=row["amount"],
            cycle=row["cycle"], started=row["started"], stopped=row["stopped"],
        )
        for row in newest
    )  # fmt: skip


def _happening(
    row: dict[str, Any], source: str, *, amount: int | None = None, counterparty: str | None = None, times: int = 1
) -> Happening:
    return Happening(
        day=row["at_day"], source=source, kind=row["kind"], product_id=row["product_id"], product_name=row["name"],
        counterparty=counterparty, amount=amount, times=times,
    )  # fmt: skip


def _newest_first(line: Happening) -> tuple[int, int, str, str]:
    return -line.day.toordinal(), -abs(line.amount or 0), line.kind, line.product_id or ""


def _recent(bank: BankTables, table: str, customer_id: str, as_of: date) -> Expr:
    rows = _of(bank.scan(table, as_of=as_of), customer_id)
    return rows.filter(rows["at_day"] > ibis.literal(as_of - timedelta(days=HISTORY_DAYS)))


def _of(rows: Expr, customer_id: str) -> Expr:
    return rows.filter(rows["customer_id"] == customer_id)


def _with_product(bank: BankTables, rows: Expr, as_of: date) -> Expr:
    products = bank.scan("products", as_of=as_of).select("product_id", "name", "category")
    return rows.left_join(products, "product_id").drop("product_id_right")


def _rows(engine: Engine, expr: Expr, name: str) -> list[dict[str, Any]]:
    return engine.to_arrow(expr, name=name).to_pylist()
