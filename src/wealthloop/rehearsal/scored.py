"""Forecasts held against what happened: each number, how far it was out, and how often the intervals held."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import hypot, sqrt
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home
from wealthloop.loop.enrol import share_on
from wealthloop.rehearsal.ledger import Forecast, kept
from wealthloop.rehearsal.types import LEVEL, WEEK, Predicted, Z
from wealthloop.reports.lift import effects
from wealthloop.reports.past import past_contacts
from wealthloop.reports.planned import first_planned, rows_of, up_to
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.life import Running, launched

_WEEKS: Final = 4
"""Later weeks over which a week's count is averaged, at most."""
_Z95: Final = 1.959963984540054

Seen: TypeAlias = tuple[float, float]
"""What happened, and its own standard error where it is an estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One forecast number beside what happened; all three are None while that is not known.

    The interval is the forecast's own, widened by what an estimate of the actual may be out itself; of a count, it is
    for the part of the customers that the ramp had let in.
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
    mine = launched(sheet.strategy_id, sheet.version)
    rows = up_to(rows_of(ledger.read(home), sheet.strategy_id, sheet.version), as_of)
    seen = {**_counts(rows, mine, as_of), **_estimates(home, bank, engine, mine, report, as_of)}
    return ScoredForecast(
        strategy_id=sheet.strategy_id,
        version=sheet.version,
        made_as_of=sheet.as_of,
        launched_on=mine.launched_on,
        under_powered=sheet.under_powered,
        reason=forecast.reason,
        numbers=tuple(_beside(one, seen.get(one.name), _width(one.name, mine, as_of)) for one in sheet.predicted),
    )


def _beside(one: Predicted, seen: Seen | None, width: float) -> Scored:
    expected, noise = one.expected * width, 0.0 if seen is None else seen[1]
    half = Z * hypot(one.sd * width, noise)
    actual = None if seen is None else seen[0]
    return Scored(
        name=one.name,
        basis=one.basis,
        expected=expected,
        low=expected - half,
        high=expected + half,
        actual=actual,
        error=None if actual is None else actual - expected,
        inside=None if actual is None else abs(actual - expected) <= half,
    )


def _later_weeks(mine: Running, as_of: date) -> int:
    """Return how many whole weeks after the first have been planned, at most four."""
    return max(0, min(_WEEKS, ((as_of - mine.launched_on).days + 1) // WEEK - 1))


def _width(name: str, mine: Running, as_of: date) -> float:
    """Return the mean share of customers whom the ramp let in while a count was taken; 1 for what is no count."""
    kind = name.split("/", maxsplit=1)[0]
    weeks = range(WEEK) if kind.endswith("first_week") else range(WEEK, WEEK * (1 + max(1, _later_weeks(mine, as_of))))
    if not kind.startswith(("units_", "contacts_")):
        return 1.0
    return float(np.mean([share_on(mine.document.ramp, day) for day in weeks]))


def _counts(rows: pa.Table, mine: Running, as_of: date) -> dict[str, Seen]:
    """Return what the plans of the first week and of a later one came to, where these weeks have passed."""
    found: dict[str, Seen] = {}
    begins, later = mine.launched_on, _later_weeks(mine, as_of)
    if (as_of - begins).days + 1 >= WEEK:
        found |= _of_week("first_week", rows, mine, begins, 1)
    if later:
        found |= _of_week("later_week", rows, mine, begins + timedelta(days=WEEK), later)
    return found


def _of_week(week: str, rows: pa.Table, mine: Running, first: date, weeks: int) -> dict[str, Seen]:
    last = first + timedelta(days=WEEK * weeks - 1)
    planned = _between(rows, "as_of", first, last)
    units = _between(first_planned(rows), "first_day", first, last).num_rows
    channels = [str(name) for name in planned["channel"].to_pylist()]
    return {
        f"units_{week}": (units / weeks, 0.0),
        **{f"contacts_{week}/{name}": (channels.count(name) / weeks, 0.0) for name in mine.document.plan_channels},
    }


def _between(table: pa.Table, column: str, first: date, last: date) -> pa.Table:
    days = table[column]
    return table.filter(
        pc.and_(
            pc.greater_equal(days, pa.scalar(first, pa.date32())), pc.less_equal(days, pa.scalar(last, pa.date32()))
        )
    )


def _estimates(
    home: Home, bank: BankTables, engine: Engine, mine: Running, report: StrategyReport | None, as_of: date
) -> dict[str, Seen]:
    """Return the effect, where it may be shown, and what control did, with their standard errors."""
    found: dict[str, Seen] = {}
    if report is None:
        return found
    if report.effects:
        shown = report.effects[0]
        found["effect"] = (shown.effect, (shown.high - shown.low) / (2 * _Z95))
    if report.locked:
        return found
    past = past_contacts(bank, engine, home, strategy_id=mine.strategy_id, version=mine.version, as_of=as_of)
    control = past.outcome[~past.treated]
    if control.size:
        found["control"] = (float(control.mean()), float(control.std()) / sqrt(control.size))
    return found
