"""The days of a trial: a past to learn from, a burn-in under the policy, and the days that are measured."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from wealthloop.trials.measure import Span

BURN_IN: Final = 30
"""Days under a policy that do not count: caps, desks and caches start empty."""
PAST_DAYS: Final = 150
"""Days of the bank's past that models can learn from when a policy begins."""
MEASURED_FROM: Final = date(2026, 1, 1)
_MONTH: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A year, or any number of days."""

    measured: int
    """Days that count."""

    @property
    def past_begins(self) -> date:
        """The first day of the past."""
        return self.past_ends - timedelta(days=PAST_DAYS - 1)

    @property
    def past_ends(self) -> date:
        """The last day of the past, on whose evening a policy begins."""
        return MEASURED_FROM - timedelta(days=BURN_IN + 1)

    @property
    def days(self) -> list[date]:
        """Every day under the policy, burn-in first."""
        return [self.past_ends + timedelta(days=1 + n) for n in range(BURN_IN + self.measured)]

    @property
    def span(self) -> Span:
        """The same as day numbers."""
        begins, last = number_of(self.past_ends) + 1, number_of(self.days[-1])
        return Span(begins=begins, first=begins + BURN_IN, last=last)

    def month_of(self, day: date) -> int:
        """Return which measured month of 30 days a day is in, 1 for the first, 0 for the burn-in."""
        passed = (day - MEASURED_FROM).days
        return 0 if passed < 0 else passed // _MONTH + 1

    def ends_month(self, day: date) -> bool:
        """Say whether a measured month of 30 days ends with a day, or the year does."""
        passed = (day - MEASURED_FROM).days
        return passed >= 0 and (passed % _MONTH == _MONTH - 1 or day == self.days[-1])


def number_of(day: date) -> int:
    """Return the days since 1970."""
    return (day - date(1970, 1, 1)).days
