"""The hour at which a customer is most active, from the instants of app use and own transactions."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places, whole
from wealthloop.insight.columns import Floats, Integers, floats
from wealthloop.insight.facts.asked import Asked
from wealthloop.insight.machines import Fact

FIRST: Final = 8
HOURS: Final = 13
"""Hours in which people are called: 8:00 to 21:00."""
WINDOW_DAYS: Final = 90
ENOUGH: Final = 10
"""Events from which on a customer's own hour counts; the weight of the segment's hours beside it, in events."""
AGE_BANDS: Final = (30, 45, 60)
"""Borders of the segments, full years; who has no known age is in a segment of their own."""

_DONE: Final = {
    "app_events": ("login", "view", "search", "click"),
    "transactions": ("transfer_in", "transfer_out", "buy", "redeem", "card", "cash"),
}
_QUARTER: Final = 15 * 60 * 1_000_000
"""Microseconds; every zone's offset is a multiple of it."""
_A_DAY: Final = 96
"""Quarters of an hour."""


def hours(asked: Asked) -> dict[str, Fact]:
    """Return ``best_hour`` (0 to 23, the bank's zone) and ``hour_events``; NaN where the bank has no events at all."""
    counts = sum((_counts(asked, table) for table in _DONE), start=np.zeros((asked.size, HOURS), dtype=np.int64))
    own = counts.sum(axis=1)
    if not own.any():
        return {"best_hour": np.full(asked.size, np.nan), "hour_events": np.full(asked.size, np.nan)}
    shares = _segment_shares(counts, segments(floats(asked.features, "age")))
    best = np.where(own < ENOUGH, shares.argmax(axis=1), (counts + ENOUGH * shares).argmax(axis=1))
    return {"best_hour": (best + FIRST).astype(np.float64), "hour_events": own.astype(np.float64)}


def segments(age: Floats) -> Integers:
    """Return the number of each customer's segment, shape (n_customers,)."""
    return np.where(np.isnan(age), len(AGE_BANDS) + 1, np.searchsorted(AGE_BANDS, age, side="right"))


def local_hours(instants: Integers, zone: ZoneInfo) -> Integers:
    """Return the hour of the day in a zone of instants (microseconds since 1970, UTC), same shape."""
    if not instants.size:
        return instants
    quarters = instants // _QUARTER
    first, last = int(quarters.min()) // _A_DAY, int(quarters.max()) // _A_DAY
    hour = [of_quarter for day in range(first, last + 1) for of_quarter in _hours_of(day, zone)]
    return np.array(hour, dtype=np.int64)[quarters - first * _A_DAY]


@lru_cache(maxsize=512)
def _hours_of(day: int, zone: ZoneInfo) -> tuple[int, ...]:
    """Return the hour in a zone at each quarter of an hour of a day of UTC, days since 1970."""
    begin = datetime.fromtimestamp(day * 86_400, UTC)
    return tuple((begin + timedelta(minutes=15 * n)).astimezone(zone).hour for n in range(_A_DAY))


def _segment_shares(counts: Integers, segment: Integers) -> Floats:
    """Return how the events of each customer's segment lie over the hours; of all customers where it has none."""
    sums = np.zeros((len(AGE_BANDS) + 2, HOURS), dtype=np.float64)
    np.add.at(sums, segment, counts)
    sums = np.where(sums.sum(axis=1, keepdims=True) > 0, sums, sums.sum(axis=0))
    shares: Floats = sums / sums.sum(axis=1, keepdims=True)
    return shares[segment]


def _counts(asked: Asked, table: str) -> Integers:
    """Count a table's events by customer and hour, shape (n_customers, HOURS)."""
    first = asked.as_of - timedelta(days=WINDOW_DAYS - 1)
    rows = asked.bank.read(table, ("customer_id", "at", "kind"), as_of=asked.as_of, days=(first, asked.as_of))
    rows = rows.filter(pc.is_in(rows["kind"], value_set=pa.array(_DONE[table])))
    who = places(rows["customer_id"], asked.ids)
    hour = local_hours(whole(rows["at"]), asked.zone) - FIRST
    inside = (who >= 0) & (hour >= 0) & (hour < HOURS)
    counted = np.bincount(who[inside] * HOURS + hour[inside], minlength=asked.size * HOURS)
    return counted.reshape(asked.size, HOURS)
