"""Tier moves."""

from datetime import date
from typing import Any

from tests.reports.worlds import MemoryBank
from wealthloop.engines import DuckDBEngine
from wealthloop.reports.tiers import tier_moves

MONTH_ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def bank_of(engine: DuckDBEngine, balances: dict[str, list[int]]) -> MemoryBank:
    holdings: list[dict[str, Any]] = [
        {"customer_id": customer, "product_id": "P1", "as_of": on, "balance": yuan * 100}
        for customer, amounts in balances.items()
        for on, yuan in zip(MONTH_ENDS, amounts, strict=True)
    ]
    customers = [{"customer_id": customer, "open_date": date(2025, 1, 1)} for customer in balances]
    return MemoryBank(engine, {"customers": customers, "holdings": holdings})


def test_moves_are_counted_in_the_month_in_which_they_hold(engine: DuckDBEngine) -> None:
    bank = bank_of(
        engine,
        {
            "rises": [1_000, 60_000, 60_000, 60_000, 60_000],
            "falls after three months": [60_000, 1_000, 1_000, 1_000, 1_000],
            "dips": [60_000, 1_000, 1_000, 60_000, 60_000],
            "stays": [1_000, 1_000, 1_000, 1_000, 1_000],
        },
    )
    moves = tier_moves(bank, engine, as_of=date(2026, 5, 31))
    assert moves.ups.days == (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1))
    assert moves.ups.values == (1, 0, 0, 0)
    assert moves.downs.values == (0, 0, 1, 0)
    assert moves.net.values == (1, 0, -1, 0)


def test_a_bank_without_holdings_has_no_moves(engine: DuckDBEngine) -> None:
    assert tier_moves(MemoryBank(engine, {}), engine, as_of=date(2026, 5, 31)).net.values == ()
