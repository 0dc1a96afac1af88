"""What the platform reported in a year, look by look, beside the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wealthloop.reports.years import Month

_FEN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One interval that the platform reported at the end of a month, and the truth at that moment."""

    month: int
    """1 for the first measured month."""
    strategy: str
    """The version, ``id/vN``."""
    low: float
    high: float
    truth: float

    @property
    def covers(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.truth <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A child that the platform's stream of tests has confirmed, and its true effect at that moment."""

    month: int
    strategy: str
    truth: float


def fates(extra: dict[str, Any]) -> dict[str, float]:
    """Return one seed's counts: strategies by fate, intervals reported, and those that cover the truth."""
    looks, confirmed = _looks(extra), _confirmed(extra)
    counted = ("strategies_started", "strategies_alive", "strategies_proposed", "strategies_ended")
    return {
        **{name: float(extra[name]) for name in counted},
        **_of_nights(extra["nights"]),
        "strategies_confirmed": float(len(confirmed)),
        "false_discoveries": float(sum(one.truth <= 0 for one in confirmed)),
        "reported": float(len(looks)),
        "covering": float(sum(one.covers for one in looks)),
    }


def _of_nights(nights: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return what the nights' allocations say of themselves: shares of what they were worth, and the gap in yuan.

    What lotteries cost is left out where a night does not say it.
    """
    planned = [one for one in nights if one["bound_fen"] > 0]
    gaps = [1 - one["objective_fen"] / one["bound_fen"] for one in planned]
    missed = [one["bound_fen"] - one["objective_fen"] for one in planned]
    worth, given_up = (sum(one[name] for one in planned) for name in ("value_fen", "preference_cost_fen"))
    explored: list[int | None] = [one.get("exploration_cost_fen") for one in planned]
    known = [one for one in explored if one is not None]
    return {
        "allocation_gap": sum(gaps) / len(gaps) if gaps else 0.0,
        "worst_allocation_gap": max(gaps, default=0.0),
        "allocation_gap_value": sum(missed) / len(missed) / _FEN if missed else 0.0,
        "preference_cost": given_up / (worth + given_up) if planned else 0.0,
        **({} if len(known) < len(explored) else {"exploration_cost": sum(known) / worth if worth else 0.0}),
    }


def months_of(extras: Sequence[dict[str, Any]]) -> tuple[Month, ...]:
    """Return the months of every seed together."""
    by_seed = [_looks(extra) for extra in extras]
    confirmed = [one for extra in extras for one in _confirmed(extra)]
    months = sorted({one.month for looks in by_seed for one in looks})
    return tuple(_month(month, by_seed, confirmed) for month in months)


def _month(month: int, by_seed: Sequence[Sequence[Look]], confirmed: Sequence[Confirmed]) -> Month:
    now = [one for looks in by_seed for one in looks if one.month == month]
    return Month(
        month=month,
        reported=len(now),
        covering=sum(one.covers for one in now),
        confirmed=sum(one.month <= month for one in confirmed),
    )


def _looks(extra: dict[str, Any]) -> list[Look]:
    return sorted((Look(**one) for one in extra["looks"]), key=lambda one: (one.month, one.strategy))


def _confirmed(extra: dict[str, Any]) -> list[Confirmed]:
    return [Confirmed(**one) for one in extra["confirmed"]]
