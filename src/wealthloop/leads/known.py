"""What an evaluation looks at: rows of some customers as they were known at the end of a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank import TABLES, Kind
from wealthloop.bank.converted import Cells
from wealthloop.bank.converted import compute as pc
from wealthloop.bank.resident import Days
from wealthloop.bank.rows import places, whole
from wealthloop.leads.derived import DERIVED
from wealthloop.leads.sources import CUSTOMER, JOINED, LOSS

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Made = TypeVar("Made")

EPOCH: Final = date(1970, 1, 1)
NEVER: Final = -(10**6)
"""The day of what has none, days since 1970."""
_REACHES: Final = (45, 75, 160, 1200)
"""Days back of the reads that rules share."""


class Tables(Protocol):
    """Where rows come from: the bank's tables, or what a stream has kept."""

    def read(self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = ...) -> pa.Table:
        """Return columns of the rows of some days as known at the end of ``as_of``, the newest of each key."""

    def last_seen(self, group: str, ids: Cells, *, as_of: date, before: date) -> list[date | None]:
        """Return the last day before ``before`` with a row of one of the features' groups, None without any."""

    def first_seen(self, group: str, *, as_of: date) -> date | None:
        """Return the first day of all with a row of the group, None without any."""

    def snapshots(self, table: str, *, as_of: date, first: date) -> list[date]:
        """Return the days from ``first`` to ``as_of`` on which the table shows a state, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows of a table and whose they are."""

    known: "Known"
    table: str
    rows: pa.Table
    who: Ints
    """Place of the customer in ``Known.ids``, shape (n_rows,)."""

    def __len__(self) -> int:
        return len(self.who)

    def only(self, mask: Mask) -> "Sheet":
        """Return some of the rows."""
        if mask.all():
            return self
        return Sheet(known=self.known, table=self.table, rows=self.rows.filter(pa.array(mask)), who=self.who[mask])

    def column(self, name: str) -> Cells:
        """Return a column of the rows: their own, of what they name, or of their customer."""
        if name.startswith(CUSTOMER):
            return self.known.people(name.removeprefix(CUSTOMER)).take(pa.array(self.who))
        if "." in name:
            return self.known.joined(name, self.rows)
        if name == LOSS:
            return pc.max_element_wise(pc.negate(self.rows["unrealised_pnl"]), 0, skip_nulls=False)
        return self.rows[name]

    def days(self, name: str) -> Ints:
        """Return a column of days, days since 1970, ``NEVER`` where there is none, shape (n_rows,)."""
        return whole(self.column("at_day" if name == "at" else name), empty=NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Rows of an event table that several rules look through, each column made ready once."""

    known: "Known"
    table: str
    rows: pa.Table
    _kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def days(self) -> Ints:
        """Return the bank day of each row, days since 1970."""
        return self._once("at_day", lambda: whole(self.rows["at_day"], empty=NEVER))

    def amounts(self) -> Ints:
        """Return the signed amount of each row, fen."""
        return self._once("amount", lambda: whole(self.rows["amount"]))

    def is_in(self, name: str, codes: Sequence[object]) -> Mask:
        """Return which rows have one of some codes in a column of their own or of what they name."""
        cells = self._once(
            name, lambda: _encoded(self.known.joined(name, self.rows) if "." in name else self.rows[name])
        )
        among = np.array([*(code in codes for code in cells.dictionary.to_pylist()), False])
        return among[whole(cells.indices, empty=len(among) - 1)]

    def sheet(self, mask: Mask) -> Sheet:
        """Return some of the rows, of customers with a profile."""
        rows = self.rows.filter(pa.array(mask))
        if len(self.rows) > _MANY and mask.sum() * _FEW < len(self.rows):
            who = places(rows["customer_id"], self.known.ids)
        else:
            who = self._once("who", lambda: places(self.rows["customer_id"], self.known.ids))[mask]
        sheet = Sheet(known=self.known, table=self.table, rows=rows, who=who)
        return sheet.only(who >= 0)

    def _once(self, name: str, make: Callable[[], Made]) -> Made:
        if name not in self._kept:
            self._kept[name] = make()
        made: Made = self._kept[name]
        return made


_MANY: Final = 100_000
_FEW: Final = 20
"""Of many rows customers are looked up for all at once, unless so small a part of them is asked for."""


def _encoded(cells: Cells) -> Cells:
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    return pc.dictionary_encode(cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The rows of the customers with a profile, as of a day; what was read once is not read again."""

    tables: Tables
    as_of: date
    features: pa.Table
    profiles: pa.Table
    columns: Mapping[str, frozenset[str]]
    """By table the columns that the rules read beside the customer and the day."""
    _kept: dict[tuple[object, ...], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def ids(self) -> Cells:
        """The customers."""
        return self._once(("ids",), self.profiles["customer_id"].combine_chunks)

    @property
    def today(self) -> int:
        """``as_of`` in days since 1970."""
        return (self.as_of - EPOCH).days

    def people(self, name: str) -> Cells:
        """Return a column of the customers' rows, shape (n_customers,)."""
        return self._once(("people", name), lambda: self._person(name))

    def recent(self, table: str, reach: int, columns: frozenset[str]) -> "Recent":
        """Return a table's rows of at least so many days up to ``as_of``, with at least these columns.

        Rules share what is read: of a few weeks every column that any rule reads, of longer times only what is asked.
        """
        days = next(one for one in _REACHES if one >= reach)
        wanted = self.columns[table] if days == _REACHES[0] else columns
        key = ("recent", table, days, *sorted(wanted))
        return self._once(key, lambda: Recent(known=self, table=table, rows=self._rows(table, wanted, days)))

    def _rows(self, table: str, columns: frozenset[str], days: int) -> pa.Table:
        names = ("customer_id", *sorted(columns - {"customer_id"}))
        return self.tables.read(
            table, names, as_of=self.as_of, days=(self.as_of - timedelta(days=days), self.as_of)
        ).combine_chunks()

    def between(self, table: str, first: date | None, last: date | None) -> Sheet:
        """Return a table's rows of some days."""
        return self._once(("rows", table, first, last), lambda: self._read(table, (first, last)))

    def newest(self, table: str) -> Sheet:
        """Return the newest state that a table shows, at most 60 days old; no row without any."""
        days = self.snapshots(table, 60)
        none = self.as_of + timedelta(days=1)
        return self.between(table, days[-1], days[-1]) if days else self.between(table, none, none)

    def snapshots(self, table: str, back: int) -> list[date]:
        """Return the days with a state of a table, ascending, of so many days back."""
        first = self.as_of - timedelta(days=back)
        return self._once(("days", table, back), lambda: self.tables.snapshots(table, as_of=self.as_of, first=first))

    def joined(self, name: str, rows: pa.Table) -> Cells:
        """Return a column of what rows name: ``product.category`` and the like."""
        prefix, column = name.split(".", maxsplit=1)
        found = JOINED[prefix]
        wanted = (found.by, *sorted(self.columns[found.table] - {found.by}))
        table = self._once(("joined", prefix), lambda: self.tables.read(found.table, wanted, as_of=self.as_of))
        at = pc.index_in(rows[found.by], value_set=table[found.by].combine_chunks())
        return table[column].combine_chunks().take(at.combine_chunks() if isinstance(at, pa.ChunkedArray) else at)

    def _read(self, table: str, days: Days) -> Sheet:
        columns = ("customer_id", *sorted(self.columns[table] - {"customer_id"}))
        rows = self.tables.read(table, columns, as_of=self.as_of, days=days)
        who = places(rows["customer_id"], self.ids)
        sheet = Sheet(known=self, table=table, rows=rows, who=who)
        return sheet.only(who >= 0)

    def _person(self, name: str) -> Cells:
        if name in self.profiles.column_names:
            return self.profiles[name].combine_chunks()
        if name in DERIVED:
            return DERIVED[name](self.people, self.today)
        if name in self.features.column_names:
            return _looked_up(self.features, self.ids, name)
        own = {column.name for column in TABLES["customers"].columns if column.kind is not Kind.SECRET}
        columns = ("customer_id", *sorted(self.columns["customers"] & own - {"customer_id"}))
        read = self._once(("customers",), lambda: self.tables.read("customers", columns, as_of=self.as_of))
        return _looked_up(read, self.ids, name)

    def _once(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made


def _looked_up(table: pa.Table, ids: Cells, name: str) -> Cells:
    return table[name].combine_chunks().take(pc.index_in(ids, value_set=table["customer_id"].combine_chunks()))
