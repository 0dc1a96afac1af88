"""What may be done to whom, in arrays: the rules of the pack for policies that plan a whole bank at once.

Only what the bank's tables show is asked. A test holds these masks against ``policies.screen``, contact by contact.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from wealthloop.bank import CATEGORIES, CHANNELS, RATINGS
from wealthloop.policies.caps import CapParameters
from wealthloop.policies.conduct import AgeParameters
from wealthloop.policies.pack import RulePack, load_pack
from wealthloop.policies.types import Cap
from wealthloop.sandbox import Actions, Floats, Ints, Mask, Seen, WorldSpec

FUNDS: Final = ("bond_fund", "mixed_fund", "equity_fund", "qdii_fund")
"""Non-money-market funds 非货币基金: what a year's policies sell."""
BY_PERSON: Final = ("rm", "remote_agent")
MACHINES: Final = ("app_push", "sms", "wechat", "wecom")
USED: Final = (*BY_PERSON, *MACHINES)
"""Channels of a year; calls by a machine are switched off (rule AI-01)."""
_YEAR_DAYS: Final = 365
_BIRTHDAYS: Final = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The funds that may be offered, as the bank's product table shows them; arrays have shape (n_products,)."""

    product: Ints
    """Index in the world's products."""
    category: Ints
    """Index into CATEGORIES."""
    rating: Ints
    """The higher of both ratings, 0 for R1."""
    minimum: Ints
    """Fen."""
    until: Ints
    """Last day on sale, days since 1970."""


def shelf_of(spec: WorldSpec) -> Shelf:
    """Return the public funds of a world."""
    chosen = [(i, p) for i, p in enumerate(spec.products) if p.category in FUNDS and not p.private]
    ratings = [max(RATINGS.index(p.issuer_risk or "R5"), RATINGS.index(p.seller_risk or "R5")) for _, p in chosen]
    until = [p.on_sale_to or date.max for _, p in chosen]
    return Shelf(
        product=np.array([i for i, _ in chosen]),
        category=np.array([CATEGORIES.index(p.category) for _, p in chosen]),
        rating=np.array(ratings),
        minimum=np.array([p.min_yuan * 100 for _, p in chosen]),
        until=np.array(until, dtype="datetime64[D]").astype(np.int64),
    )


class Lawful:
    """Consents, addresses, blocks, caps and suitability; it remembers the contacts that were ordered."""

    def __init__(self, size: int, shelf: Shelf, pack: RulePack | None = None) -> None:
        rules = (pack or load_pack()).rules
        caps = [rule.parameters.cap() for rule in rules if isinstance(rule.parameters, CapParameters)]
        self._windows = [_Window(size, cap) for cap in caps]
        self._age = next(rule.parameters for rule in rules if isinstance(rule.parameters, AgeParameters))
        self._shelf = shelf

    def channels(self, seen: Seen, day: int, *, personal: bool) -> Mask:
        """Return through which channels each customer may be contacted on a day, shape (n_customers, n_channels).

        Args:
            seen: what the bank's tables show.
            day: the day of the contact, days since 1970.
            personal: whether customer data choose the content.
        """
        may = seen.bound & seen.consent & ~seen.legal_block[:, None]
        if personal:
            may &= seen.personalisation[:, None]
        may[:, CHANNELS.index("rm")] &= seen.rm >= 0
        unused = [i for i, channel in enumerate(CHANNELS) if channel not in USED]
        may[:, unused] = False
        for window in self._windows:
            window.restrict(may, day)
        return may

    def products(self, seen: Seen, day: int) -> Mask:
        """Return which funds suit each customer and are within the money, shape (n_customers, n_products)."""
        shelf = self._shelf
        valid = (seen.assessed_on <= day) & (day - seen.assessed_on < _YEAR_DAYS)
        level = np.where(seen.lowest_class, 0, seen.level)
        suits = (shelf.rating <= level[:, None]) & valid[:, None] & (shelf.until >= day)
        within: Mask = suits & (shelf.minimum <= (seen.demand + seen.maturing_30d)[:, None])
        return within

    def needs_person(self, seen: Seen, day: int) -> Mask:
        """Return which (customer, fund) only a person may offer: risky products and old customers."""
        old = day - seen.birth >= self._age.age * _BIRTHDAYS
        risky = np.isin(self._shelf.rating, [RATINGS.index(r) for r in self._age.ratings_needing_a_person])
        return np.asarray(old[:, None] & risky)

    def note(self, actions: Actions, day: int) -> None:
        """Count what was ordered on a day against every cap."""
        for window in self._windows:
            window.add(actions, day)


class _Window:
    """One cap: how many contacts of its channels each customer had in its rolling window."""

    def __init__(self, size: int, cap: Cap) -> None:
        self._cap = cap
        self._covers = np.array([cap.covers(channel) for channel in CHANNELS])
        self._ring = np.zeros((cap.days, size), dtype=np.uint8)
        self._total = np.zeros(size, dtype=np.int16)
        self._today = 0

    def restrict(self, may: Mask, day: int) -> None:
        self._move_to(day)
        may[np.ix_(self._total >= self._cap.count, self._covers)] = False

    def add(self, actions: Actions, day: int) -> None:
        self._move_to(day)
        who = actions.customer[self._covers[actions.channel]]
        np.add.at(self._ring[day % self._cap.days], who, 1)
        np.add.at(self._total, who, 1)

    def _move_to(self, day: int) -> None:
        """Forget the days that have left the window; a contact exactly a window old no longer counts."""
        for passed in range(max(self._today + 1, day - self._cap.days + 1), day + 1):
            slot = self._ring[passed % self._cap.days]
            self._total -= slot
            slot[:] = 0
        self._today = max(self._today, day)


def best_product(values: Floats, may: Mask) -> tuple[Ints, Floats]:
    """Return the place on the shelf and the value of each customer's best lawful fund; -1 and -inf without any.

    Args:
        values: fen, shape (n_customers, n_products).
        may: lawful pairs, same shape.
    """
    open_values = np.where(may, values, -np.inf)
    place = open_values.argmax(axis=1)
    best = np.take_along_axis(open_values, place[:, None], axis=1)[:, 0]
    return np.where(np.isfinite(best), place, -1), best
