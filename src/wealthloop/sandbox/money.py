"""Payments: every transaction moves the demand account by its signed amount, so that balances equal flows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.bank.contract import COUNTERPARTIES, TRANSACTION_KINDS
from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.records import WAYS
from wealthloop.sandbox.state import DAY_MICROS, Scene

_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A kind of payment; ``code`` makes ids and clock times differ between flows of a customer's day."""

    code: int
    kind: str
    way: str
    counterparty: str | None = None
    since: int = 8 * 60
    until: int = 22 * 60


SALARY: Final = Flow(code=1, kind="salary", way="system", counterparty="employer", since=540, until=660)
HOME: Final = Flow(code=2, kind="transfer_in", way="app", counterparty="own_other_bank")
INFLOW: Final = (
    Flow(code=3, kind="transfer_in", way="app", counterparty="own_other_bank"),
    Flow(code=4, kind="transfer_in", way="app", counterparty="broker"),
    Flow(code=5, kind="transfer_in", way="counter", counterparty="person"),
)
CARD: Final = Flow(code=6, kind="card", way="pos", counterparty="merchant")
PLATFORM: Final = Flow(code=7, kind="transfer_out", way="app", counterparty="payment_platform")
PERSON: Final = Flow(code=8, kind="transfer_out", way="app", counterparty="person")
MOVE: Final = Flow(code=9, kind="transfer_out", way="app", counterparty="own_other_bank")
LEAVE: Final = (
    Flow(code=10, kind="transfer_out", way="app", counterparty="own_other_bank"),
    Flow(code=11, kind="transfer_out", way="app", counterparty="broker"),
)
OUTFLOW: Final = Flow(code=12, kind="transfer_out", way="counter", counterparty="other")
INTEREST: Final = Flow(code=13, kind="interest", way="system", since=60, until=120)
MATURITY: Final = Flow(code=14, kind="maturity", way="system", since=120, until=240)
RENEWAL: Final = Flow(code=15, kind="interest", way="system", since=120, until=240)
REDEEM: Final = Flow(code=16, kind="redeem", way="app", since=540, until=900)
BROUGHT: Final = Flow(code=17, kind="transfer_in", way="app", counterparty="own_other_bank", since=540, until=840)
BUY: Final = Flow(code=18, kind="buy", way="app", since=840, until=1260)


def pay(
    scene: Scene, flow: Flow, who: Ints, amount: Ints, *, product: Ints | None = None, position: Ints | None = None
) -> None:
    """Book payments: ``amount`` is signed, in fen, one a row of ``who``; rows of nothing are left out."""
    moved = np.flatnonzero(amount)
    who, amount = who[moved], amount[moved]
    nothing = np.full(len(who), -1)
    np.add.at(scene.state.demand, who, amount)
    if flow.kind == "transfer_in":
        scene.today.inflow.append((who, amount))
    elif flow.kind == "transfer_out":
        scene.today.outflow.append((who, -amount))
    number = (scene.stamp() * 10_000_000 + who) * _HUNDRED + flow.code
    scene.records.transactions.add(
        {
            "transaction_id": number * 1_000 + _running(who),
            "customer_id": who,
            "at": scene.instants(who, since=flow.since, until=flow.until, salt=flow.code),
            "kind": np.full(len(who), TRANSACTION_KINDS.index(flow.kind)),
            "amount": amount,
            "product_id": nothing if product is None else product[moved],
            "position_id": nothing if position is None else position[moved],
            "channel": np.full(len(who), WAYS.index(flow.way)),
            "counterparty_kind": nothing if flow.counterparty is None else _code(flow.counterparty, len(who)),
        }
    )


def end_of_day(day: int, rows: int) -> Ints:
    """Return the last second of a day, in microseconds: the bank closes its books at midnight."""
    return np.full(rows, (day + 1) * DAY_MICROS - 1_000_000)


def _running(who: Ints) -> Ints:
    """Return 0 for a customer's first row, 1 for the second and so on; equal customers stand together."""
    if len(who) < 2:
        return np.zeros(len(who), dtype=np.int64)
    first = np.concatenate([[True], who[1:] != who[:-1]])
    starts = np.flatnonzero(first)
    return np.arange(len(who)) - np.repeat(starts, np.diff(np.append(starts, len(who))))


def _code(counterparty: str, rows: int) -> Ints:
    return np.full(rows, COUNTERPARTIES.index(counterparty))
