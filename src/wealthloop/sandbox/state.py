"""What moves in a world, and the turn of one day in which it moves."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np

from wealthloop.bank.contract import CHANNELS, COUNTERPARTIES, TRANSACTION_KINDS
from wealthloop.sandbox.books import Books
from wealthloop.sandbox.catalogue import Catalogue, Market
from wealthloop.sandbox.draws import Draws, Floats, Ints, Mask
from wealthloop.sandbox.population import Truth
from wealthloop.sandbox.positions import Positions
from wealthloop.sandbox.record import Log, Numbered, Rows
from wealthloop.sandbox.spec import WorldSpec

NEVER: Final = -100_000
"""A day before anything happened."""
DAY_MICROS: Final = 86_400_000_000
WAYS: Final = ("app", "pos", "counter", "system")
EVENTS: Final = ("login", "view", "push_open")
PAGES: Final = ("home", "product", "message")
_EPOCH: Final = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days since 1970."""
    return (day - _EPOCH).days


def day_date(number: int) -> date:
    """Return the date of a day number."""
    return _EPOCH + timedelta(days=int(number))


@dataclass(slots=True, kw_only=True)
class State:
    """The moving part; arrays have shape (n_customers,), money is in fen, days are numbers since 1970."""

    day: int
    demand: Ints
    off_bank: Ints
    lots: Ints
    """Running number of each customer's next position."""
    positions: Positions
    aum: Ints
    fresh: Ints
    """Money that came lately and may leave again or be placed."""
    fresh_on: Ints
    inflow_on: Ints
    outflow_on: Ints
    login_on: Ints
    woke_on: Ints
    """Day of the last login after a long silence."""
    salary: Ints
    salary_on: Ints
    interest: Floats
    """Interest of the demand account that is not yet paid."""
    pull: Floats
    """Chance of a purchase that contacts still hold; negative: spoils the customer's own purchases."""
    pull_from: Ints
    pull_product: Ints
    fatigue: Floats
    assessed_on: Ints
    consent: Mask
    """Marketing is granted, by channel; shape (n_customers, n_channels)."""


@dataclass(slots=True, kw_only=True)
class Records:
    """The tables that grow."""

    transactions: Log
    holdings: Log
    app_events: Log
    credit: Log
    contacts: Rows = field(default_factory=lambda: Rows("contacts"))
    consents: Rows = field(default_factory=lambda: Rows("consents"))
    complaints: Rows = field(default_factory=lambda: Rows("complaints"))
    suitability: Rows = field(default_factory=lambda: Rows("suitability"))
    market: Rows = field(default_factory=lambda: Rows("market"))


def records_of(customer_ids: list[str], product_ids: list[str]) -> Records:
    """Return empty records."""
    who = {"customer_id": customer_ids}
    what = {**who, "product_id": product_ids}
    position = Numbered(prefix="L", digits=11)
    return Records(
        transactions=Log(
            "transactions",
            coded={**what, "kind": TRANSACTION_KINDS, "counterparty_kind": COUNTERPARTIES, "channel": WAYS},
            numbered={"transaction_id": Numbered(prefix="T", digits=18), "position_id": position},
        ),
        holdings=Log("holdings", coded=what, numbered={"position_id": position}),
        app_events=Log(
            "app_events", coded={**what, "kind": EVENTS, "page": PAGES},
            numbered={"event_id": Numbered(prefix="E", digits=16)},
        ),
        credit=Log("credit", coded=who, numbered={}),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a day is played with."""

    spec: WorldSpec
    catalogue: Catalogue
    truth: Truth
    books: Books
    draws: Draws
    market: Market
    state: State
    records: Records
    ids: list[str]
    """Customer ids by index."""
    bound: dict[str, Mask]
    """Whether a customer can be reached through a channel, by channel."""

    @property
    def size(self) -> int:
        """The number of customers."""
        return len(self.ids)

    @property
    def day(self) -> int:
        """The day that is played."""
        return self.state.day

    def uniform(self, stream: str) -> Floats:
        """Return today's uniform numbers of a stream."""
        return self.draws.uniform(stream, self.state.day)

    def normal(self, stream: str) -> Floats:
        """Return today's standard normal numbers of a stream."""
        return self.draws.normal(stream, self.state.day)

    def instants(self, who: Ints, *, since: int, until: int, salt: int) -> Ints:
        """Return a bank-local instant of today for each customer, between two minutes of the day, in microseconds."""
        drawn = (self.uniform("clock")[who] * (salt + 1.0) * np.pi) % 1.0
        seconds = (since * 60 + drawn * (until - since) * 60).astype(np.int64)
        return self.state.day * DAY_MICROS + seconds * 1_000_000

    def stamp(self) -> int:
        """Return today as the six digits yymmdd."""
        return int(day_date(self.state.day).strftime("%y%m%d"))


def channel_index(channel: str) -> int:
    """Return a channel's index in the contract's order."""
    return CHANNELS.index(channel)
