"""One row a customer: tier, lifecycle, life stage, funds, manager, suitability."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine, load_snapshot, save_snapshot
from wealthloop.insight.columns import Column, Floats, Ids, floats, integers, looked_up, rounded
from wealthloop.insight.funds import available_funds, overdraft_room
from wealthloop.insight.life_stage import life_stage
from wealthloop.insight.lifecycle import REAL_AUM, Facts, lifecycle
from wealthloop.insight.months import MonthlyAum, monthly_aum
from wealthloop.insight.people import assessments, attributes, managers
from wealthloop.insight.tiers import TIERS, UNKNOWN, levels, met, next_tier
from wealthloop.insight.types import AumBasis
from wealthloop.kit import Home

_TYPES: dict[str, pa.DataType] = {
    "customer_id": pa.string(),
    "age": pa.int64(),
    "tenure_days": pa.int64(),
    "quiet_days": pa.int64(),
    "tier": pa.string(),
    "tier_month": pa.date32(),
    "tier_average": pa.int64(),
    "next_tier": pa.string(),
    "next_tier_floor": pa.int64(),
    "lifecycle": pa.string(),
    "life_stage": pa.string(),
    "aum": pa.int64(),
    "aum_average": pa.int64(),
    "aum_trend": pa.float64(),
    "aum_day": pa.date32(),
    "aum_basis": pa.string(),
    "available_now": pa.int64(),
    "available_7d": pa.int64(),
    "available_30d": pa.int64(),
    "committed_30d": pa.int64(),
    "overdraft_room": pa.int64(),
    "staff_id": pa.string(),
    "branch_id": pa.string(),
    "suitability_level": pa.string(),
    "lowest_class": pa.bool_(),
    "assessed_at": pa.date32(),
    "valid_until": pa.date32(),
}
SCHEMA: Final = pa.schema(_TYPES)
"""Money in fen; null: not known. ``tier_month`` is the first day of the last completed month, whose average is
``tier_average``; both null where no month is complete and the tier is that of the month so far. ``quiet_days`` is null
where no use of the app and no transaction of the customer's own doing is at hand. ``aum_trend`` is null where the
balances are assumed or all of one month."""

_TREND_MONTHS: Final = 3


def profiles(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    *,
    as_of: date,
    features: pa.Table,
) -> pa.Table:
    """Describe every customer of a feature table of the same day.

    Returns:
        A table of schema ``SCHEMA``, in the order of ``features`` (by ``customer_id``).
    """
    ids = features["customer_id"].combine_chunks()
    months = monthly_aum(bank, ids, as_of=as_of)
    who = looked_up(ids, attributes(bank, as_of=as_of))
    columns: dict[str, Column] = {
        "customer_id": ids,
        **{name: rounded(floats(features, name)) for name in ("age", "tenure_days", "aum")},
        "quiet_days": rounded(_quiet(features)),
        **_wealth(bank, ids, months, as_of),
        "lifecycle": pa.array(lifecycle(_facts(features, months))),
        "life_stage": _life_stages(features, who),
        "aum_trend": pa.array(_trend(months, len(ids)), from_pandas=True),
        "branch_id": who["branch_id"],
        **looked_up(ids, overdraft_room(bank, as_of=as_of)),
        **looked_up(ids, managers(bank, as_of=as_of)),
        **looked_up(ids, assessments(bank, as_of=as_of)),
    }
    ordered = [columns[name].cast(kind) for name, kind in _TYPES.items()]
    return pa.Table.from_arrays(ordered, schema=SCHEMA)


def bank_segments(table: pa.Table) -> dict[str, dict[str, int]]:
    """Count customers by ``tier``, ``lifecycle`` and ``life_stage``; most frequent first, then by name."""
    found = {}
    for column in ("tier", "lifecycle", "life_stage"):
        counted = Counter(str(value) for value in table[column].to_pylist())
        found[column] = dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    return found


def save(home: Home, as_of: date, table: pa.Table) -> Path:
    """Write a day's profiles as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(home.insight, as_of, table)


