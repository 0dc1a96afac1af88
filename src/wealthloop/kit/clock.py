"""The clock is a value: doors make one, everything else takes ``now`` or ``as_of``."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, in UTC."""

    def now(self) -> datetime:
        """Return the present instant, with zone UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, with zone UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A simulated clock that starts at a given instant and runs on at the pace of real time, up to a bound."""

    def __init__(self, start: datetime, *, longest: timedelta = timedelta(0)) -> None:
        self._start = start.astimezone(UTC)
        self._longest = longest
        self._began = monotonic()

    def now(self) -> datetime:
        """Return the start plus the time since then, at most ``longest`` later."""
        return self._start + min(self._longest, timedelta(seconds=monotonic() - self._began))
