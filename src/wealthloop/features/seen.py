"""When each customer was last seen in each group of rows, over all time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import BankTables, Fold
from wealthloop.bank.rows import places, whole
from wealthloop.features.balances import Ids, Integers, extended, grown
from wealthloop.features.groups import CELL_GROUPS, CELL_STARTS, GROUPS, Group
from wealthloop.features.narrow import asked_of, cells_of, product_groups
from wealthloop.kit import content_hash

_NEVER: Final = np.iinfo(np.int64).min
_LATEST: Final = np.iinfo(np.int64).max
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last day of customers in each group of a table."""

    ids: Ids = field(default_factory=lambda: pa.array([], pa.string()))
    last: Mapping[str, Integers] = field(default_factory=dict)
    """By group: days since 1970 of the first of ``ids``."""
    first: Mapping[str, int] = field(default_factory=dict)
    """By group: the first day with any row, days since 1970."""

    def days_since(self, group: Group, ids: Ids, as_of: int) -> NDArray[np.float64]:
        """Return the days from the last row of a group to a day, shape (n_customers,); NaN without any."""
        last = self.last.get(group.name, np.zeros(0, dtype=np.int64))
        at = places(ids, self.ids)
        known = (at >= 0) & (at < last.size)
        found = np.where(known, grown(last, max(1, last.size), fill=_NEVER)[np.where(known, at, 0)], _NEVER)
        return np.where(found == _NEVER, np.nan, as_of - found.astype(np.float64))


def seen(bank: BankTables, table: str, *, as_of: date) -> Seen:
    """Return when customers were last seen in the groups of a table, by days up to ``as_of`` and as known then."""
    return bank.folded(_fold_of(bank, table, as_of), as_of=as_of, before=date.fromordinal(as_of.toordinal() + 1))


def first_seen(bank: BankTables, group: Group, *, as_of: date) -> date:
    """Return the first day up to ``as_of`` with a row of a group.

    Raises:
        KeyError: there is none.
    """
    return date.fromordinal(seen(bank, group.table, as_of=as_of).first[group.name] + _EPOCH)


def last_seen(bank: BankTables, group: Group, ids: Ids, *, as_of: date, before: date) -> list[date | None]:
    """Return the last day before ``before`` with a row of a group for some customers, None without any."""
    known = bank.folded(_fold_of(bank, group.table, as_of), as_of=as_of, before=before)
    ages = known.days_since(group, ids, as_of.toordinal() - _EPOCH)
    return [None if np.isnan(age) else date.fromordinal(as_of.toordinal() - int(age)) for age in ages]


def _step(known: Seen, rows: pa.Table, *, table: str, products: Mapping[str, str]) -> Seen:
    ids = extended(known.ids, rows["customer_id"])
    who, days, cells = places(rows["customer_id"], ids), whole(rows["at_day"]), cells_of(rows, table, products)
    last, first = dict(known.last), dict(known.first)
    for number, group in enumerate(GROUPS):
        if group.table == table:
            inside = _MEMBERS[number][cells]
            found = grown(last.get(group.name, np.zeros(0, dtype=np.int64)), len(ids), fill=_NEVER)
            np.maximum.at(found, who[inside], days[inside])
            last[group.name] = found
            if inside.any():
                first[group.name] = min(int(days[inside].min()), first.get(group.name, _LATEST))
    return Seen(ids=ids, last=last, first=first)


def _fold_of(bank: BankTables, table: str, as_of: date) -> Fold[Seen]:
    """Return what gathers a table; to which groups rows belong is the products' to say, as they are known now."""
    products = product_groups(bank.read("products", ("product_id", "category"), as_of=as_of))

    def step(known: Seen, rows: pa.Table) -> Seen:
        return _step(known, rows, table=table, products=products)

    told = content_hash(repr(sorted(products.items())).encode())
    columns = ("customer_id", "at_day", *asked_of(table))
    return Fold(name=f"seen/{table}/{told}", table=table, columns=columns, start=Seen(), step=step)


def _members() -> NDArray[np.bool_]:
    member = np.zeros((len(GROUPS), CELL_STARTS.size - 1), dtype=np.bool_)
    member[CELL_GROUPS, np.repeat(np.arange(CELL_STARTS.size - 1), np.diff(CELL_STARTS))] = True
    return member


_MEMBERS: Final = _members()
"""Whether rows of a cell belong to a group, shape (n_groups, n_cells)."""
