"""What moves in a world, and the turn of one day in which it moves."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox.books import Books
from wealthloop.sandbox.catalogue import Catalogue, Market
from wealthloop.sandbox.draws import Draws, Floats, Ints, Mask
from wealthloop.sandbox.leanings import Leanings
from wealthloop.sandbox.population import Truth
from wealthloop.sandbox.positions import Positions
from wealthloop.sandbox.records import Records
from wealthloop.sandbox.spec import WorldSpec
from wealthloop.sandbox.today import Today

NEVER: Final = -100_000
"""A day before anything happened."""
DAY_MICROS: Final = 86_400_000_000
_BOUND_DAYS: Final = 150
"""Days before the opening on which addresses were bound; assumed."""
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
    lowest: Mask
    """Counts as of the lowest class, by the newest assessment."""
    stage: Ints
    """Life stage, index into STAGES."""
    own_need: Floats
    """Need over all categories, weighted by how baseline purchases fall on them."""
    regime: int
    """Market regime in which ``own_need`` was summed; -1 before the first time."""
    generation: Ints
    """Which person sits at each RM's seat, 0 for the first; shape (n_rms,)."""
    seat_since: Ints
    """Day on which the person took the seat over, NEVER for the first; shape (n_rms,)."""
    skill: Floats
    """What each RM's calls are worth, mean 1; shape (n_rms,)."""
    load: Floats
    """Part of its capacity that each desk used of late; shape (n_seats,)."""

    def fork(self) -> "State":
        """Return an independent copy; positions are replaced, never written to, and stay shared."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        arrays: dict[str, Any] = {name: value.copy() for name, value in values if isinstance(value, np.ndarray)}
        return replace(self, **arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a day is played with."""

    spec: WorldSpec
    catalogue: Catalogue
    truth: Truth
    books: Books
    leanings: Leanings
    draws: Draws
    market: Market
    state: State
    records: Records
    today: Today
    ids: list[str]
    """Customer ids by index."""
    opening: int
    """The day before the first that is played."""
    bound: dict[str, Mask]
    """Whether a customer can be reached through a channel, by channel."""

    def fork(self) -> "Scene":
        """Return an independent copy of what moves; what does not is shared."""
        return replace(
            self, market=self.market.fork(), state=self.state.fork(), records=self.records.fork(),
            today=self.today.fork(),
        )  # fmt: skip

    @property
    def opening_bound(self) -> int:
        """When addresses were bound, microseconds: at ten o'clock of a day well before the opening."""
        return (self.opening - _BOUND_DAYS) * DAY_MICROS + 36_000_000_000

    @property
    def size(self) -> int:
        """The number of customers."""
        return len(self.ids)

    @property
    def day(self) -> int:
        """The day that is played."""
        return self.state.day

    def indices(self, customer_ids: Sequence[str]) -> Ints:
        """Return the index of each customer; ids carry it, so that no table of a million ids is searched."""
        return np.array([int(customer_id[1:]) - 1 for customer_id in customer_ids], dtype=np.int64)

    def uniform(self, stream: str) -> Floats:
        """Return today's uniform numbers of a stream."""
        return self.draws.uniform(stream, self.state.day)

    def kept(self, stream: str) -> Floats:
        """Return today's uniform numbers of a stream that is read many times a day."""
        if stream not in self.today.drawn:
            self.today.drawn[stream] = self.uniform(stream)
        return self.today.drawn[stream]

    def normal(self, stream: str) -> Floats:
        """Return today's standard normal numbers of a stream."""
        return self.draws.normal(stream, self.state.day)

    def instants(self, who: Ints, *, since: int, until: int, salt: int) -> Ints:
        """Return a bank-local instant of today for each customer, between two minutes of the day, in microseconds."""
        drawn = (self.kept("clock")[who] * (salt + 1.0) * np.pi) % 1.0
        seconds = (since * 60 + drawn * (until - since) * 60).astype(np.int64)
        return self.state.day * DAY_MICROS + seconds * 1_000_000

    def stamp(self) -> int:
        """Return today as the six digits yymmdd."""
        return int(day_date(self.state.day).strftime("%y%m%d"))


def channel_index(channel: str) -> int:
    """Return a channel's index in the contract's order."""
    return CHANNELS.index(channel)
