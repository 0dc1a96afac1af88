"""Versions whose end has come: a proposal to conclude them, never a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from wealthloop import ledger
from wealthloop.kit import Home
from wealthloop.strategies.life import HOLDS, launched
from wealthloop.strategies.models import StrategyVersion
from wealthloop.strategies.repository import versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A version that plans no contact any more, because its document says so."""

    strategy_id: str
    version: int
    owner: str
    why: Literal["max_days", "max_units", "not_after"]
    limit: int | date
    """Days since the launch, planned customers, or the last day of contact."""
    reached: int | date
    """What stands against it."""


def due(home: Home, as_of: date, *, among: Sequence[StrategyVersion] | None = None) -> tuple[Due, ...]:
    """Return the running and paused versions whose end has come by a day, by strategy; each for its first reason.

    ``among``: versions as they stood then (``history.versions_at``); None: as they stand now.
    """
    planned = ledger.units(home, as_of=as_of)
    alive = (row for row in (versions() if among is None else among) if row.state in HOLDS)
    rows = (row for row in alive if row.launched_on is not None and row.launched_on <= as_of)
    found = (_due(row, as_of, planned.get((row.strategy_id, row.version), 0)) for row in rows)
    return tuple(one for one in found if one is not None)


def _due(row: StrategyVersion, as_of: date, units: int) -> Due | None:
    one = launched(row.strategy_id, row.version)
    stop, not_after = one.document.stop, one.document.not_after
    day = (as_of - one.launched_on).days + 1

    def by(why: Literal["max_days", "max_units", "not_after"], limit: int | date, reached: int | date) -> Due:
        return Due(
            strategy_id=one.strategy_id, version=one.version, owner=one.document.owner,
            why=why, limit=limit, reached=reached,
        )  # fmt: skip

    if stop.max_days is not None and day >= stop.max_days:
        return by("max_days", stop.max_days, day)
    if stop.max_units is not None and units >= stop.max_units:
        return by("max_units", stop.max_units, units)
    if not_after is not None and as_of >= not_after:
        return by("not_after", not_after, as_of)
    return None
