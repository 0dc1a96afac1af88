"""``pcvl``: the commercial peer's arbitration, P x C x V x L for each customer, first come, first served.

``allocated`` ranks by the same scores and solves each day's allocation instead.

P starts at .5 and is (0.5 + pos) / (1 + pos + neg) in each isotonic bin of a propensity score; C and L are 1; V is
what a buyer of the customer's funds is expected to place. A new action reaches 2 % of customers, rising linearly to
all at 200 positives (definitions.md, "Value and arbitration").
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.optimize import isotonic_regression

from wealthloop.bank import CHANNELS
from wealthloop.kit import buckets
from wealthloop.sandbox import Actions, DayEvents, Floats, Ints, Mask, Seen
from wealthloop.trials.lawful import USED, Shelf
from wealthloop.trials.morning import Morning, actions_of, funds_at_hand, products_on
from wealthloop.trials.optimal import allocate
from wealthloop.trials.serving import first_come

_BINS: Final = 10
_RESPONSE_DAYS: Final = 7
"""A purchase of a fund within these days of a contact is a positive response to it."""
_RAMP_FROM: Final = 0.02
_RAMP_POSITIVES: Final = 200
_TAKE_UP: Final = 0.5
"""Share of the funds at hand that a buyer places, as the platform assumes too."""

Propensity = Callable[[], Floats]
"""The newest score of every customer; NaN where there is none."""
Serve = Callable[[Morning, Floats], tuple[Ints, Ints]]
"""Given a morning and the priority (fen) of each customer's best action on each channel, shape (n_customers,
n_channels), 0 where there is none: the customers who get a contact, and its channel."""


def one_by_one(morning: Morning, priority: Floats) -> tuple[Ints, Ints]:
    """Serve customers in the order in which they come, each with the best action for which there is room."""
    who = np.flatnonzero((priority > 0).any(axis=1))
    who = who[np.argsort(morning.drawn[who], kind="stable")]
    turn = np.argsort(-priority[who], axis=1, kind="stable")
    wishes = np.where(np.take_along_axis(priority[who], turn, axis=1) > 0, turn, -1)
    got = first_come(who, wishes, morning.seen.rm, morning.room)
    return who[got >= 0], got[got >= 0]


def all_at_once(morning: Morning, priority: Floats) -> tuple[Ints, Ints]:
    """Serve those whose priorities, less what contacts cost, add up to the most within the room."""
    net = np.where(priority > 0, priority - morning.room.cost, -np.inf)
    return allocate(net, morning.seen.rm, morning.room)


class Arbitration:
    """Adaptive propensities by (channel, fund) and score bin."""

    def __init__(
        self, propensity: Propensity, customer_ids: list[str], shelf: Shelf, *, name: str = "pcvl",
        serve: Serve = one_by_one,
    ) -> None:  # fmt: skip
        self.name = name
        self._propensity, self._serve = propensity, serve
        self._place = {product: place for place, product in enumerate(shelf.product.tolist())}
        self._wave = np.array([buckets(f"ramp/{channel}", customer_ids) for channel in USED])
        self._positive = np.zeros((len(CHANNELS), len(shelf.product), _BINS))
        self._negative = np.zeros_like(self._positive)
        self._bins = np.zeros(len(customer_ids), dtype=np.int64)
        self._bought_on = np.full(len(customer_ids), -(10**6))
        self._waiting: list[tuple[int, Ints, Ints, Ints, Ints]] = []

    def decide(self, morning: Morning) -> Actions:
        """Rank each customer's actions, and serve."""
        self._bins = _bins_of(self._propensity())
        chance = self._chances()
        may = morning.lawful.channels(morning.seen, morning.day, personal=True)
        value = _placed(morning.seen)
        priority = np.zeros((morning.size, len(CHANNELS)))
        product = np.zeros((morning.size, len(CHANNELS)), dtype=np.int64)
        for row, channel in enumerate(USED):
            column = CHANNELS.index(channel)
            product[:, column], p = self._best(morning, may, chance, row, channel)
            priority[:, column] = p * value
        who, channels = self._serve(morning, priority)
        offered = morning.shelf.product[product[who, channels]]
        return actions_of(who, channels, offered, -priority[who, channels], name=self.name)

    def learn(self, day: int, events: DayEvents) -> None:
        """Count the responses to contacts whose days are over."""
        bought = np.isin(events.bought_product, list(self._place))
        self._bought_on[events.bought_customer[bought]] = day
        made = events.made
        product = np.array([self._place.get(one, -1) for one in made.product.tolist()], dtype=np.int64)
        self._waiting.append((day, made.customer, made.channel, product, self._bins[made.customer]))
        while self._waiting and self._waiting[0][0] <= day - _RESPONSE_DAYS:
            since, who, channel, place, score_bin = self._waiting.pop(0)
            positive = self._bought_on[who] >= since
            where = (channel[positive], place[positive], score_bin[positive])
            np.add.at(self._positive, where, 1)
            np.add.at(self._negative, (channel[~positive], place[~positive], score_bin[~positive]), 1)

    def _chances(self) -> Floats:
        """Return P by (channel, fund, bin), rising with the bin."""
        seen = 1.0 + self._positive + self._negative
        raw = (0.5 + self._positive) / seen
        flat = zip(raw.reshape(-1, _BINS), seen.reshape(-1, _BINS), strict=True)
        return np.stack([isotonic_regression(rate, weights=weight).x for rate, weight in flat]).reshape(raw.shape)

    def _best(self, morning: Morning, may: Mask, chance: Floats, row: int, channel: str) -> tuple[Ints, Floats]:
        """Return each customer's best fund on a channel and its P; 0 where nothing may be offered."""
        index = CHANNELS.index(channel)
        reach = _RAMP_FROM + (1 - _RAMP_FROM) * np.minimum(self._positive[index].sum(axis=1) / _RAMP_POSITIVES, 1.0)
        open_now = products_on(morning, may, index) & (self._wave[row][:, None] < reach)
        p = np.where(open_now, chance[index][:, self._bins].T, 0.0)
        place = p.argmax(axis=1)
        return place, np.take_along_axis(p, place[:, None], axis=1)[:, 0]


def _bins_of(score: Floats) -> Ints:
    """Return the tenth in which each score lies; customers without a score are in the lowest."""
    known = np.isfinite(score)
    if not known.any():
        return np.zeros(len(score), dtype=np.int64)
    edges = np.quantile(score[known], np.linspace(0, 1, _BINS + 1)[1:-1])
    return np.where(known, np.searchsorted(edges, np.where(known, score, -np.inf), side="right"), 0)


def _placed(seen: Seen) -> Floats:
    """Return what a buyer is expected to place, fen."""
    return np.asarray(_TAKE_UP * funds_at_hand(seen))
