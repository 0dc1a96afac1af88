"""What time it is on a page: the clock of the home."""

from datetime import date, datetime

from wealthloop.kit import Home, clock_of, day_of


def now(home: Home) -> datetime:
    """Return the instant that a page shows and writes, UTC; a bank of the past has its own clock."""
    return clock_of(home).now()


def today(home: Home) -> date:
    """Return the bank day on which a page is looked at."""
    return day_of(now(home), home.zone)
