"""What the platform reported in a year, look by look, beside the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wealthloop.reports.years import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One interval that the platform reported at the end of a month, and the truth at that moment."""

    month: int
    """1 for the first measured month."""
    strategy: str
    low: float
    high: float
    truth: float

    @property
    def covers(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.truth <= self.high

    @property
    def confirms(self) -> bool:
        """Whether the interval says that the strategy works."""
        return self.low > 0


def fates(extra: dict[str, Any]) -> dict[str, float]:
    """Return one seed's counts: strategies by fate, intervals reported, and those that cover the truth."""
    looks = _looks(extra)
    first = {one.strategy: one for one in reversed(looks) if one.confirms}
    return {
        **{name: float(extra[name]) for name in ("strategies_started", "strategies_alive", "strategies_proposed")},
        "strategies_confirmed": float(len(first)),
        "false_discoveries": float(sum(one.truth <= 0 for one in first.values())),
        "reported": float(len(looks)),
        "covering": float(sum(one.covers for one in looks)),
    }


def months_of(extras: Sequence[dict[str, Any]]) -> tuple[Month, ...]:
    """Return the months of every seed together."""
    by_seed = [_looks(extra) for extra in extras]
    months = sorted({one.month for looks in by_seed for one in looks})
    return tuple(_month(month, by_seed) for month in months)


def _month(month: int, by_seed: Sequence[Sequence[Look]]) -> Month:
    now = [one for looks in by_seed for one in looks if one.month == month]
    known = [{one.strategy for one in looks if one.month <= month and one.confirms} for looks in by_seed]
    return Month(
        month=month,
        reported=len(now),
        covering=sum(one.covers for one in now),
        confirmed=sum(map(len, known)),
    )


def _looks(extra: dict[str, Any]) -> list[Look]:
    return sorted((Look(**one) for one in extra["looks"]), key=lambda one: (one.month, one.strategy))
