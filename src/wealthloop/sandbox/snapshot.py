"""The evening of a day: positions, credit lines and the market as the bank's books show them."""

from datetime import datetime, timedelta

import numpy as np

from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.money import end_of_day
from wealthloop.sandbox.positions import LOTS
from wealthloop.sandbox.state import Scene, day_date


def weigh(scene: Scene) -> None:
    """Bring each customer's AUM up to date."""
    lots = scene.state.positions
    values = lots.balances(scene.catalogue, scene.market.nav).astype(np.float64)
    held = np.bincount(lots.customer, weights=values, minlength=scene.size)
    scene.state.aum = scene.state.demand + held.astype(np.int64)


def note_holdings(scene: Scene) -> None:
    """Write the demand account and every position of every customer, sorted by customer and position."""
    state, catalogue = scene.state, scene.catalogue
    lots, customers = state.positions, np.arange(scene.size)
    balance = lots.balances(catalogue, scene.market.nav)
    nothing = np.full(scene.size, -1)
    number = np.concatenate([customers * LOTS, lots.number])
    order = np.argsort(number, kind="stable")
    is_term = catalogue.term[lots.product] > 0
    rate = np.where(is_term, catalogue.rate[lots.product], np.nan)
    free = np.where(is_term, lots.maturity, lots.start + catalogue.hold[lots.product])
    columns = {
        "customer_id": np.concatenate([customers, lots.customer]),
        "product_id": np.concatenate([np.zeros(scene.size, dtype=np.int64), lots.product]),
        "balance": np.concatenate([state.demand, balance]),
        "position_id": number,
        "start_date": np.concatenate([nothing, lots.start]),
        "maturity_date": np.concatenate([nothing, lots.maturity]),
        "auto_renew": np.concatenate([np.zeros(scene.size, dtype=np.bool_), lots.renew]),
        "rate": np.concatenate([np.full(scene.size, scene.spec.flows.demand_rate), rate]),
        "units": np.concatenate([np.full(scene.size, np.nan), np.where(is_term, np.nan, lots.units / 100.0)]),
        "cost": np.concatenate([state.demand, lots.cost]),
        "unrealised_pnl": np.concatenate([np.zeros(scene.size, dtype=np.int64), balance - lots.cost]),
        "redeemable_from": np.concatenate([nothing, free]),
    }
    rows = {name: values[order] for name, values in columns.items()}
    as_of = np.full(len(number), scene.day)
    scene.records.holdings.add({**rows, "as_of": as_of, "known_at": end_of_day(scene.day, len(number))})


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
