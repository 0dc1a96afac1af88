"""The platform's reports against the truth: twins, in which one strategy's contacts never happened.

A twin shares every random number with the world that the platform works in, and every contact but those of its
strategy. What a treated customer bought there is what the same customer would have bought untreated, so that the
effect on the treated is known exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from wealthloop.reports.past import PastUnits
from wealthloop.sandbox import DayEvents, Ints, Made, Mask, World


@dataclass(slots=True, kw_only=True)
class Twins:
    """The world of each strategy version without its strategy, and who bought what is counted, day by day."""

    counted: Ints
    """Products that count as success, by index."""
    begins: int
    """The evening before the first day, days since 1970."""
    days: int
    """How many days there will be."""
    size: int
    _worlds: dict[str, World] = field(default_factory=dict)
    _strategy: dict[str, str] = field(default_factory=dict)
    _bought: dict[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bought[""] = self._nobody()

    def fork(self, version: str, strategy: str, world: World) -> None:
        """Let a version's twin begin, on the evening before its first contact.

        Args:
            version: its name, ``id/vN``.
            strategy: its strategy, whose contacts the twin does not have from now on.
            world: as it stands.
        """
        self._worlds[version] = world.fork()
        self._strategy[version] = strategy
        self._bought[version] = self._nobody()

    def end(self, version: str) -> None:
        """Let a version's twin go: nobody asks for its effect any more."""
        for kept in (self._worlds, self._strategy, self._bought):
            kept.pop(version)

    def live(self, day: date, number: int, events: DayEvents) -> None:
        """Let every twin live the day that the world has lived.

        Args:
            day: the day.
            number: the same, days since 1970.
            events: what happened in the world, contacts included.
        """
        self._note("", number, events)
        for name, world in self._worlds.items():
            world.begin(day)
            world.replay(_without(events.made, self._strategy[name]))
            self._note(name, number, world.end())

    def effect(self, version: str, units: PastUnits, place: Mapping[str, int], window_days: int) -> float | None:
        """Return the true effect on the conversion of the treated units; None without any.

        Args:
            version: its name.
            units: the matured units of the report.
            place: index of each customer.
            window_days: the outcome window after the first planned day.
        """
        treated = np.flatnonzero(units.treated)
        if not treated.size:
            return None
        who = np.array([place[units.customer_id[i]] for i in treated.tolist()])
        opens = units.first_day[treated].astype("datetime64[D]").astype(np.int64) - self.begins + 1
        with_it, without = (self._converted(name, who, opens, window_days) for name in ("", version))
        return float(with_it.mean() - without.mean())

    def _nobody(self) -> Mask:
        return np.zeros((self.days + 1, self.size), dtype=np.bool_)

    def _note(self, name: str, number: int, events: DayEvents) -> None:
        counted = np.isin(events.bought_product, self.counted)
        self._bought[name][number - self.begins, events.bought_customer[counted]] = True

    def _converted(self, name: str, who: Ints, opens: Ints, days: int) -> Mask:
        total = np.zeros(len(who), dtype=np.bool_)
        for later in range(days):
            total |= self._bought[name][opens + later, who]
        return total


def _without(made: Made, strategy: str) -> Made:
    kept = made.strategy != strategy
    columns = ("customer", "channel", "product", "warmth", "quality", "strategy", "reached", "interested")
    return replace(made, **{name: getattr(made, name)[kept] for name in columns})
