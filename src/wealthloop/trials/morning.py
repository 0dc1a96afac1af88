"""What a policy decides from in the morning, and what it must return: the same for every policy."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wealthloop.bank import CHANNELS
from wealthloop.sandbox import Actions, DayEvents, Floats, Ints, Mask, Seen, World
from wealthloop.strategies.valuebook import ValueBook
from wealthloop.trials.lawful import Lawful, Shelf

RM = CHANNELS.index("rm")
SEAT = CHANNELS.index("remote_agent")
SMS = CHANNELS.index("sms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What can be done today: the same capacities and budget for every policy."""

    rms: Ints
    """Cards that each RM's desk still takes, shape (n_rms,)."""
    seats: int
    """Calls of the remote desk."""
    volumes: Ints
    """Messages by channel, 0 for people, shape (n_channels,)."""
    budget: int
    """Fen for the contacts of the day."""
    cost: Ints
    """Fen a contact, shape (n_channels,)."""

    @property
    def units(self) -> Ints:
        """Units of every resource but the budget: the RMs, the seats, the channels; shape (n_rms + 1 + n_channels,)."""
        return np.concatenate([self.rms, [self.seats], self.volumes])

    def resource(self, rm: Ints, channel: Ints) -> Ints:
        """Return the place in ``units`` that each contact takes one of; customers without an RM have no RM contact."""
        machine = len(self.rms) + 1 + channel
        return np.where(channel == RM, rm, np.where(channel == SEAT, len(self.rms), machine))


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """A day as a policy sees it: the tables of the evening before."""

    day: int
    """The day of the contacts, days since 1970."""
    seen: Seen
    shelf: Shelf
    lawful: Lawful
    room: Room
    drawn: Floats
    """A uniform number for each customer and day that belongs to policies alone, shape (n_customers,)."""

    @property
    def size(self) -> int:
        """The number of customers."""
        return len(self.drawn)


def room_of(world: World, book: ValueBook) -> Room:
    """Return the full capacities of a day in a world, with the costs of contacts by a value book."""
    has = world.capacities()
    return Room(
        rms=has["rm_capacity"],
        seats=has["remote_capacity"],
        volumes=np.array([has["channel_volume"].get(channel, 0) for channel in CHANNELS]),
        budget=has["budget"],
        cost=np.array([book.contact_cost[channel] for channel in CHANNELS]),
    )


class Policy(Protocol):
    """One way to run the bank's contacts."""

    name: str

    def decide(self, morning: Morning) -> Actions:
        """Return the contacts of the day, lawful and within the room."""
        ...

    def learn(self, day: int, events: DayEvents) -> None:
        """See what happened on the day."""
        ...


def funds_at_hand(seen: Seen) -> Ints:
    """Return what each customer has free now or within 30 days, fen, shape (n_customers,)."""
    return seen.demand + seen.maturing_30d


def actions_of(customer: Ints, channel: Ints, product: Ints, rank: Floats, *, name: str) -> Actions:
    """Return contacts that a policy wants, in its name."""
    strategy = np.full(len(customer), name, dtype=object)
    return Actions(customer=customer, channel=channel, product=product, rank=rank, strategy=strategy)


def no_actions() -> Actions:
    """Return no contacts."""
    nobody = np.zeros(0, dtype=np.int64)
    return actions_of(nobody, nobody, nobody, np.zeros(0), name="")


def products_on(morning: Morning, may: Mask, channel: int) -> Mask:
    """Return which funds each customer may be offered on a channel, shape (n_customers, n_products)."""
    suits = morning.lawful.products(morning.seen, morning.day) & may[:, channel, None]
    if channel in (RM, SEAT):
        return suits
    return suits & ~morning.lawful.needs_person(morning.seen, morning.day)
