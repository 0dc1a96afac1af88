"""Labels: by hand, and blind to what was known too late."""

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.scoring.bank import PRODUCTS, MemoryBank, noon
from wealthloop.engines import DuckDBEngine
from wealthloop.scoring.labels import labels_of
from wealthloop.scoring.snapshots import Snapshot
from wealthloop.scoring.types import Buys, Does, FallsTo, MovesOut, ReachesNextTier, RisesTo, Target

DAY = date(2026, 9, 30)
SNAPSHOT = Snapshot(day=DAY, last=DAY + timedelta(days=30))
BUYS = Buys(categories=("fixed_income_wm",))


def transaction(
    customer: str,
    day: date,
    *,
    kind: str = "buy",
    amount: int = -500,
    known_at: datetime | None = None,
    product_id: str = "P3",
) -> dict[str, Any]:
    given = {"transaction_id": f"{customer}{day}{kind}{amount}", "customer_id": customer, "at": noon(day), "kind": kind}
    known = {} if known_at is None else {"known_at": known_at}
    return {**given, "amount": amount, "product_id": product_id, **known}


def holding(customer: str, day: date, balance: int, product: str = "P1") -> dict[str, Any]:
    return {"customer_id": customer, "product_id": product, "as_of": day, "balance": balance}


def labels(engine: DuckDBEngine, target: Target, rows: dict[str, Any], standing: dict[str, float]) -> dict[str, bool]:
    customers = sorted(standing)
    values = [standing[customer] for customer in customers]
    ids, money = pa.array(customers, pa.string()), pa.array(values, pa.float64())
    features = pa.table({"customer_id": ids, "aum": money, "aum_average": money})
    bank = MemoryBank({"products": PRODUCTS, **rows}, engine)
    found = labels_of(bank, engine, target, snapshot=SNAPSHOT, features=features)
    return dict(zip(customers, found.tolist(), strict=True))


def test_only_buys_of_the_category_within_the_window_count(engine: DuckDBEngine) -> None:
    rows = [
        transaction("A", DAY),
        transaction("B", DAY + timedelta(days=1)),
        transaction("C", SNAPSHOT.last),
        transaction("D", SNAPSHOT.last + timedelta(days=1)),
        transaction("E", DAY + timedelta(days=5), product_id="P4"),
        transaction("F", DAY + timedelta(days=5), kind="redeem", amount=500),
    ]
    found = labels(engine, BUYS, {"transactions": rows}, dict.fromkeys("ABCDEF", 1.0))
    assert found == {"A": False, "B": True, "C": True, "D": False, "E": False, "F": False}


def test_i15_a_row_known_after_the_embargo_day_is_not_seen(engine: DuckDBEngine) -> None:
    within = DAY + timedelta(days=3)
    rows = [
        transaction("A", within, known_at=datetime(2026, 10, 31, 15, 59)),  # noqa: DTZ001 - stored zone-less
        transaction("B", within, known_at=datetime(2026, 10, 31, 16, 1)),  # noqa: DTZ001
    ]
    assert SNAPSHOT.known == date(2026, 10, 31)
    assert labels(engine, BUYS, {"transactions": rows}, dict.fromkeys("AB", 1.0)) == {"A": True, "B": False}


def test_money_that_moves_out_must_reach_the_share_and_the_least(engine: DuckDBEngine) -> None:
    day = DAY + timedelta(days=9)
    rows = [
        transaction("A", day, kind="transfer_out", amount=-2_000),
        transaction("A", day + timedelta(days=1), kind="cash", amount=-1_000),
        transaction("B", day, kind="transfer_out", amount=-2_999),
        transaction("C", day, kind="card", amount=-9_000),
        transaction("D", day, kind="transfer_out", amount=-500),
        transaction("E", day, kind="cash", amount=9_000),
    ]
    standing = {"A": 10_000.0, "B": 10_000.0, "C": 10_000.0, "D": 1_000.0, "E": 10_000.0}
    found = labels(engine, MovesOut(share=0.3, least=600), {"transactions": rows}, standing)
    assert found == {"A": True, "B": False, "C": False, "D": False, "E": False}


