"""Purchases that win cards."""

import pytest

from tests.reports.worlds import PRODUCTS, MemoryBank, buy, day
from wealthloop.engines import DuckDBEngine
from wealthloop.reports.conversions import SuccessCategories, conversions

BONDS = SuccessCategories(strategy_id="a", categories=("bond_fund",))
BOTH = SuccessCategories(strategy_id="b", categories=("bond_fund", "gold"))


def test_a_purchase_meets_every_strategy_that_names_its_category(engine: DuckDBEngine) -> None:
    moves = [buy(1, "B", day(1), amount=-500), buy(2, "A", day(1), product_id="P2"), buy(3, "A", day(0))]
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": moves})
    found = conversions(bank, engine, strategies=[BONDS, BOTH], since=day(1), as_of=day(5))
    assert [(made.customer_id, made.strategy_id, made.amount) for made in found] == [
        ("A", "b", 100),
        ("B", "a", 500),
        ("B", "b", 500),
    ]
    assert {made.on for made in found} == {day(1)}


@pytest.mark.parametrize("change", [{"kind": "redeem"}, {"product_id": None}, {"at_day": day(6)}])
def test_other_moves_are_no_conversions(engine: DuckDBEngine, change: dict[str, object]) -> None:
    bank = MemoryBank(engine, {"products": PRODUCTS, "transactions": [{**buy(1, "A", day(1)), **change}]})
    assert conversions(bank, engine, strategies=[BONDS], since=day(0), as_of=day(5)) == []


def test_without_strategies_nothing_is_asked(engine: DuckDBEngine) -> None:
    assert conversions(MemoryBank(engine, {}), engine, strategies=[], since=day(0), as_of=day(1)) == []
