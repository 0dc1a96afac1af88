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
    catalogue, demand = scene.catalogue, scene.state.demand[first:end]
    edges = np.searchsorted(scene.state.positions.customer, [first, end])
    lots = scene.state.positions.cut(int(edges[0]), int(edges[1]))
    balance, is_term = lots.balances(catalogue, scene.market.nav), catalogue.term[lots.product] > 0
    free = np.where(is_term, lots.maturity, lots.start + catalogue.hold[lots.product])
    customers = np.arange(first, end)
    pairs: dict[str, tuple[Ints | float, NDArray[Any]]] = {
        "customer_id": (customers, lots.customer),
        "product_id": (0, lots.product),
        "balance": (demand, balance),
        "position_id": (customers * LOTS, lots.number),
        "start_date": (-1, lots.start),
        "maturity_date": (-1, lots.maturity),
        "auto_renew": (0, lots.renew),
        "rate": (scene.spec.flows.demand_rate, np.where(is_term, catalogue.rate[lots.product], np.nan)),
        "units": (np.nan, np.where(is_term, np.nan, lots.units / 100.0)),
        "cost": (demand, lots.cost),
        "unrealised_pnl": (0, balance - lots.cost),
        "redeemable_from": (-1, free),
    }
    rows = _interleaved(pairs, lots.customer - first, size=end - first)
    known = end_of_day(scene.day, len(rows["balance"]))
    scene.records.holdings.add({**rows, "as_of": np.full(len(known), scene.day), "known_at": known})


def _interleaved(
    pairs: dict[str, tuple[Ints | float, NDArray[Any]]], owner: Ints, *, size: int
) -> dict[str, NDArray[Any]]:
    """Return columns in which each customer's demand account stands before the customer's positions.

    Args:
        pairs: cells of the demand accounts, shape (size,) or one for all, and of the positions, shape (n_lots,).
        owner: whose each position is, from 0, ascending, shape (n_lots,).
        size: the number of customers.
    """
    at_lots = np.arange(len(owner)) + owner + 1
    is_lot = np.zeros(size + len(owner), dtype=np.bool_)
    is_lot[at_lots] = True
    columns = {}
    for name, (of_demand, of_lots) in pairs.items():
        cells = np.empty(len(is_lot), dtype=of_lots.dtype)
        cells[~is_lot], cells[is_lot] = of_demand, of_lots
        columns[name] = cells
    return columns


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
