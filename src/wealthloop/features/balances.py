"""What customers held day by day, gathered month by month: the days at hand and the sums of balances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables, Fold
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.rows import places, whole

Integers: TypeAlias = NDArray[np.int64]
Ids: TypeAlias = "pa.Array[Any]"

_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """Holdings up to a day."""

    days: tuple[date, ...] = ()
    """Every day with holdings, ascending."""
    ids: Ids = field(default_factory=lambda: pa.array([], pa.string()))
    """Who has held anything, in the order in which they came up."""
    sums: Mapping[date, Integers] = field(default_factory=dict)
    """Fen: by month (its first day) the sum over its days of each of the first of ``ids``."""

    def month_sums(self, month: date, ids: Ids) -> Integers:
        """Return the sums of a month for customers, fen, shape (n_customers,); 0 for who held nothing."""
        at = places(ids, self.ids)
        sums = self.sums[month]
        known = (at >= 0) & (at < sums.size)
        return np.where(known, sums[np.where(known, at, 0)], 0)


def balances(bank: BankTables, *, as_of: date) -> Balances:
    """Return the holdings of days up to ``as_of``, as they were known at its end."""
    return bank.folded(_FOLD, as_of=as_of, before=date.fromordinal(as_of.toordinal() + 1))


def extended(ids: Ids, more: "pa.ChunkedArray[Any]") -> Ids:
    """Return ids with those of others that are not among them behind."""
    fresh = pc.unique(more.filter(pc.invert(pc.is_in(more, value_set=ids))))
    return pa.concat_arrays([ids, fresh]) if len(fresh) else ids


def grown(values: Integers, size: int, *, fill: int = 0) -> Integers:
    """Return a fresh array of a size that begins with given values."""
    longer = np.full(size, fill, dtype=np.int64)
    longer[: values.size] = values
    return longer


def summed(who: Integers, amounts: Integers, size: int) -> Integers:
    """Return the sum of whole amounts at each place, shape (size,)."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, who, amounts)
    return total


def _step(known: Balances, rows: pa.Table) -> Balances:
    rows = rows.filter(pc.is_valid(rows["as_of"]))
    ids = extended(known.ids, rows["customer_id"])
    who, amounts = places(rows["customer_id"], ids), whole(rows["balance"])
    numbers, inverse = np.unique(whole(rows["as_of"]), return_inverse=True)
    days = [date.fromordinal(number + _EPOCH) for number in numbers.tolist()]
    months = [day.replace(day=1) for day in days]
    sums = dict(known.sums)
    for month in dict.fromkeys(months):
        of_month = np.array([one == month for one in months])[inverse]
        total = grown(sums.get(month, np.zeros(0, dtype=np.int64)), len(ids))
        np.add.at(total, who[of_month], amounts[of_month])
        sums[month] = total
    return Balances(days=tuple(sorted({*known.days, *days})), ids=ids, sums=sums)


_FOLD: Final = Fold(
    name="balances", table="holdings", columns=("customer_id", "as_of", "balance"), start=Balances(), step=_step
)
