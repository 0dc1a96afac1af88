"""What counts as success beside purchases: plans begun, holdings kept, assessments, logins."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, buy, criterion, day
from wealthloop.engines import DuckDBEngine
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.design import fixed_before
from wealthloop.reports.happened import happened, is_told
from wealthloop.reports.outcomes import covariate, outcome
from wealthloop.reports.planned import Units
from wealthloop.strategies.parts import Metric


def of(metric: Metric, *categories: str) -> Criterion:
    return replace(criterion(), metric=metric, categories=categories)


def counted(bank: MemoryBank, engine: DuckDBEngine, one: Criterion) -> list[float]:
    units = Units(
        customer_id=("A", "B"), arm=("contact", "control"), first_day=np.array([DAY, DAY], dtype="datetime64[D]")
    )
    made = happened(bank, engine, one, first=day(-30), last=day(30), as_of=day(30))
    return [*outcome(made, units, one).tolist(), *covariate(made, units, one).tolist()]


def plan(customer_id: str, started: date, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
    return {
        "customer_id": customer_id, "product_id": "P1", "kind": "regular_investment", "amount": 100,
        "started": started, "at_day": started,
    } | changes  # fmt: skip


def test_a_regular_investment_counts_when_it_begins_in_a_fund_of_the_categories(engine: DuckDBEngine) -> None:
    rows = [
        plan("A", day(3)), plan("B", day(3), product_id="P2"), plan("B", day(4), kind="regular_premium"),
        plan("B", day(-2)),
    ]  # fmt: skip
    bank = MemoryBank(engine, {"products": PRODUCTS, "plans": rows})
    assert counted(bank, engine, of("plan_begun", "bond_fund")) == [1, 0, 0, 1]


def test_who_redeems_nothing_of_the_categories_has_kept_it(engine: DuckDBEngine) -> None:
    rows = [
        {**buy(1, "A", day(2)), "kind": "redeem"}, {**buy(2, "B", day(2), product_id="P2"), "kind": "redeem"},
        buy(3, "B", day(2)), {**buy(4, "B", day(-1)), "kind": "redeem"},
    ]  # fmt: skip
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": rows})
    assert counted(bank, engine, of("kept", "bond_fund")) == [0, 1, 1, 0]


def test_an_assessment_counts_by_its_day_and_a_login_by_its_kind(engine: DuckDBEngine) -> None:
    assessed = [
        {"customer_id": "A", "level": "C2", "assessed_at": day(10), "at_day": day(10)},
        {"customer_id": "B", "level": "C2", "assessed_at": day(0), "at_day": day(0)},
    ]
    events = [
        {"event_id": f"E{n}", "customer_id": who, "at_day": on, "kind": kind}
        for n, (who, on, kind) in enumerate([("A", day(1), "view"), ("B", day(1), "login"), ("A", day(-9), "login")])
    ]
    bank = MemoryBank(engine, {"suitability": assessed, "app_events": events})
    assert counted(bank, engine, of("reassessed")) == [1, 0, 0, 1]
    assert counted(bank, engine, of("logged_in")) == [0, 1, 1, 0]


def test_the_spread_before_the_start_is_that_of_the_share_who_kept(engine: DuckDBEngine) -> None:
    rows = [{**buy(n, f"K{n}", day(-1)), "kind": "redeem"} for n in range(2)]
    people = [{"customer_id": f"K{n}", "open_date": day(-300)} for n in range(10)]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": rows, "customers": people})
    found = fixed_before(bank, engine, of("kept", "bond_fund"), first_day=DAY)
    assert found.spread.control == pytest.approx((0.8 * 0.2) ** 0.5)


def test_a_table_that_the_bank_does_not_give_is_no_proof_that_nobody_did_it(engine: DuckDBEngine) -> None:
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": [buy(1, "A", day(1))]})
    told = {metric: is_told(bank, of(metric), as_of=day(5)) for metric in ("conversion", "kept", "logged_in")}
    assert told == {"conversion": True, "kept": True, "logged_in": False}
