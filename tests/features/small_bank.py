"""A small bank in memory, made of rows, with the reading rules of the real one; and one full of seeded rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from tests.scanned import ScannedBank
from wealthloop.bank import CHANNELS, COUNTERPARTIES, TABLES, TRANSACTION_KINDS, storage_schema
from wealthloop.engines import Engine

Row = dict[str, Any]
Rows = dict[str, list[Row]]

AS_OF = date(2026, 11, 20)
ZONE_HOURS = 8


def day(before: int) -> date:
    """Return the day that many days before AS_OF."""
    return AS_OF - timedelta(days=before)


def end_of(when: date) -> datetime:
    """Return 24:00 of a bank day, zone-less UTC."""
    return datetime.combine(when + timedelta(days=1), time(0)) - timedelta(hours=ZONE_HOURS)


def noon(when: date) -> datetime:
    """Return 12:00 of a bank day, zone-less UTC."""
    return datetime.combine(when, time(12)) - timedelta(hours=ZONE_HOURS)


class MemoryBank(ScannedBank):
    """Tables given as rows; a row is known from its own ``known_at``, else from its event time."""

    def __init__(
        self, engine: Engine, rows: Mapping[str, Sequence[Row]], *, imputed: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self._engine = engine
        self._rows = {name: [_complete(name, row) for row in given] for name, given in rows.items()}
        self._imputed = imputed or {}
        self._tables: dict[tuple[str, date | None], pa.Table] = {}

    def has(self, name: str) -> bool:
        return bool(self._rows.get(name))

    def imputed(self) -> Mapping[str, tuple[str, ...]]:
        return self._imputed

    def table_at(self, name: str, as_of: date | None) -> pa.Table:
        if (name, as_of) not in self._tables:
            self._tables[name, as_of] = self._newest(name, as_of)
        return self._tables[name, as_of]

    def _newest(self, name: str, as_of: date | None) -> pa.Table:
        spec = TABLES[name]
        newest: dict[tuple[Any, ...], Row] = {}
        for row in sorted(self._rows.get(name, []), key=lambda row: row["known_at"]):
            if as_of is None or row["known_at"] <= end_of(as_of):
                newest[tuple(row.get(column) for column in spec.key)] = row
        return pa.Table.from_pylist(list(newest.values()), schema=storage_schema(spec))


def _complete(name: str, row: Row) -> Row:
    spec = TABLES[name]
    full = dict(row)
    if "at_day" in full:
        full.setdefault("at", noon(full["at_day"]))
    event = full.get(spec.event_time) if spec.event_time else None
    if isinstance(event, datetime):
        full.setdefault("known_at", event)
    elif isinstance(event, date):
        full.setdefault("known_at", end_of(event))
    full.setdefault("known_at", datetime.fromtimestamp(0, UTC).replace(tzinfo=None))
    return full


def customer(customer_id: str, **more: Any) -> Row:  # noqa: ANN401 - any column
    """Return a customer who has long been with the bank."""
    return {"customer_id": customer_id, "birth_date": date(1985, 6, 1), "open_date": date(2020, 1, 1), **more}


def transaction(customer_id: str, before: int, kind: str, amount: int, **more: Any) -> Row:  # noqa: ANN401
    """Return a transaction; ``amount`` in fen."""
    number = more.pop("number", 0)
    return {
        "transaction_id": f"{customer_id}/{before}/{kind}/{amount}/{number}",
        "customer_id": customer_id, "at_day": day(before), "kind": kind, "amount": amount, **more,
    }  # fmt: skip


def login(customer_id: str, before: int, **more: Any) -> Row:  # noqa: ANN401 - any column
    """Return an app event."""
    kind, number = more.pop("kind", "login"), more.pop("number", 0)
    return {
        "event_id": f"{customer_id}/{before}/{kind}/{number}",
        "customer_id": customer_id,
        "at_day": day(before),
        "kind": kind,
        **more,
    }


def holding(customer_id: str, when: date, product_id: str, balance: int, **more: Any) -> Row:  # noqa: ANN401
    """Return a position on a day; ``balance`` in fen."""
    return {"customer_id": customer_id, "product_id": product_id, "as_of": when, "balance": balance, **more}


PRODUCTS: list[Row] = [
    {"product_id": "DEM", "name": "活期", "category": "demand", "regime": "deposit"},
    {"product_id": "CD", "name": "三年定存", "category": "time_deposit", "regime": "deposit"},
    {"product_id": "MMF", "name": "货币基金", "category": "money_fund", "regime": "investment"},
    {"product_id": "WM", "name": "固收+", "category": "fixed_income_plus_wm", "regime": "investment"},
    {"product_id": "EQ", "name": "偏股基金", "category": "equity_fund", "regime": "investment"},
    {"product_id": "LI", "name": "年金险", "category": "insurance_single", "regime": "insurance"},
]


def seeded_rows(*, customers: int = 12, seed: int = 5) -> Rows:
    """Return a bank full of seeded rows from 400 days before AS_OF to 20 after it, some of them known late."""
    draw = np.random.default_rng(seed)
    ids = [f"C{number:03d}" for number in range(customers)]

    def known(before: int) -> datetime:
        return noon(day(before)) + timedelta(days=int(draw.choice([0, 0, 0, 3, 15])))

    def moments(many: int) -> list[tuple[str, int]]:
        return [(ids[int(draw.integers(customers))], int(draw.choice(ago))) for _ in range(many)]

    ago = np.concatenate([np.arange(-20, 60), np.arange(-20, 400)])
    sold = [product["product_id"] for product in PRODUCTS]

    def at(before: int) -> datetime:
        return noon(day(before)) + timedelta(hours=int(draw.integers(-12, 12)))

    return {
        "customers": [customer(one, open_date=day(int(draw.integers(-5, 400)))) for one in ids],
        "products": PRODUCTS,
        "transactions": [
            transaction(
                who, before, TRANSACTION_KINDS[int(draw.integers(len(TRANSACTION_KINDS)))],
                int(draw.integers(-9_000_000, 9_000_000)), number=number, at=at(before), known_at=known(before),
                product_id=str(draw.choice(sold)), counterparty_kind=str(draw.choice(COUNTERPARTIES)),
            )
            for number, (who, before) in enumerate(moments(700 * customers))
        ],
        "app_events": [
            login(
                who, before, kind=("login", "view", "search", "click", "push_open")[number % 5], number=number,
                at=at(before), product_id=str(draw.choice(sold)),
            )
            for number, (who, before) in enumerate(moments(80 * customers))
        ],
        "contacts": [
            {"contact_id": f"K{number}", "customer_id": who, "at_day": day(before),
             "channel": CHANNELS[number % len(CHANNELS)]}
            for number, (who, before) in enumerate(moments(9 * customers))
        ],
        "complaints": [
            {"customer_id": who, "at_day": day(before), "topic": f"fees {number}"}
            for number, (who, before) in enumerate(moments(4 * customers))
        ],
        "holdings": [
            holding(one, day(before), product["product_id"], int(draw.integers(0, 90_000_000)), position_id="1",
                    maturity_date=day(int(draw.integers(-40, 0))))
            for one in ids
            for product in PRODUCTS
            for before in range(-5, 70, 3)
        ],
        "suitability": [
            {"customer_id": one, "level": f"C{1 + number % 5}", "assessed_at": day(before)}
            for number, one in enumerate(ids)
            for before in (-3, 100 + number)
        ],
        "consents": [
            {"customer_id": one, "purpose": "marketing", "channel": "*", "state": state, "at_day": day(before)}
            for one in ids
            for state, before in (("granted", 150), ("revoked", -2))
        ],
        "book_assignments": [{"customer_id": one, "rm_id": "RM1", "from": day(90), "to": None} for one in ids[::2]],
    }  # fmt: skip
