"""Which past days can be learnt from: features at the snapshot, the label from the days after it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.scoring.types import Buys, Does, FallsTo, ModelSpec, MovesOut, ReachesNextTier, RisesTo

EMBARGO_DAYS: Final = 1
"""The newest label window ends this many days before the day of training, so that late rows are in."""

SNAPSHOTS: Final = 3
"""How many past days a model learns from, where history reaches: the newest for calibration, the others to train."""

WARM_UP_DAYS: Final = 30
"""History that a snapshot must have before it."""

QUIET_DAYS: Final = 7
"""A bank without a single transaction for longer than this is taken as a bank whose data has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A past day and its label window: the days after ``day`` up to ``last``, as they were known on ``known``."""

    day: date
    last: date

    @property
    def known(self) -> date:
        """The day as of which the label window is read."""
        return self.last + timedelta(days=EMBARGO_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The days for which a bank's rows are at hand, as of the day of training."""

    transactions: tuple[date, date] | None
    """First and last day."""
    app_events: tuple[date, date] | None
    holdings: tuple[date, ...]
    """Every day with holdings, ascending."""


def reach_of(bank: BankTables, engine: Engine, *, as_of: date) -> Reach:
    """Return how far the rows known at 24:00 of ``as_of`` reach."""
    held = bank.scan("holdings", as_of=as_of).select("as_of").distinct()
    found = engine.to_arrow(held, name="days of holdings")["as_of"].to_pylist()
    days = sorted(day for day in found if day is not None and day <= as_of)
    return Reach(
        transactions=_ends(bank, engine, "transactions", as_of), app_events=_ends(bank, engine, "app_events", as_of),
        holdings=tuple(days),
    )  # fmt: skip


def _ends(bank: BankTables, engine: Engine, table: str, as_of: date) -> tuple[date, date] | None:
    rows = bank.scan(table, as_of=as_of)
    ends = engine.to_arrow(rows.aggregate(first=rows["at_day"].min(), last=rows["at_day"].max()), name="reach")
    first, last = ends["first"][0].as_py(), ends["last"][0].as_py()
    return None if first is None else (first, min(last, as_of))


def snapshots_of(spec: ModelSpec, reach: Reach, *, as_of: date) -> tuple[Snapshot, ...]:
    """Return the snapshots that a model can learn from on ``as_of``, newest first.

    One label window ends where the next snapshot stands, so that no two windows share a day; the newest ends
    ``EMBARGO_DAYS`` before ``as_of``.
    """
    horizon = timedelta(days=spec.horizon_days)
    newest = as_of - timedelta(days=EMBARGO_DAYS) - horizon
    wanted = [Snapshot(day=newest - n * horizon, last=newest - n * horizon + horizon) for n in range(SNAPSHOTS)]
    return tuple(snapshot for snapshot in wanted if _labelled(spec, snapshot, reach))


def _labelled(spec: ModelSpec, snapshot: Snapshot, reach: Reach) -> bool:
    match spec.target:
        case Buys():
            return _has(reach.transactions, snapshot)
        case Does(table=table):
            return _has(getattr(reach, table), snapshot)
        case MovesOut():
            return _has(reach.transactions, snapshot) and _has_holdings_before(snapshot, reach)
        case ReachesNextTier() | FallsTo() | RisesTo():
            within = any(snapshot.day < day <= snapshot.last for day in reach.holdings)
            return within and _has_holdings_before(snapshot, reach)


def _has(ends: tuple[date, date] | None, snapshot: Snapshot) -> bool:
    if ends is None:
        return False
    first, last = ends
    early_enough = first + timedelta(days=WARM_UP_DAYS) <= snapshot.day
    return early_enough and last >= snapshot.last - timedelta(days=QUIET_DAYS)


def _has_holdings_before(snapshot: Snapshot, reach: Reach) -> bool:
    return bool(reach.holdings) and reach.holdings[0] <= snapshot.day
