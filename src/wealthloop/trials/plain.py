"""The policies that need no model: nobody, business as usual, and at random."""

import numpy as np

from wealthloop.bank import CHANNELS
from wealthloop.kit import bucket
from wealthloop.sandbox import Actions, DayEvents, Floats, Ints, Mask
from wealthloop.trials.lawful import USED
from wealthloop.trials.morning import RM, SMS, Morning, actions_of, no_actions, products_on
from wealthloop.trials.serving import first_come


class Nobody:
    """``none``: nobody is contacted."""

    name = "none"

    def decide(self, morning: Morning) -> Actions:  # noqa: ARG002 - the interface of policies
        """Return no contacts."""
        return no_actions()

    def learn(self, day: int, events: DayEvents) -> None:
        """Learn nothing."""


class BusinessAsUsual:
    """``bau``: once a month the same fund for everyone, RMs call the largest AUM first, SMS to all."""

    name = "bau"

    def __init__(self, size: int) -> None:
        self._month = -1
        self._called = np.zeros(size, dtype=np.bool_)
        self._messaged = np.zeros(size, dtype=np.bool_)

    def decide(self, morning: Morning) -> Actions:
        """Go on with the month's campaign where it stands."""
        self._turn_month(morning.day)
        may = morning.lawful.channels(morning.seen, morning.day, personal=False)
        product = _campaign(morning)
        if product < 0:
            return no_actions()
        largest = np.argsort(-morning.seen.aum, kind="stable")
        calls = largest[(products_on(morning, may, RM)[:, product] & ~self._called)[largest]]
        messages = largest[(products_on(morning, may, SMS)[:, product] & ~self._messaged)[largest]]
        order = np.concatenate([calls, messages])
        wishes = np.repeat([RM, SMS], [len(calls), len(messages)])
        made = first_come(order, wishes[:, None], morning.seen.rm, morning.room) >= 0
        who, channels = order[made], wishes[made]
        self._called[who[channels == RM]] = True
        self._messaged[who[channels == SMS]] = True
        offered = np.full(len(who), morning.shelf.product[product])
        return actions_of(who, channels, offered, np.arange(len(who), dtype=np.float64), name=self.name)

    def learn(self, day: int, events: DayEvents) -> None:
        """Learn nothing."""

    def _turn_month(self, day: int) -> None:
        month = int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64))
        if month != self._month:
            self._month = month
            self._called[:] = False
            self._messaged[:] = False


def _campaign(morning: Morning) -> int:
    """Return the place of the month's fund: the tamest on sale, which suits the most customers; -1 for none."""
    on_sale = np.flatnonzero(morning.shelf.until >= morning.day)
    return int(on_sale[np.argmin(morning.shelf.rating[on_sale])]) if on_sale.size else -1


class AtRandom:
    """``random``: a random lawful contact for each customer, in random order, as capacity allows."""

    name = "random"

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def decide(self, morning: Morning) -> Actions:
        """Draw the order of customers, each one's order of channels, and a suitable fund."""
        rng = np.random.default_rng(round(bucket(f"random/{self._seed}", str(morning.day)) * 2**53))
        may = morning.lawful.channels(morning.seen, morning.day, personal=True)
        used = np.array([CHANNELS.index(channel) for channel in USED])
        suits: Mask = np.stack([products_on(morning, may, int(channel)) for channel in used], axis=1)
        open_channels: Mask = np.asarray(suits.any(axis=2))
        who = np.flatnonzero(open_channels.any(axis=1))
        who = who[np.argsort(morning.drawn[who], kind="stable")]
        drawn = np.where(open_channels[who], rng.random((len(who), len(used))), np.inf)
        turn = np.argsort(drawn, axis=1, kind="stable")
        wishes = np.where(np.isfinite(np.take_along_axis(drawn, turn, axis=1)), used[turn], -1)
        got = first_come(who, wishes, morning.seen.rm, morning.room)
        who, channel = who[got >= 0], got[got >= 0]
        on_channel = suits[who, np.searchsorted(used, channel)]
        product = morning.shelf.product[_one_of(on_channel, rng.random(len(who)))]
        return actions_of(who, channel, product, morning.drawn[who], name=self.name)

    def learn(self, day: int, events: DayEvents) -> None:
        """Learn nothing."""


def _one_of(may: Mask, drawn: Floats) -> Ints:
    """Return the place of one open entry of each row, all as likely; every row has one."""
    rank = np.cumsum(may, axis=1)
    wanted = (drawn * rank[:, -1]).astype(np.int64) + 1
    place: Ints = np.argmax(rank >= wanted[:, None], axis=1)
    return place
