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
from wealthloop.features.windows import GROUPS, Group

TABLES: Final = tuple(dict.fromkeys(group.table for group in GROUPS))
WITH_AMOUNT: Final = ("transactions",)
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


def columns_of(table: str) -> tuple[str, ...]:
    """Return what is read of a table to tell to which groups its rows belong."""
    with_kind = any(group.kinds for group in GROUPS if group.table == table)
    kind = ("kind",) if with_kind else ()
    return ("customer_id", "at_day", *kind, *(("amount",) if table in WITH_AMOUNT else ()))


def members(rows: pa.Table, table: str) -> Integers:
    """Return the groups that rows of a table belong to: bit g is set where a row belongs to group g."""
    found = np.zeros(rows.num_rows, dtype=np.int64)
    kinds = _kinds(rows) if "kind" in rows.column_names else {}
    amount = whole(rows["amount"]) if "amount" in rows.column_names else found
    for number, group in enumerate(GROUPS):
        if group.table == table:
            found |= _belongs(group, kinds, amount).astype(np.int64) << number
    return found


def seen(bank: BankTables, table: str, *, as_of: date) -> Seen:
    """Return when customers were last seen in the groups of a table, by days up to ``as_of`` and as known then."""
    return bank.folded(_FOLDS[table], as_of=as_of, before=date.fromordinal(as_of.toordinal() + 1))


def first_seen(bank: BankTables, group: Group, *, as_of: date) -> date:
    """Return the first day up to ``as_of`` with a row of a group.

    Raises:
        KeyError: there is none.
    """
    return date.fromordinal(seen(bank, group.table, as_of=as_of).first[group.name] + _EPOCH)


def last_seen(bank: BankTables, group: Group, ids: Ids, *, as_of: date, before: date) -> list[date | None]:
    """Return the last day before ``before`` with a row of a group for some customers, None without any."""
    known = bank.folded(_FOLDS[group.table], as_of=as_of, before=before)
    ages = known.days_since(group, ids, as_of.toordinal() - _EPOCH)
    return [None if np.isnan(age) else date.fromordinal(as_of.toordinal() - int(age)) for age in ages]


def _kinds(rows: pa.Table) -> dict[str, NDArray[np.bool_]]:
    wanted = sorted({kind for group in GROUPS for kind in group.kinds})
    which = places(rows["kind"], pa.array(wanted))
    return {kind: which == number for number, kind in enumerate(wanted)}


def _belongs(group: Group, kinds: Mapping[str, NDArray[np.bool_]], amount: Integers) -> NDArray[np.bool_]:
    meets = np.ones(amount.size, dtype=np.bool_)
    if group.kinds:
        meets = np.logical_or.reduce([kinds[kind] for kind in group.kinds])
    if group.sign:
        meets = meets & (amount * group.sign > 0)
    return meets


def _step(known: Seen, rows: pa.Table, *, table: str) -> Seen:
    ids = extended(known.ids, rows["customer_id"])
    who, days, bits = places(rows["customer_id"], ids), whole(rows["at_day"]), members(rows, table)
    last, first = dict(known.last), dict(known.first)
    for number, group in enumerate(GROUPS):
        if group.table == table:
            inside = (bits >> number) & 1 == 1
            found = grown(last.get(group.name, np.zeros(0, dtype=np.int64)), len(ids), fill=_NEVER)
            np.maximum.at(found, who[inside], days[inside])
            last[group.name] = found
            if inside.any():
                first[group.name] = min(int(days[inside].min()), first.get(group.name, _LATEST))
    return Seen(ids=ids, last=last, first=first)


def _fold_of(table: str) -> Fold[Seen]:
    def step(known: Seen, rows: pa.Table) -> Seen:
        return _step(known, rows, table=table)

    return Fold(name=f"seen/{table}", table=table, columns=columns_of(table), start=Seen(), step=step)


_FOLDS: Final = {table: _fold_of(table) for table in TABLES}