def test_the_next_tier_is_reached_by_the_average_of_all_days_and_products(engine: DuckDBEngine) -> None:
    first, second = DAY + timedelta(days=10), SNAPSHOT.last
    rows = [
        holding("A", first, 60), holding("A", first, 20, "P2"), holding("A", second, 120),
        holding("B", first, 199), holding("B", second, 0),
        holding("C", first, 150), holding("C", second, 150),
        holding("D", second, 198),
    ]  # fmt: skip
    target = ReachesNextTier(floors=(100, 200))
    found = labels(engine, target, {"holdings": rows}, {"A": 50.0, "B": 99.0, "C": 120.0, "D": 10.0, "E": 10.0})
    assert found == {"A": True, "B": False, "C": False, "D": False, "E": False}
    assert labels(engine, target, {"holdings": [holding("C", second, 200)]}, {"C": 120.0}) == {"C": True}


def test_aum_falls_by_the_last_day_of_the_window_and_who_holds_nothing_has_fallen(engine: DuckDBEngine) -> None:
    rows = [
        holding("A", DAY + timedelta(days=5), 10), holding("A", SNAPSHOT.last, 90),
        holding("B", SNAPSHOT.last, 30), holding("B", SNAPSHOT.last, 20, "P2"),
        holding("C", DAY, 100),
        holding("D", SNAPSHOT.last, 51),
    ]  # fmt: skip
    found = labels(engine, FallsTo(share=0.5), {"holdings": rows}, dict.fromkeys("ABCD", 100.0))
    assert found == {"A": False, "B": True, "C": True, "D": False}


@pytest.mark.parametrize(
    "target", [BUYS, MovesOut(share=0.3, least=1), ReachesNextTier(floors=(5,)), FallsTo(share=0.5)]
)
def test_nobody_in_the_population_is_no_label(engine: DuckDBEngine, target: Target) -> None:
    assert labels(engine, target, {"holdings": [holding("X", SNAPSHOT.last, 1)]}, {}) == {}


def test_what_is_done_or_never_done_within_the_window(engine: DuckDBEngine) -> None:
    rows = [
        transaction("A", DAY + timedelta(days=2), kind="transfer_in", amount=6_000_000),
        transaction("B", DAY + timedelta(days=2), kind="transfer_in", amount=4_000_000),
        transaction("C", DAY, kind="transfer_in", amount=6_000_000),
        transaction("D", DAY + timedelta(days=2), kind="salary", amount=900),
    ]
    large = Does(table="transactions", kinds=("transfer_in",), least=5_000_000)
    found = labels(engine, large, {"transactions": rows}, dict.fromkeys("ABCD", 1.0))
    assert found == {"A": True, "B": False, "C": False, "D": False}
    stopped = Does(table="transactions", kinds=("salary",), never=True)
    found = labels(engine, stopped, {"transactions": rows}, dict.fromkeys("AD", 1.0))
    assert found == {"A": True, "D": False}
    events = [{"event_id": "1", "customer_id": "A", "at": noon(DAY + timedelta(days=1)), "kind": "login"}]
    login = Does(table="app_events", kinds=("login",))
    assert labels(engine, login, {"app_events": events}, dict.fromkeys("AB", 1.0)) == {"A": True, "B": False}


def test_balances_that_rise_or_fall_of_all_or_of_some_products(engine: DuckDBEngine) -> None:
    end = SNAPSHOT.last
    rows = [holding("A", end, 130), holding("B", end, 119), holding("C", end, 120), holding("A", end, 5, "P3")]
    found = labels(engine, RisesTo(share=1.2), {"holdings": rows}, {"A": 100.0, "B": 100.0, "C": 100.0, "D": 1.0})
    assert found == {"A": True, "B": False, "C": True, "D": False}
    features = pa.table({"customer_id": ["A", "B"], "balance_wealth": [500.0, 500.0]})
    bank = MemoryBank({"products": PRODUCTS, "holdings": [*rows, holding("B", end, 400, "P3")]}, engine)
    gone = labels_of(bank, engine, FallsTo(share=0.01, of=("wealth",)), snapshot=SNAPSHOT, features=features)
    assert gone.tolist() == [True, False]
