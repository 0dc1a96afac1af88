"""What happened of what was foretold of a version, under the names of the forecast's numbers."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import sqrt
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import ledger
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, opening
from wealthloop.loop.types import Night
from wealthloop.rehearsal.sizes import audience_of
from wealthloop.rehearsal.types import WEEK, Power, Sheet
from wealthloop.reports.criterion import judged_by
from wealthloop.reports.design import fixed_before
from wealthloop.reports.past import past_contacts
from wealthloop.reports.planned import first_planned, rows_of, up_to
from wealthloop.reports.types import StrategyReport
from wealthloop.strategies.life import Running

_WEEKS: Final = 4
"""Later weeks over which a week's count is averaged, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What happened, with its own standard error where it is an estimate."""

    value: float
    error: float = 0.0
    at_least: bool = False
    """It has not happened yet, and will be more than ``value``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A launched version, and the last day that is looked at: the report's, or the last before it was concluded."""

    mine: Running
    as_of: date
    until: date

    @property
    def begins(self) -> date:
        """The day of its first night."""
        return self.mine.launched_on

    @property
    def later_weeks(self) -> int:
        """How many whole weeks after the first have been planned, at most four."""
        return max(0, min(_WEEKS, ((self.until - self.begins).days + 1) // WEEK - 1))

    @property
    def first_week_is_over(self) -> bool:
        """Whether all the nights of the first week have been."""
        return self.until >= self.begins + timedelta(days=WEEK - 1)


def seen_of(
    home: Home, bank: BankTables, engine: Engine, sheet: Sheet, life: Life, report: StrategyReport | None
) -> dict[str, Seen]:
    """Return what happened, by the name of the number; what is not known yet is left out.

    Args:
        home: the home.
        bank: its tables.
        engine: what they lie on.
        sheet: what was foretold.
        life: the version.
        report: its report as of the day; None where nothing was planned.
    """
    rows = up_to(rows_of(ledger.read(home), sheet.strategy_id, sheet.version), life.as_of)
    return {
        **audience_seen(home, bank, engine, life),
        **counts_seen(rows, life),
        **days_seen(rows, sheet, life),
        **_estimates(home, bank, engine, sheet, life, report),
    }


def audience_seen(home: Home, bank: BankTables, engine: Engine, life: Life) -> dict[str, Seen]:
    """Return the audience of the first week, on average over the nights whose profiles the home has kept."""
    if not life.first_week_is_over:
        return {}
    days = (life.begins + timedelta(days=number) for number in range(WEEK))
    kept = [day for day in days if (home.insight / f"{day.isoformat()}.parquet").exists()]
    counted = [len(audience_of(_night(home, bank, engine, day), life.mine)) for day in kept]
    return {"audience": Seen(value=float(np.mean(counted)))} if counted else {}


def _night(home: Home, bank: BankTables, engine: Engine, day: date) -> Night:
    begins = opening(day + timedelta(days=1), home.zone)
    return Night(home=home, engine=engine, bank=bank, run_id="", as_of=day, begins=begins, now=begins)


def counts_seen(rows: pa.Table, life: Life) -> dict[str, Seen]:
    """Return what the plans of the first week and of a later one came to, where these weeks have passed."""
    found: dict[str, Seen] = {}
    if life.first_week_is_over:
        found |= _of_week("first_week", rows, life.mine, life.begins, 1)
    if life.later_weeks:
        found |= _of_week("later_week", rows, life.mine, life.begins + timedelta(days=WEEK), life.later_weeks)
    return found


def _of_week(week: str, rows: pa.Table, mine: Running, first: date, weeks: int) -> dict[str, Seen]:
    last = first + timedelta(days=WEEK * weeks - 1)
    planned = _between(rows, "as_of", first, last)
    units = _between(first_planned(rows), "first_day", first, last).num_rows
    channels = [str(name) for name in planned["channel"].to_pylist()]
    return {
        f"units_{week}": Seen(value=units / weeks),
        **{f"contacts_{week}/{name}": Seen(value=channels.count(name) / weeks) for name in mine.document.plan_channels},
    }


def _between(table: pa.Table, column: str, first: date, last: date) -> pa.Table:
    days = table[column]
    return table.filter(
        pc.and_(
            pc.greater_equal(days, pa.scalar(first, pa.date32())), pc.less_equal(days, pa.scalar(last, pa.date32()))
        )
    )


def days_seen(rows: pa.Table, sheet: Sheet, life: Life) -> dict[str, Seen]:
    """Return after how many days each arm had what it needs: entered with control, their windows closed."""
    first = first_planned(rows)
    control = [arm.name for arm in life.mine.arms if arm.control]
    return {f"days/{one.arm}": _days_of(first, one, control, sheet.window_days, life) for one in sheet.power}


def _days_of(first: pa.Table, power: Power, control: list[str], window_days: int, life: Life) -> Seen:
    pair = pc.is_in(first["arm"], value_set=pa.array([power.arm, *control], pa.string()))
    entered = np.sort(first["first_day"].filter(pair).to_numpy().astype("datetime64[D]"))
    if entered.size < power.needed_n:
        return Seen(value=float((life.until - life.begins).days + 1), at_least=True)
    days = int((entered[power.needed_n - 1] - np.datetime64(life.begins, "D")).astype(int)) + 1 + window_days
    passed = (life.as_of - life.begins).days + 1
    return Seen(value=float(min(days, passed)), at_least=days > passed)


def _estimates(
    home: Home, bank: BankTables, engine: Engine, sheet: Sheet, life: Life, report: StrategyReport | None
) -> dict[str, Seen]:
    """Return the effect, where it may be shown, and what control did, with their standard errors."""
    found: dict[str, Seen] = {}
    if report is None:
        return found
    if report.effects:
        shown = report.effects[0]
        found["effect"] = Seen(value=shown.effect, error=shown.sd / sqrt(shown.n))
    if report.locked:
        return found
    mine = life.mine
    past = past_contacts(bank, engine, home, strategy_id=mine.strategy_id, version=mine.version, as_of=life.as_of)
    control = past.outcome[~past.treated]
    if not control.size:
        return found
    cut = fixed_before(bank, engine, judged_by(mine.document, mine.version), first_day=sheet.as_of).cut
    control = control if cut is None else np.minimum(control, cut)
    seen = Seen(value=float(control.mean()), error=float(control.std()) / sqrt(control.size))
    return found | {"control": replace(seen, error=seen.error * sqrt(_design_effect(sheet)))}


def _design_effect(sheet: Sheet) -> float:
    return max((one.alike.design_effect for one in sheet.power if one.alike is not None), default=1.0)
