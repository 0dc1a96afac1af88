"""Who is served by nothing: groups of customers with money whom no strategy has planned for, as ideas for a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from wealthloop import features, insight, ledger
from wealthloop.access.keys import customers_of
from wealthloop.kit import Home

QUIET_DAYS: Final = 90
"""Days without a planned contact after which a customer counts as unserved."""
LEAST: Final = 10
"""Customers that a group must have to be told (I19)."""
_BY: Final = ("tier", "lifecycle", "life_stage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A group of customers; money in fen."""

    tier: str
    lifecycle: str
    life_stage: str
    customers: int
    unserved: int
    """Of these, without a planned contact in ``QUIET_DAYS``."""
    aum: int
    """Of the unserved."""
    low_scores: int | None
    """Of the unserved, whose every score of tonight is below the median of all customers; None without scores."""

    @property
    def share(self) -> float:
        """The share that is unserved."""
        return self.unserved / self.customers


def unserved(home: Home, *, as_of: date, scores: pa.Table | None = None, most: int = 10) -> list[Unserved]:
    """Return the groups with the most unserved money.

    Args:
        home: the home; features and profiles of the day are kept in it.
        as_of: the day.
        scores: the night's scores by ``customer_id``, where there are any.
        most: how many groups.

    Raises:
        NotFound: nothing is kept for the day.
    """
    profiles = insight.load(home, as_of).select(["customer_id", *_BY])
    aum = features.load(home, as_of).select(["customer_id", "aum"])
    table = profiles.join(aum, "customer_id", join_type="left outer")
    served = pa.array(sorted(_planned(home, as_of)), pa.string())
    quiet = pc.invert(pc.is_in(table["customer_id"], value_set=served))
    cold = _cold(scores)
    rows: dict[tuple[str, ...], list[float]] = {}
    for row, left in zip(table.to_pylist(), quiet.to_pylist(), strict=True):
        sums = rows.setdefault(tuple(str(row[name]) for name in _BY), [0, 0, 0.0, 0])
        sums[0] += 1
        if left:
            sums[1] += 1
            sums[2] += row["aum"] or 0.0
            sums[3] += row["customer_id"] in cold
    found = [_group(key, sums, known=scores is not None) for key, sums in rows.items() if sums[1] >= LEAST]
    return sorted(found, key=lambda one: (-one.aum, one.tier, one.lifecycle, one.life_stage))[:most]


def _group(key: tuple[str, ...], sums: list[float], *, known: bool) -> Unserved:
    tier, lifecycle, life_stage = key
    return Unserved(
        tier=tier, lifecycle=lifecycle, life_stage=life_stage, customers=int(sums[0]), unserved=int(sums[1]),
        aum=round(sums[2]), low_scores=int(sums[3]) if known else None,
    )  # fmt: skip


def _planned(home: Home, as_of: date) -> set[str]:
    decisions = ledger.read(home)
    since = pa.scalar(as_of - timedelta(days=QUIET_DAYS), pa.date32())
    recent = decisions.filter(pc.greater(decisions["as_of"], since))
    return set(customers_of(str(key) for key in pc.unique(recent["person_key"]).to_pylist()).values())


def _cold(scores: pa.Table | None) -> Mapping[str, bool]:
    """Return the customers whose every known score is below its median."""
    if scores is None:
        return {}
    models = [name for name in scores.column_names if name != "customer_id"]
    low = {str(customer): True for customer in scores["customer_id"].to_pylist()} if models else {}
    for name in models:
        middle = pc.quantile(scores[name], 0.5)[0].as_py()
        for customer, value in zip(scores["customer_id"].to_pylist(), scores[name].to_pylist(), strict=True):
            if value is not None and middle is not None and value >= middle:
                low.pop(str(customer), None)
    return low
