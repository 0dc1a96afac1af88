"""What time it is for a home: the machine's time, or for a bank of the past the day after its newest night."""

from datetime import datetime, time, timedelta
from functools import lru_cache

from wealthloop.kit.clock import Clock, FixedClock, SystemClock
from wealthloop.kit.days import opening
from wealthloop.kit.home import Home

_WORK_BEGINS = time(9, 30)
_LONGEST = timedelta(hours=11)


def clock_of(home: Home) -> Clock:
    """Return the clock of a home.

    A real bank's is the machine's. A simulated or demonstration bank lives on the day after its newest complete
    night: its clock starts there at 09:30 and runs on for at most eleven hours, so that it never enters the night.
    """
    current = home.current()
    if home.settings.kind == "bank" or current is None:
        return SystemClock()
    return _running_from(opening(current + timedelta(days=1), home.zone, at=_WORK_BEGINS))


@lru_cache(maxsize=8)
def _running_from(start: datetime) -> Clock:
    """Keep one clock for each start, so that time goes on between two questions."""
    return FixedClock(start, longest=_LONGEST)
