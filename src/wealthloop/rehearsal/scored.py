"""Forecasts held against what happened: each number, how far it was out, and how often the intervals held."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import hypot

import numpy as np

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, day_of
from wealthloop.loop.enrol import share_on
from wealthloop.rehearsal.ledger import Forecast, kept
from wealthloop.rehearsal.seen import Life, Seen, seen_of
from wealthloop.rehearsal.types import LEVEL, WEEK, Predicted, Z
from wealthloop.reports.lift import effects
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.life import launched
from wealthloop.strategies.repository import version_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One forecast number beside what happened; all three are None while that is not known.

    The interval is the forecast's own, widened by what an estimate of the actual may be out itself; of a count, it is
    for the part of the customers that the ramp had let in. What has not happened by the interval's end is not inside,
    though it is not known yet what it will be.
    """

    name: str
    basis: str
    expected: float
    low: float
    high: float
    actual: float | None
    error: float | None
    inside: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredForecast:
    """A launch's forecast with every number held against what happened."""

    strategy_id: str
    version: int
    made_as_of: date
    launched_on: date
    under_powered: bool
    reason: str
    numbers: tuple[Scored, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How the forecasts of a home have done."""

    as_of: date
    level: float
    """How often an interval should hold what happens."""
    scored: int
    inside: int
    forecasts: tuple[ScoredForecast, ...]

    @property
    def coverage(self) -> float | None:
        """How often it did; None before anything has been scored."""
        return self.inside / self.scored if self.scored else None


def record(home: Home, bank: BankTables, engine: Engine, *, as_of: date) -> Record:
    """Return every launch's newest forecast beside what happened up to a day."""
    newest = {one.experiment: one for one in kept(home) if one.occasion == "launched"}
    made = effects(bank, engine, home, as_of=as_of) if newest else ()
    reports = {(one.strategy_id, one.version): one for one in made}
    found = tuple(
        _scored(home, bank, engine, one, reports.get((one.sheet.strategy_id, one.sheet.version)), as_of)
        for one in newest.values()
    )
    known = [number for one in found for number in one.numbers if number.inside is not None]
    return Record(
        as_of=as_of, level=LEVEL, scored=len(known), inside=sum(bool(one.inside) for one in known), forecasts=found
    )


def _scored(
    home: Home, bank: BankTables, engine: Engine, forecast: Forecast, report: StrategyReport | None, as_of: date
) -> ScoredForecast:
    sheet = forecast.sheet
    life = _life(home, sheet.strategy_id, sheet.version, as_of)
    seen = seen_of(home, bank, engine, sheet, life, report)
    return ScoredForecast(
        strategy_id=sheet.strategy_id,
        version=sheet.version,
        made_as_of=sheet.as_of,
        launched_on=life.begins,
        under_powered=sheet.under_powered,
        reason=forecast.reason,
        numbers=tuple(beside(one, seen.get(one.name), width=width_of(one.name, life)) for one in sheet.predicted),
    )


def _life(home: Home, strategy_id: str, version: int, as_of: date) -> Life:
    """Return a version with its days up to one, none from the day on which it was concluded."""
    mine, ended = launched(strategy_id, version), version_row(strategy_id, version).concluded_at
    until = as_of if ended is None else min(as_of, day_of(ended, home.zone) - timedelta(days=1))
    return Life(mine=mine, as_of=as_of, until=until)


def beside(one: Predicted, seen: Seen | None, *, width: float = 1.0) -> Scored:
    """Hold one number against what happened.

    Args:
        one: the number, at full width.
        seen: what happened; None: not known.
        width: the part of the customers for whom it was counted.
    """
    expected, noise = one.expected * width, 0.0 if seen is None else seen.error
    half = Z * hypot(one.sd * width, noise)
    actual = None if seen is None or seen.at_least else seen.value
    return Scored(
        name=one.name,
        basis=one.basis,
        expected=expected,
        low=expected - half,
        high=expected + half,
        actual=actual,
        error=None if actual is None else actual - expected,
        inside=None if seen is None else _inside(seen, expected, half),
    )


def _inside(seen: Seen, expected: float, half: float) -> bool | None:
    if seen.at_least:
        return False if seen.value >= expected + half else None
    return abs(seen.value - expected) <= half


def width_of(name: str, life: Life) -> float:
    """Return the mean share of customers whom the ramp let in while a count was taken; 1 for what is no count."""
    kind = name.split("/", maxsplit=1)[0]
    if not kind.startswith(("units_", "contacts_")):
        return 1.0
    weeks = range(WEEK) if kind.endswith("first_week") else range(WEEK, WEEK * (1 + max(1, life.later_weeks)))
    return float(np.mean([share_on(life.mine.document.ramp, day) for day in weeks]))
