"""One row a customer: tier, lifecycle, life stage, funds, manager, suitability."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank import BankTables
from wealthloop.engines import Engine, load_snapshot, save_snapshot
from wealthloop.insight.columns import Column, Ids, floats, integers, looked_up, rounded
from wealthloop.insight.facts import Asked
from wealthloop.insight.facts.money import quiet, trend
from wealthloop.insight.funds import available_funds, overdraft_room
from wealthloop.insight.months import MonthlyAum, monthly_aum
from wealthloop.insight.people import assessments, attributes, managers
from wealthloop.insight.tagged import DEFINITIONS, standings
from wealthloop.insight.tiers import next_tier
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

TAGS: Final = ("tier", "lifecycle", "life_stage")
"""Tags that stand in the profile; ``tag_table`` has them all, and what made each so. None looks at a bank's hours."""


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
    asked = Asked(bank=bank, as_of=as_of, features=features, months=months, zone=ZoneInfo("UTC"))
    wanted = [DEFINITIONS[tag] for tag in TAGS]
    columns: dict[str, Column] = {
        "customer_id": ids,
        **{name: rounded(floats(features, name)) for name in ("age", "tenure_days", "aum")},
        "quiet_days": rounded(quiet(features)),
        **{tag: standing.names for tag, standing in standings(asked, wanted).items()},
        **_wealth(bank, ids, months, as_of),
        "aum_trend": pa.array(trend(months, len(ids)), from_pandas=True),
        "branch_id": who["branch_id"],
        **looked_up(ids, overdraft_room(bank, as_of=as_of)),
        **looked_up(ids, managers(bank, as_of=as_of)),
        **looked_up(ids, assessments(bank, as_of=as_of)),
    }
    columns |= _next(columns["tier"])
    ordered = [columns[name].cast(kind) for name, kind in _TYPES.items()]
    return pa.Table.from_arrays(ordered, schema=SCHEMA)


def bank_segments(table: pa.Table) -> dict[str, dict[str, int]]:
    """Count customers by ``tier``, ``lifecycle`` and ``life_stage``; most frequent first, then by name."""
    found = {}
    for column in TAGS:
        counted = Counter(str(value) for value in table[column].to_pylist())
        found[column] = dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    return found


def save(home: Home, as_of: date, table: pa.Table) -> Path:
    """Write a day's profiles as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(home.insight, as_of, table)


def load(home: Home, as_of: date, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a day's profiles, of some columns alone where these are named.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(home.insight, as_of, columns=columns)


def _wealth(bank: BankTables, ids: Ids, months: MonthlyAum | None, as_of: date) -> dict[str, Column]:
    n_customers = len(ids)
    if months is None:
        unknown = ("tier_month", "tier_average", "aum_average", "aum_day", "aum_basis", "available_now",
                   "available_7d", "available_30d", "committed_30d")  # fmt: skip
        return {name: pa.nulls(n_customers) for name in unknown}
    return {
        **_month(months),
        "aum_average": integers(months.averages[:, -1]),
        "aum_day": pa.array([months.newest] * n_customers, pa.date32()),
        "aum_basis": pa.array([months.basis.value] * n_customers),
        **available_funds(bank, ids, newest=months.newest, as_of=as_of),
    }


def _next(names: Column) -> dict[str, Column]:
    """Return the name and floor of the tier above each."""
    above = {name: next_tier(str(name)) for name in names.unique().to_pylist()}
    ours = [above[name] for name in names.to_pylist()]
    return {
        "next_tier": pa.array([one.name if one else None for one in ours], pa.string()),
        "next_tier_floor": pa.array([one.floor if one else None for one in ours], pa.int64()),
    }


def _month(months: MonthlyAum) -> dict[str, Column]:
    """Return the last completed month and its average; nulls where none is complete."""
    n_customers, done = len(months.averages), months.completed
    return {
        "tier_month": pa.array([months.months[done - 1] if done else None] * n_customers, pa.date32()),
        "tier_average": integers(months.averages[:, done - 1]) if done else pa.nulls(n_customers, pa.int64()),
    }
