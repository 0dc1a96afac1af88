"""The bank by day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.reports.worlds import PRODUCTS, MemoryBank, buy, day
from wealthloop.engines import DuckDBEngine
from wealthloop.reports.bank import daily_aum, daily_buyers, daily_mau, month_average_aum


def holding(customer_id: str, on: date, balance: int, *, product_id: str = "P1") -> dict[str, Any]:
    return {"customer_id": customer_id, "product_id": product_id, "as_of": on, "balance": balance}


def logins(days_by_customer: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    return [
        {"event_id": f"{customer}/{n}", "customer_id": customer, "at_day": day(offset), "kind": "login"}
        for customer, offsets in days_by_customer.items()
        for n, offset in enumerate(offsets)
    ]


def test_aum_is_the_sum_of_the_days_balances(engine: DuckDBEngine) -> None:
    rows = [
        holding("A", day(0), 100),
        holding("A", day(0), 50, product_id="P2"),
        holding("B", day(0), 1),
        holding("A", day(1), 70),
        holding("A", day(-1), 7),
        holding("A", day(3), 9),
    ]
    series = daily_aum(MemoryBank(engine, {"holdings": rows}), engine, since=day(0), as_of=day(2))
    assert (series.days, series.values) == ((day(0), day(1)), (151, 70))
    assert "1 days have no snapshot" in series.how.en
    assert not series.incremental


def test_the_month_average_starts_anew_each_month(engine: DuckDBEngine) -> None:
    rows = [holding("A", day(n), balance) for n, balance in ((28, 10), (29, 30), (30, 5), (31, 7))]
    points = daily_aum(MemoryBank(engine, {"holdings": rows}), engine, since=day(28), as_of=day(31))
    assert month_average_aum(points).values == (10, 20, 5, 6)


def test_a_customer_is_active_for_thirty_days_from_a_login(engine: DuckDBEngine) -> None:
    events = [*logins({"A": (0,), "B": (5, 20)}), {**logins({"C": (40,)})[0], "kind": "view"}]
    bank = MemoryBank(engine, {"app_events": events})
    series = daily_mau(bank, engine, since=day(27), as_of=day(51))
    found = dict(zip(series.days, series.values, strict=True))
    assert (found[day(28)], found[day(29)], found[day(30)]) == (None, 2, 1)
    assert (found[day(49)], found[day(50)]) == (1, 0)


def test_monthly_actives_agree_with_counting_one_by_one(engine: DuckDBEngine) -> None:
    rng = np.random.default_rng(1)
    log = {f"C{n}": sorted(rng.integers(0, 120, rng.integers(0, 6)).tolist()) for n in range(60)}
    bank = MemoryBank(engine, {"app_events": logins(log)})
    series = daily_mau(bank, engine, since=day(60), as_of=day(119))
    slowly = tuple(
        sum(any(offset - 29 <= at <= offset for at in offsets) for offsets in log.values()) for offset in range(60, 120)
    )
    assert series.values == slowly


def test_buyers_are_distinct_customers_of_the_day(engine: DuckDBEngine) -> None:
    moves = [
        buy(1, "A", day(0)),
        buy(2, "A", day(0)),
        buy(3, "B", day(0)),
        buy(4, "B", day(1), product_id="P2"),
    ]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": moves})
    series = daily_buyers(bank, engine, categories=["bond_fund"], since=day(0), as_of=day(1))
    assert series.values == (2, 0)


@pytest.mark.parametrize("since", [0, 2])
def test_a_bank_without_tables_has_empty_series_not_zeros(engine: DuckDBEngine, since: int) -> None:
    bank = MemoryBank(engine, {})
    opens, as_of = day(since), day(2)
    assert daily_aum(bank, engine, since=opens, as_of=as_of).values == ()
    assert set(daily_mau(bank, engine, since=opens, as_of=as_of).values) == {None}
    assert set(daily_buyers(bank, engine, categories=["gold"], since=opens, as_of=as_of).values) == {None}


def test_the_days_of_a_series_have_no_gaps(engine: DuckDBEngine) -> None:
    series = daily_mau(MemoryBank(engine, {}), engine, since=day(0), as_of=day(40))
    assert series.days == tuple(day(0) + timedelta(days=n) for n in range(41))


def test_assumed_balances_are_said_to_be_no_fact(engine: DuckDBEngine) -> None:
    rows = {"holdings": [holding("A", day(0), 5)]}
    bank = MemoryBank(engine, rows, imputed={"holdings": ("balance",)})
    assert "no fact" in daily_aum(bank, engine, since=day(0), as_of=day(0)).how.en
    assert "no fact" not in daily_aum(MemoryBank(engine, rows), engine, since=day(0), as_of=day(0)).how.en
