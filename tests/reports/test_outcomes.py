"""Purchases in windows."""

from datetime import date

import numpy as np
import pytest

from tests.reports.worlds import DAY, PRODUCTS, MemoryBank, buy, criterion, day
from wealthloop.engines import DuckDBEngine
from wealthloop.reports.outcomes import covariate, outcome, purchases
from wealthloop.reports.planned import Units


def units(*planned: tuple[str, date]) -> Units:
    return Units(
        customer_id=tuple(customer for customer, _ in planned),
        arm=("contact",) * len(planned),
        first_day=np.array([on for _, on in planned], dtype="datetime64[D]"),
    )


@pytest.mark.parametrize(
    ("offset", "before", "after"),
    [(-10, 0, 0), (-9, 1, 0), (0, 1, 0), (1, 0, 1), (10, 0, 1), (11, 0, 0)],
)
def test_the_window_opens_the_day_after_planning_and_the_covariate_ends_on_it(
    engine: DuckDBEngine, offset: int, before: int, after: int
) -> None:
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": [buy(1, "A", day(offset), amount=-700)]})
    made = purchases(bank, engine, categories=["bond_fund"], first=day(-30), last=day(30), as_of=day(30))
    planned = units(("A", DAY), ("B", DAY))
    binary, amount = criterion(), criterion(metric="amount")
    assert covariate(made, planned, binary).tolist() == [before, 0]
    assert outcome(made, planned, binary).tolist() == [after, 0]
    assert covariate(made, planned, amount).tolist() == [700 * before, 0]
    assert outcome(made, planned, amount).tolist() == [700 * after, 0]


def test_only_purchases_of_the_success_categories_known_by_then_count(engine: DuckDBEngine) -> None:
    moves = [
        buy(1, "A", day(2), product_id="P2"),
        {**buy(2, "B", day(2)), "kind": "redeem"},
        buy(3, "C", day(2)),
        buy(4, "D", day(5)),
        {**buy(5, "stranger", day(2))},
    ]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": moves})
    made = purchases(bank, engine, categories=["bond_fund"], first=day(-30), last=day(30), as_of=day(4))
    planned = units(("A", DAY), ("B", DAY), ("C", DAY), ("D", DAY))
    assert outcome(made, planned, criterion()).tolist() == [0, 0, 1, 0]


def test_several_purchases_are_one_conversion_and_one_sum(engine: DuckDBEngine) -> None:
    moves = [buy(n, "B", day(n), amount=-10 * n) for n in (1, 2, 3)] + [buy(9, "A", day(1), amount=-5)]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": moves})
    made = purchases(bank, engine, categories=["bond_fund"], first=day(0), last=day(30), as_of=day(30))
    planned = units(("B", day(1)), ("A", DAY))
    assert outcome(made, planned, criterion()).tolist() == [1, 1]
    assert outcome(made, planned, criterion(metric="amount")).tolist() == [50, 5]


def test_a_bank_without_transactions_has_no_outcomes(engine: DuckDBEngine) -> None:
    made = purchases(MemoryBank(engine, {}), engine, categories=["gold"], first=DAY, last=day(9), as_of=day(9))
    assert outcome(made, units(("A", DAY)), criterion()).tolist() == [0]
