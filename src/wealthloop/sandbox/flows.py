"""Money that moves by itself: salaries, spending, transfers, large flows, interest, maturities, redemptions."""

from datetime import timedelta
from typing import Final

import numpy as np

from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.money import (
    CARD,
    HOME,
    INFLOW,
    INTEREST,
    LEAVE,
    MATURITY,
    MOVE,
    OUTFLOW,
    PERSON,
    PLATFORM,
    REDEEM,
    RENEWAL,
    SALARY,
    Flow,
    pay,
)
from wealthloop.sandbox.state import Scene, day_date

_YEAR: Final = 365
_MONTH: Final = 30.0
_LEAST_FEN: Final = 100
_LARGE_FEN: Final = 2_000_000
_MOVING_DAYS: Final = 3


def move_money(scene: Scene) -> None:
    """Play a day's own flows, money in before money out, so that no account is overdrawn."""
    _salaries(scene)
    _home(scene)
    _inflows(scene)
    _mature(scene)
    _redeem(scene)
    _interest(scene)
    _spend(scene)
    _move_salary(scene)
    _leave(scene)


def _salaries(scene: Scene) -> None:
    """Pay salaries on the customer's pay day, or on the Friday before a weekend."""
    truth, state = scene.truth, scene.state
    due = truth.payroll & np.isin(truth.payday, _days_paid(scene))
    who = np.flatnonzero(due)
    amount = (truth.income[who] * (1 + 0.03 * scene.normal("salary")[who])).astype(np.int64)
    amount = np.maximum(amount, _LEAST_FEN)
    pay(scene, SALARY, who, amount)
    state.salary[who], state.salary_on[who] = amount, scene.day


def _days_paid(scene: Scene) -> list[int]:
    """Return the days of the month that are paid today: none on weekends, on Fridays the weekend's as well."""
    today = day_date(scene.day)
    if today.weekday() >= 5:
        return []
    ahead = 3 if today.weekday() == 4 else 1
    return [(today + timedelta(days=days)).day for days in range(ahead)]


def _home(scene: Scene) -> None:
    """Customers without payroll bring part of their income from another bank."""
    flows = scene.spec.flows
    drawn = scene.uniform("home")
    who = np.flatnonzero(~scene.truth.payroll & (drawn < flows.home_monthly / _MONTH))
    size = flows.home_part * (0.6 + 0.8 * scene.uniform("home/size")[who])
    pay(scene, HOME, who, (scene.truth.income[who] * size).astype(np.int64))


def _inflows(scene: Scene) -> None:
    """Large sums come from other banks, brokers and persons, out of the customer's wealth elsewhere."""
    flows, state = scene.spec.flows, scene.state
    who = np.flatnonzero(scene.uniform("inflow") < flows.inflow_daily)
    noise = np.exp(flows.inflow_sigma * scene.normal("inflow/size")[who])
    wanted = flows.inflow_floor_yuan * 100 * noise + flows.inflow_part * state.aum[who] * noise
    amount = np.minimum(wanted, state.off_bank[who]).astype(np.int64) // 10_000 * 10_000
    state.off_bank[who] -= amount
    source = (scene.uniform("inflow/source") * len(INFLOW)).astype(np.int64)[who]
    for index, flow in enumerate(INFLOW):
        rows = source == index
        pay(scene, flow, who[rows], amount[rows])
    large = amount >= scene.spec.triggers.inflow_yuan * 100
    state.inflow_on[who[large]] = scene.day
    freshen(scene, who, amount)


def freshen(scene: Scene, who: Ints, amount: Ints) -> None:
    """Remember money that came today and may leave again; equal customers may repeat."""
    np.add.at(scene.state.fresh, who, amount)
    scene.state.fresh_on[who[amount > 0]] = scene.day


def _mature(scene: Scene) -> None:
    """End terms: principal and interest to the demand account, or interest only and a new term."""
    state, catalogue = scene.state, scene.catalogue
    lots = state.positions
    due = lots.maturity == scene.day
    if not due.any():
        return
    earned = np.round(lots.cost * catalogue.rate[lots.product] * (lots.maturity - lots.start) / _YEAR).astype(np.int64)
    renewed = due & lots.renew & catalogue.open_on(scene.day)[lots.product]
    ended = due & ~renewed
    for rows, flow, amount in ((ended, MATURITY, lots.cost + earned), (renewed, RENEWAL, earned)):
        pay(scene, flow, lots.customer[rows], amount[rows], product=lots.product[rows], position=lots.number[rows])
    freshen(scene, lots.customer[ended], lots.cost[ended])
    state.positions = lots.rolled(renewed, day=scene.day, term=catalogue.term).take(~ended)


