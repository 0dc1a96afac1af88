"""The evening of a day: positions, credit lines and the market as the bank's books show them."""

from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.money import end_of_day
from wealthloop.sandbox.positions import LOTS
from wealthloop.sandbox.records import POUR_ROWS, Sheets
from wealthloop.sandbox.state import Scene, day_date

_PIECE: Final = 100_000
"""Customers whose holdings are written at a time."""


def weigh(scene: Scene) -> None:
    """Bring each customer's AUM up to date."""
    lots = scene.state.positions
    values = lots.balances(scene.catalogue, scene.market.nav).astype(np.float64)
    held = np.bincount(lots.customer, weights=values, minlength=scene.size)
    scene.state.aum = scene.state.demand + held.astype(np.int64)


def note_holdings(scene: Scene, sheets: Sheets | None) -> None:
    """Write the demand account and every position of every customer, sorted by customer and position.

    Many customers go piece by piece straight into the files, so that a million need no table in memory.
    """
    for first in range(0, scene.size, _PIECE):
        _note_piece(scene, first, min(first + _PIECE, scene.size))
        scene.records.pour(sheets, least=POUR_ROWS)


def _note_piece(scene: Scene, first: int, end: int) -> None:
    """Write the holdings of the customers from ``first`` up to ``end``; their positions stand side by side."""
    state, catalogue, customers = scene.state, scene.catalogue, np.arange(first, end)
    edges = np.searchsorted(state.positions.customer, [first, end])
    lots = state.positions.cut(int(edges[0]), int(edges[1]))
    balance, demand = lots.balances(catalogue, scene.market.nav), state.demand[first:end]
    is_term = catalogue.term[lots.product] > 0
    free = np.where(is_term, lots.maturity, lots.start + catalogue.hold[lots.product])
    at_lots = np.arange(len(lots)) + lots.customer - first + 1
    rows = len(customers) + len(lots)
    at_demand = np.delete(np.arange(rows), at_lots)

    def column(of_demand: Ints | float, of_lots: NDArray[Any]) -> NDArray[Any]:
        cells = np.empty(rows, dtype=of_lots.dtype)
        cells[at_demand], cells[at_lots] = of_demand, of_lots
        return cells

    scene.records.holdings.add(
        {
            "customer_id": column(customers, lots.customer),
            "product_id": column(0, lots.product),
            "balance": column(demand, balance),
            "position_id": column(customers * LOTS, lots.number),
            "start_date": column(-1, lots.start),
            "maturity_date": column(-1, lots.maturity),
            "auto_renew": column(0, lots.renew),
            "rate": column(scene.spec.flows.demand_rate, np.where(is_term, catalogue.rate[lots.product], np.nan)),
            "units": column(np.nan, np.where(is_term, np.nan, lots.units / 100.0)),
            "cost": column(demand, lots.cost),
            "unrealised_pnl": column(0, balance - lots.cost),
            "redeemable_from": column(-1, free),
            "as_of": np.full(rows, scene.day),
            "known_at": end_of_day(scene.day, rows),
        }
    )


def note_credit(scene: Scene) -> None:
    """Write the credit lines; a line is three months' income."""
    who: Ints = np.flatnonzero(scene.draws.uniform("credit") < scene.spec.people.credit_share)
    limit = scene.truth.income[who] * 3 // 100_000 * 100_000
    used = (limit * scene.uniform("credit/used")[who] * 0.6).astype(np.int64)
    scene.records.credit.add(
        {
            "customer_id": who,
            "as_of": np.full(len(who), scene.day),
            "credit_limit": limit,
            "used": used,
            "overdraft_available": limit - used,
            "known_at": end_of_day(scene.day, len(who)),
        }
    )


def note_market(scene: Scene) -> None:
    """Write the day's index levels, rates and NAVs, known at the end of the day."""
    today = day_date(scene.day)
    known = datetime(today.year, today.month, today.day) + timedelta(hours=23, minutes=59, seconds=59)  # noqa: DTZ001 - bank-local wall time
    for series, value in scene.market.rows():
        scene.records.market.add(day=today, series=series, value=value, known_at=known)


def is_month_end(day: int) -> bool:
    """Say whether a day is the last of its month."""
    return day_date(day + 1).day == 1
