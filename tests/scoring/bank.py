"""A small bank in memory: customers whose logins and maturing money foretell what they buy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.scanned import ScannedBank
from wealthloop.bank import TABLES, storage_schema
from wealthloop.engines import DuckDBEngine
from wealthloop.kit import day_end

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = date(2026, 11, 20)

Row = dict[str, Any]


class MemoryBank(ScannedBank):
    """The bank's tables from rows in memory, with the cut by ``known_at`` of the real ones."""

    def __init__(self, rows: Mapping[str, list[Row]], engine: DuckDBEngine) -> None:
        self._engine = engine
        self._tables = {name: table_of(name, found) for name, found in rows.items()}

    def has(self, name: str) -> bool:
        return name in self._tables and self._tables[name].num_rows > 0

    def table_at(self, name: str, as_of: date | None) -> pa.Table:
        rows = self._tables.get(name, storage_schema(TABLES[name]).empty_table())
        if as_of is None:
            return rows
        cut = pa.scalar(day_end(as_of, ZONE).replace(tzinfo=None), pa.timestamp("us"))
        return rows.filter(pc.less_equal(rows["known_at"], cut))


def table_of(name: str, rows: list[Row]) -> pa.Table:
    """Return rows in the stored form of a table; ``known_at`` and ``at_day`` are filled from the event."""
    schema = storage_schema(TABLES[name])
    return pa.Table.from_pylist([_filled(row) for row in rows], schema=schema)


def _filled(row: Row) -> Row:
    filled = dict(row)
    if "at" in row:
        filled.setdefault("at_day", row["at"].replace(tzinfo=UTC).astimezone(ZONE).date())
        filled.setdefault("known_at", row["at"])
    elif "as_of" in row:
        filled.setdefault("known_at", day_end(row["as_of"], ZONE).replace(tzinfo=None))
    filled.setdefault("known_at", datetime(1970, 1, 1))  # noqa: DTZ001 - stored zone-less
    return filled


def noon(day: date) -> datetime:
    """Return noon of a bank day, zone-less UTC."""
    return datetime.combine(day, time(12), tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


PRODUCTS: list[Row] = [
    {"product_id": "P1", "name": "demand", "category": "demand", "regime": "deposit"},
    {"product_id": "P2", "name": "term", "category": "time_deposit", "regime": "deposit"},
    {"product_id": "P3", "name": "wealth", "category": "fixed_income_wm", "regime": "investment"},
    {"product_id": "P4", "name": "fund", "category": "equity_fund", "regime": "investment"},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallWorld:
    """The rows of a small bank."""

    rows: dict[str, list[Row]]


def small_world(*, customers: int = 500, days: int = 140, seed: int = 1) -> SmallWorld:
    """Return customers of whom the keen log in often, buy wealth products often, and gather money."""
    draw = np.random.default_rng(seed)
    keen = draw.normal(size=customers)
    rows: dict[str, list[Row]] = {name: [] for name in ("customers", "holdings", "transactions", "app_events")}
    rows["products"] = list(PRODUCTS)
    first = AS_OF - timedelta(days=days)
    for number in range(customers):
        customer = f"C{number:05d}"
        rows["customers"].append({"customer_id": customer, "open_date": date(2015, 1, 1), "birth_year": 1980})
        _live(rows, customer, float(keen[number]), first, days, draw)
    return SmallWorld(rows=rows)


def _live(
    rows: dict[str, list[Row]], customer: str, keen: float, first: date, days: int, draw: np.random.Generator
) -> None:
    balance = int(3_000_000 * np.exp(draw.normal()))
    for number in range(0, days + 1, 5):
        day = first + timedelta(days=number)
        if draw.random() < 0.5 / (1 + np.exp(-1.5 * keen)):
            rows["app_events"].append(
                {"event_id": f"{customer}-{number}", "customer_id": customer, "at": noon(day), "kind": "login"}
            )
        if draw.random() < 0.5 / (1 + np.exp(2.5 - 2.5 * keen)):
            _transact(rows, customer, number, day, kind="buy", amount=-100_000, product_id="P3")
        if draw.random() < 0.03 / (1 + np.exp(1.0 + 2.0 * keen)):
            _transact(rows, customer, number, day, kind="transfer_out", amount=-balance // 2, product_id=None)
            balance -= balance * 3 // 5
        balance = int(balance * (1.0 + 0.01 * keen))
        rows["holdings"].append(
            {"customer_id": customer, "product_id": "P1", "as_of": day, "balance": balance, "position_id": None}
        )


def _transact(
    rows: dict[str, list[Row]], customer: str, number: int, day: date, *, kind: str, amount: int, product_id: str | None
) -> None:
    transaction = {
        "transaction_id": f"{customer}-{kind}-{number}",
        "customer_id": customer,
        "at": noon(day),
        "kind": kind,
        "amount": amount,
        "product_id": product_id,
    }
    rows["transactions"].append(transaction)