def _redeem(scene: Scene) -> None:
    """Redeem open positions at random, the whole lot, once it has been held long enough."""
    state, catalogue = scene.state, scene.catalogue
    lots = state.positions
    free = (lots.maturity < 0) & (lots.start + catalogue.hold[lots.product] <= scene.day)
    turn = (scene.uniform("redeem")[lots.customer] + lots.number * 0.6180339887) % 1.0
    sold = free & (turn < scene.spec.appetite.redeem_daily)
    if not sold.any():
        return
    amount = lots.balances(catalogue, scene.market.nav)[sold]
    who = lots.customer[sold]
    pay(scene, REDEEM, who, amount, product=lots.product[sold], position=lots.number[sold])
    freshen(scene, who, amount)
    state.positions = lots.take(~sold)


def _interest(scene: Scene) -> None:
    """Let the demand account earn, and pay once a month."""
    flows, state = scene.spec.flows, scene.state
    state.interest += state.demand * (flows.demand_rate / _YEAR)
    if day_date(scene.day).day != flows.interest_day:
        return
    amount = np.floor(state.interest).astype(np.int64)
    state.interest -= amount
    pay(scene, INTEREST, np.arange(scene.size), amount)


def _spend(scene: Scene) -> None:
    """Card spending and small transfers, never more than there is."""
    flows, truth = scene.spec.flows, scene.truth
    income = truth.income / _MONTH
    share = np.where(truth.payroll, np.where(truth.mover, 0.5, 1.0) * flows.spend_share, flows.spend_share_other)
    rate = np.clip(flows.spend_daily * (0.5 + truth.digital), 0.05, 0.95)
    size = np.exp(0.8 * scene.normal("card/size") - 0.32)
    _pay_out(scene, CARD, "card", rate, income * share / rate * size)
    size = truth.income * (0.5 + scene.uniform("small/size"))
    weight = np.where(truth.payroll, 1.0, 0.5)
    _pay_out(scene, PLATFORM, "platform", flows.platform_daily * weight, size * flows.platform_share)
    _pay_out(scene, PERSON, "person", flows.person_daily * weight, size * flows.person_share)


def _pay_out(scene: Scene, flow: Flow, stream: str, rate: Floats, size: Floats) -> None:
    wanted = np.maximum(size, _LEAST_FEN).astype(np.int64)
    who = np.flatnonzero((scene.uniform(stream) < rate) & (scene.state.demand >= wanted))
    pay(scene, flow, who, -wanted[who])


def _move_salary(scene: Scene) -> None:
    """Movers send most of the salary to another bank within three days; the others now and then tidy up."""
    flows, truth, state = scene.spec.flows, scene.truth, scene.state
    lag = (truth.payday + np.arange(scene.size)) % _MOVING_DAYS + 1
    moves = truth.payroll & truth.mover & (scene.day - state.salary_on == lag)
    amount = np.minimum(state.salary * flows.mover_part, state.demand).astype(np.int64)
    who = np.flatnonzero(moves & (amount > _LEAST_FEN))
    pay(scene, MOVE, who, -amount[who])
    state.off_bank[who] += amount[who]


def _leave(scene: Scene) -> None:
    """Fresh money leaves again, and now and then a large part of the demand account does."""
    flows, state = scene.spec.flows, scene.state
    state.fresh = np.minimum(state.fresh, state.demand)
    fresh = np.where(scene.day > state.fresh_on, state.fresh, 0)
    gone = (scene.uniform("leave") < flows.leave_daily) & (fresh > _LEAST_FEN)
    target = scene.uniform("leave/target") < 0.7
    amount = (fresh * flows.leave_part).astype(np.int64)
    for flow, rows in zip(LEAVE, (gone & target, gone & ~target), strict=True):
        _go(scene, flow, rows, amount)
    state.fresh[gone] = 0
    rest = (state.demand * (0.3 + 0.6 * scene.uniform("outflow/size"))).astype(np.int64)
    _go(scene, OUTFLOW, (scene.uniform("outflow") < flows.outflow_daily) & (rest >= _LARGE_FEN), rest)


def _go(scene: Scene, flow: Flow, rows: Mask, amount: Ints) -> None:
    state = scene.state
    who = np.flatnonzero(rows)
    pay(scene, flow, who, -amount[who])
    state.off_bank[who] += amount[who]
    large = amount[who] >= scene.spec.triggers.outflow_yuan * 100
    state.outflow_on[who[large]] = scene.day
