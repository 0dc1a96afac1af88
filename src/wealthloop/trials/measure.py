"""What a policy's year brought, customer by customer, from what truly happened."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from wealthloop.insight.tiers import levels
from wealthloop.sandbox import DayEvents, Floats, Ints, Mask, World
from wealthloop.trials.lawful import Shelf

KEPT_DAYS: Final = 90
"""A sale counts as net when the position still stands after these days."""
_FEN: Final = 100.0
_LOWER: Final = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days since 1970: a policy begins, its figures count from ``first`` to ``last``."""

    begins: int
    first: int
    last: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """Sums by customer over the measured days; money in yuan, arrays of shape (n_customers,)."""

    span: Span
    shelf: Shelf
    cost: Ints
    """Fen a contact, by channel."""
    size: int
    sums: dict[str, Floats] = field(init=False)
    reached: Mask = field(init=False)
    lower: Mask = field(init=False)
    _sold: deque[tuple[int, Ints, Ints, Floats]] = field(default_factory=deque, init=False)
    _months: dict[int, tuple[Ints, int, Mask]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        names = ("sales", "net_sales", "inflow", "contacts", "opt_outs", "complaints", "cost")
        self.sums = {name: np.zeros(self.size) for name in names}
        self.reached = np.zeros(self.size, dtype=np.bool_)
        self.lower = np.ones(self.size, dtype=np.bool_)

    def see(self, world: World, day: int, events: DayEvents) -> None:
        """Take a day in."""
        aum = world.seen().aum
        if day == self.span.first:
            self.lower = np.argsort(np.argsort(aum, kind="stable"), kind="stable") < self.size * _LOWER
        self._see_month(day, aum, events.logins)
        self._see_kept(world, day)
        if self.span.first <= day <= self.span.last:
            self._count(day, events)

    def result(self, world: World) -> dict[str, Floats]:
        """Return the figures of each customer."""
        months = [self._months[month] for month in sorted(self._months)]
        averages = np.stack([total // days for total, days, _ in months], axis=1)
        after = levels(averages)
        first = 0 if self.span.begins == self.span.first or len(months) == 1 else 1
        active = np.stack([seen for _, _, seen in months[first:]], axis=1).mean(axis=1)
        return {
            **self.sums,
            "aum": world.seen().aum / _FEN,
            "mau": active,
            "upgrades": np.sign(after[:, -1] - after[:, first]).astype(np.float64),
            "coverage": np.where(self.lower, self.reached, 0.0),
            "lower": self.lower.astype(np.float64),
        }

    def _see_month(self, day: int, aum: Ints, logins: Mask) -> None:
        month = int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64))
        total, days, active = self._months.get(month, (np.zeros_like(aum), 0, np.zeros(self.size, dtype=np.bool_)))
        self._months[month] = (total + aum, days + 1, active | logins)

    def _see_kept(self, world: World, day: int) -> None:
        while self._sold and self._sold[0][0] <= day - KEPT_DAYS:
            _, who, lots, amount = self._sold.popleft()
            kept = world.held(lots)
            np.add.at(self.sums["net_sales"], who[kept], amount[kept])

    def _count(self, day: int, events: DayEvents) -> None:
        fund = np.isin(events.bought_product, self.shelf.product)
        who, amount = events.bought_customer[fund], events.bought_amount[fund] / _FEN
        np.add.at(self.sums["sales"], who, amount)
        if day <= self.span.last - KEPT_DAYS:
            self._sold.append((day, who, events.bought_lot[fund], amount))
        np.add.at(self.sums["inflow"], events.inflow_customer, events.inflow_amount / _FEN)
        np.add.at(self.sums["inflow"], events.outflow_customer, -events.outflow_amount / _FEN)
        np.add.at(self.sums["opt_outs"], events.opt_outs, 1)
        np.add.at(self.sums["complaints"], events.complaints, 1)
        np.add.at(self.sums["contacts"], events.made.customer, 1)
        np.add.at(self.sums["cost"], events.made.customer, self.cost[events.made.channel] / _FEN)
        self.reached[events.made.customer] = True
