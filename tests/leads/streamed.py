"""Rows that arrive one by one, made of choices; and the night's search over tables with the same rows."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from tests.features.small_bank import AS_OF, PRODUCTS, MemoryBank, Row, Rows, customer, day, end_of, noon
from wealthloop import features, insight
from wealthloop.bank import TABLES, storage_schema
from wealthloop.bank.resident import Days
from wealthloop.bank.versions import day_column
from wealthloop.engines import DuckDBEngine
from wealthloop.leads.detect import Event, detect
from wealthloop.leads.stream import Stream

Given = tuple[str, Row]
Pick = Callable[[Sequence[Any]], Any]
"""Chooses one of several."""

ZONE = ZoneInfo("Asia/Shanghai")
WHO = ("C0", "C1", "C2")
MONEY = (100_000, 2_500_000, 6_000_000, 90_000_000)
PEOPLE = [
    customer(who, open_date=day(900), birth_date=date(1960 + 12 * place, 11, 24)) for place, who in enumerate(WHO)
]
HELD = [
    {"customer_id": who, "product_id": "DEM", "as_of": day(1), "balance": 6_000_000 + place * 40_000_000}
    for place, who in enumerate(WHO)
]
ENGINE = DuckDBEngine(threads=1)


class PlainBank(MemoryBank):
    """Reads its rows without an engine: of each key the newest that is known."""

    def read(
        self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = (None, None)
    ) -> pa.Table:
        newest: dict[tuple[Any, ...], Row] = {}
        for row in sorted(self._rows.get(name, []), key=lambda row: row["known_at"]):
            if as_of is None or row["known_at"] <= end_of(as_of):
                newest[tuple(row.get(column) for column in TABLES[name].key)] = row
        first, last = (days[0] or date.min, days[1] or date.max)
        dated = day_column(TABLES[name])
        found = [row for row in newest.values() if days == (None, None) or first <= row[dated or ""] <= last]
        schema = storage_schema(TABLES[name])
        wanted = pa.schema([schema.field(column) for column in columns])
        return pa.Table.from_pylist([{column: row.get(column) for column in columns} for row in found], schema=wanted)


def _facts() -> tuple[pa.Table, pa.Table]:
    bank = MemoryBank(ENGINE, {"customers": PEOPLE, "products": PRODUCTS, "holdings": HELD})
    table = features.build(bank, ENGINE, as_of=AS_OF)
    return table, insight.profiles(bank, ENGINE, as_of=AS_OF, features=table)


FEATURES, PROFILES = _facts()
"""Of the night before: the stream and the search have the same."""


def batch(given: Sequence[Given], *, as_of: date = AS_OF) -> list[Event]:
    """Return what the night finds in tables with these rows."""
    return detect(bank_of(given), ENGINE, as_of=as_of, features=FEATURES, profiles=PROFILES)


def bank_of(given: Sequence[Given]) -> PlainBank:
    """Return the tables with these rows."""
    tables: Rows = {"customers": PEOPLE, "products": PRODUCTS, "holdings": list(HELD)}
    for table, row in given:
        known_day = {"at_day": (row["at"] + timedelta(hours=8)).date()} if "at" in row else {}
        tables.setdefault(table, []).append({**row, **known_day})
    return PlainBank(ENGINE, tables)


def stream(as_of: date = AS_OF) -> Stream:
    """Return a stream that knows the customers, the products and what they held."""
    fresh = Stream(as_of=as_of, zone=ZONE, features=FEATURES, profiles=PROFILES)
    start = [("customers", row) for row in PEOPLE] + [("products", row) for row in PRODUCTS]
    fresh.take([*start, *(("holdings", row) for row in HELD)])
    return fresh


def in_pieces(running: Stream, order: Sequence[Given], sizes: Sequence[int]) -> list[Event]:
    """Give rows piece by piece, what is left at the end at once; return what came out."""
    found, rest = [], list(order)
    for size in [*sizes, len(rest)]:
        found += running.take(rest[:size])
        rest = rest[size:]
    return found


def distinct(drawn: Sequence[Sequence[Given]]) -> list[Given]:
    """Keep one row of each key and instant of knowledge: which of two that are known at once counts is not said."""
    found: dict[Any, Given] = {}
    for table, row in (one for several in drawn for one in several):
        key = tuple(row.get(column) for column in TABLES[table].key)
        found.setdefault((table, key, row.get("known_at", row.get("at"))), (table, row))
    return list(found.values())


def made(pick: Pick) -> list[Given]:
    """Return a row of a table that rules read, learnt late perhaps, and perhaps a correction of it."""
    table, number, who = pick(sorted(_MAKE)), pick(range(pick((12, 1000)))), pick(WHO)
    before = pick(range(pick((4, 20, 190))))
    row = {"customer_id": who, **_MAKE[table](pick, number, before)}
    late = pick((None, None, 2, before, before + 5))
    if late is not None:
        row["known_at"] = noon(day(before)) + timedelta(days=late, seconds=number)
    if "amount" not in row or pick((True, False)):
        return [(table, row)]
    known = noon(day(before)) + timedelta(days=pick(range(1, 9)), seconds=1000 + number)
    return [(table, row), (table, {**row, "amount": row["amount"] * 3, "customer_id": pick(WHO), "known_at": known})]


def _at(before: int, minute: int) -> datetime:
    return noon(day(before)) + timedelta(minutes=minute)


def _transaction(pick: Pick, number: int, before: int) -> Row:
    kind = pick(("salary", "transfer_out", "transfer_in", "redeem", "buy", "loan", "dividend"))
    sign = -1 if kind in ("transfer_out", "buy", "loan") else 1
    return {
        "transaction_id": f"T{number}", "at": _at(before, number), "kind": kind, "amount": sign * pick(MONEY),
        "product_id": pick(("EQ", "WM", None)), "counterparty_kind": pick(("broker", "own_other_bank", "employer")),
    }  # fmt: skip


def _app_event(pick: Pick, number: int, before: int) -> Row:
    return {
        "event_id": f"E{number}", "at": _at(before, number), "kind": pick(("login", "view")),
        "product_id": pick(("EQ", "WM")), "page": "product",
    }  # fmt: skip


def _holding(pick: Pick, number: int, before: int) -> Row:
    return {
        "product_id": pick(("CD", "EQ")), "position_id": str(number % 3), "as_of": day(before % 12),
        "balance": pick(MONEY), "maturity_date": day(pick(range(-20, 9))), "auto_renew": True,
        "cost": 30_000_000, "unrealised_pnl": -pick(MONEY),
    }  # fmt: skip


def _contact(pick: Pick, number: int, before: int) -> Row:
    return {
        "contact_id": f"K{number}", "at": _at(before, number), "channel": "rm",
        "outcome": pick(("not_reached", "reached")), "outcome_at": _at(before, number),
    }  # fmt: skip


def _complaint(_: Pick, number: int, before: int) -> Row:
    return {"at": _at(before % 20, number), "topic": f"fees {number}"}


def _credit(pick: Pick, _: int, before: int) -> Row:
    return {"as_of": day(before % 30), "credit_limit": pick(MONEY), "used": 2_400_000}


def _plan(pick: Pick, number: int, before: int) -> Row:
    return {
        "product_id": "EQ", "kind": pick(("regular_investment", "regular_premium")), "amount": 100_000,
        "started": day(300 + before + number), "stopped": pick((None, day(before))),
    }  # fmt: skip


_MAKE: dict[str, Callable[[Pick, int, int], Row]] = {
    "transactions": _transaction, "app_events": _app_event, "holdings": _holding, "contacts": _contact,
    "complaints": _complaint, "credit": _credit, "plans": _plan,
}  # fmt: skip