def load(home: Home, as_of: date) -> pa.Table:
    """Read a day's profiles.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(home.insight, as_of)


def _wealth(bank: BankTables, ids: Ids, months: MonthlyAum | None, as_of: date) -> dict[str, Column]:
    n_customers = len(ids)
    if months is None:
        unknown = ("tier_month", "tier_average", "next_tier", "next_tier_floor", "aum_average", "aum_day", "aum_basis",
                   "available_now", "available_7d", "available_30d", "committed_30d")  # fmt: skip
        return {"tier": pa.array([UNKNOWN] * n_customers), **{name: pa.nulls(n_customers) for name in unknown}}
    return {
        **_tiers(months),
        "aum_average": integers(months.averages[:, -1]),
        "aum_day": pa.array([months.newest] * n_customers, pa.date32()),
        "aum_basis": pa.array([months.basis.value] * n_customers),
        **available_funds(bank, ids, newest=months.newest, as_of=as_of),
    }


def _tiers(months: MonthlyAum) -> dict[str, Column]:
    """Name the tier of today: by the completed months, or by the month so far where none is complete."""
    n_customers, done = len(months.averages), months.completed
    places = levels(months.averages[:, :done])[:, -1] if done else met(months.averages[:, -1])
    names = [TIERS[place].name for place in places.tolist()]
    above = [next_tier(name) for name in names]
    return {
        "tier": pa.array(names),
        "tier_month": pa.array([months.months[done - 1] if done else None] * n_customers, pa.date32()),
        "tier_average": integers(months.averages[:, done - 1]) if done else pa.nulls(n_customers, pa.int64()),
        "next_tier": pa.array([one.name if one else None for one in above], pa.string()),
        "next_tier_floor": pa.array([one.floor if one else None for one in above], pa.int64()),
    }


def _facts(features: pa.Table, months: MonthlyAum | None) -> Facts:
    n_customers = features.num_rows
    nothing = np.full(n_customers, np.nan)
    told = months is not None and months.basis is not AumBasis.ASSUMED
    averages = months.averages.astype(np.float64) if months is not None and told else None
    return Facts(
        tenure_days=floats(features, "tenure_days"),
        quiet_days=_quiet(features),
        aum=floats(features, "aum") if told else nothing,
        peak=nothing if averages is None else averages.max(axis=1),
        low_after_peak=nothing if averages is None else _low_after_peak(averages),
        trend=_trend(months, n_customers),
    )


def _low_after_peak(averages: Floats) -> Floats:
    was_real = np.maximum.accumulate(averages >= REAL_AUM, axis=1)
    lowest = np.where(was_real, averages, np.inf).min(axis=1)
    return np.where(was_real[:, -1], lowest, np.nan)


def _trend(months: MonthlyAum | None, n_customers: int) -> Floats:
    """Change against three months before, or the oldest month at hand; a base under ``REAL_AUM`` counts as that."""
    if months is None or len(months.months) < 2 or months.basis is AumBasis.ASSUMED:
        return np.full(n_customers, np.nan)
    now = months.averages[:, -1].astype(np.float64)
    base = months.averages[:, max(0, len(months.months) - 1 - _TREND_MONTHS)].astype(np.float64)
    return (now - base) / np.maximum(base, REAL_AUM)


def _quiet(features: pa.Table) -> Floats:
    """Days since anything of the customer's own doing; infinite without any, NaN where the bank has no such table."""
    known = ~(np.isnan(floats(features, "login_count_90d")) & np.isnan(floats(features, "transaction_count_90d")))
    last = np.fmin(floats(features, "days_since_app_use"), floats(features, "days_since_own_transaction"))
    return np.where(np.isnan(last) & known, np.inf, last)


def _life_stages(features: pa.Table, who: dict[str, Column]) -> Column:
    ages = rounded(floats(features, "age")).to_pylist()
    facts = zip(ages, who["marital_status"].to_pylist(), who["occupation"].to_pylist(), strict=True)
    return pa.array([life_stage(age=age, marital=marital, occupation=work).name for age, marital, work in facts])
