"""What customers did: purchases, or what else is counted, in the windows around a customer's first planned day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.reports.bought import bought, of_categories
from wealthloop.reports.criterion import Criterion
from wealthloop.reports.planned import Units

_MANY_DAYS: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """Purchases of the success categories, or what else is counted, a row an event; amounts in fen, never negative."""

    customer_id: "pa.ChunkedArray[pa.StringScalar]"
    day: NDArray[np.datetime64]
    amount: NDArray[np.int64]


def purchases(
    bank: BankTables,
    engine: Engine,  # noqa: ARG001 - rooms are asked alike
    *,
    categories: Sequence[str],
    first: date,
    last: date,
    as_of: date,
) -> Purchases:
    """Return the purchases of products of these categories on bank days ``first`` to ``last``, known at ``as_of``."""
    made = bought(bank, first=first, last=last, as_of=as_of)
    table = of_categories(bank, made, list(categories), as_of=as_of)
    return Purchases(
        customer_id=table["customer_id"],
        day=table["at_day"].to_numpy().astype("datetime64[D]"),
        amount=np.abs(table["amount"].to_numpy().astype(np.int64)),
    )


def outcome(made: Purchases, units: Units, criterion: Criterion) -> NDArray[np.float64]:
    """Return the metric of each unit in the window after its first planned day, shape (n_units,)."""
    return _metric(made, units, criterion, after=timedelta(0))


def covariate(made: Purchases, units: Units, criterion: Criterion) -> NDArray[np.float64]:
    """Return the metric of each unit in the window of the same length that ends on its first planned day."""
    return _metric(made, units, criterion, after=timedelta(days=-criterion.window_days))


def customer_totals(made: Purchases, criterion: Criterion, n_customers: int) -> NDArray[np.float64]:
    """Return the metric of every customer over all purchases given, zeros for those without, shape (n_customers,)."""
    table = pa.table({"customer_id": made.customer_id, "amount": made.amount})
    totals = table.group_by("customer_id").aggregate([("amount", "sum")])["amount_sum"].to_numpy()
    doers = totals.astype(np.float64) if criterion.metric == "amount" else np.ones(totals.size)
    found = np.concatenate([doers, np.zeros(max(n_customers - doers.size, 0))])
    return 1.0 - found if criterion.metric == "kept" else found


def totals_of(
    made: Purchases, criterion: Criterion, customer_id: "pa.ChunkedArray[pa.StringScalar]"
) -> NDArray[np.float64]:
    """Return the metric of some customers over all purchases given, shape (n_customers,)."""
    position = pc.index_in(made.customer_id, value_set=customer_id)
    ours = pc.is_valid(position).to_numpy()
    where, n = position.drop_null().to_numpy().astype(np.int64), len(customer_id)
    if criterion.metric == "amount":
        return np.bincount(where, weights=made.amount[ours], minlength=n).astype(np.float64)
    done = (np.bincount(where, minlength=n) > 0).astype(np.float64)
    return 1.0 - done if criterion.metric == "kept" else done


def _metric(made: Purchases, units: Units, criterion: Criterion, *, after: timedelta) -> NDArray[np.float64]:
    """Return the metric over the ``window_days`` days that begin one day after (first planned day + after)."""
    position = pc.index_in(made.customer_id, value_set=pa.array(units.customer_id, pa.string()))
    ours = pc.is_valid(position).to_numpy()
    keys = position.drop_null().to_numpy().astype(np.int64) * _MANY_DAYS + _numbers(made.day[ours])
    order = np.argsort(keys, kind="stable")
    sums = np.concatenate(([0], np.cumsum(made.amount[ours][order])))
    opens = np.arange(units.size, dtype=np.int64) * _MANY_DAYS + _numbers(units.first_day) + after.days
    start = np.searchsorted(keys[order], opens, side="right")
    stop = np.searchsorted(keys[order], opens + criterion.window_days, side="right")
    if criterion.metric == "amount":
        return np.asarray(sums[stop] - sums[start], dtype=np.float64)
    happened = (stop > start).astype(np.float64)
    return 1.0 - happened if criterion.metric == "kept" else happened


def _numbers(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return days.astype("datetime64[D]").astype(np.int64)
