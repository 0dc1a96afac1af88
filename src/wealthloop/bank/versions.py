"""Reading the bank's tables as they were known at the end of a day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from wealthloop.bank.contract import TABLES, Kind, TableSpec
from wealthloop.bank.converted import compute
from wealthloop.bank.manifest import Manifest, Part, current_manifests, part_path
from wealthloop.bank.resident import LARGE, Days, Fold, State, folded, rows_of, span_of
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr
from wealthloop.kit import Home, content_hash, day_end

KNOWN_AT: Final = "known_at"
AT_DAY: Final = "at_day"

_ARROW: Final[dict[Kind, pa.DataType]] = {
    Kind.ID: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.string(),
    Kind.SECRET: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.INSTANT: pa.timestamp("us"),
    Kind.MONEY: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.FLAG: pa.bool_(),
}

_LINEAGE: Final = (
    pa.field("_load", pa.int32()),
    pa.field("_file", pa.int32()),
    pa.field("_line", pa.int64()),
    pa.field("_given", pa.bool_()),
)


def arrow_type(kind: Kind) -> pa.DataType:
    """Return how a kind of column is stored: money as int64 fen, instants as zone-less UTC microseconds."""
    return _ARROW[kind]


def storage_schema(spec: TableSpec) -> pa.Schema:
    """Return the Arrow schema that ``scan`` gives of a table.

    Every contract column (``known_at`` among them, never null) and, where the table has an instant ``at``, its bank
    day ``at_day``.
    """
    fields = [pa.field(column.name, _ARROW[column.kind], nullable=column.name != KNOWN_AT) for column in spec.columns]
    if has_at_day(spec):
        fields.append(pa.field(AT_DAY, pa.date32()))
    return pa.schema(fields)


def part_schema(spec: TableSpec) -> pa.Schema:
    """Return the schema of a part: ``storage_schema`` and each row's lineage (load, file, line, known_at given)."""
    return pa.schema([*storage_schema(spec), *_LINEAGE])


def has_at_day(spec: TableSpec) -> bool:
    """Return whether the table has an instant ``at``, hence a stored bank day."""
    return any(column.name == "at" and column.kind is Kind.INSTANT for column in spec.columns)


_MOST_STATES: Final = 8
_SMALL: Final = 200_000
"""Rows up to which an answer is kept: a night asks for the same facts when it plans, writes cards and sends."""


class BankTables:
    """The current versions of a home's tables, fixed when this is made: a load that ends later is not seen."""

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home = home
        self._engine = engine
        self._manifests: dict[str, Manifest] = current_manifests(home)
        self._answers: dict[tuple[object, ...], pa.Table] = {}
        self._states: dict[tuple[object, ...], Any] = {}
        """What folds have come to, the least recently asked first."""

    @property
    def zone(self) -> ZoneInfo:
        """The bank's zone, in which its days begin and end."""
        return self._home.zone

    def has(self, name: str) -> bool:
        """Return whether any row of the table was ingested."""
        return name in self._manifests and bool(self._manifests[name].parts)

    def scan(self, name: str, *, as_of: date | None = None) -> Expr:
        """Return a table as a lazy expression, as it was known at 24:00 of ``as_of`` (None: all that is known now).

        Of the rows with one key the newest known counts. A row is known from its own ``known_at``; where the bank
        gives none: an instant's row from that instant; a day's row, snapshots among them, from 24:00 of that day
        (the start of the day after, so that a snapshot of day D is seen as of D); a row without event time always;
        a correction from 24:00 of the day of its load. A later fact within a row (a contact's outcome, an end date
        that has passed) is null before its own time. An absent table is an empty expression.

        Raises:
            KeyError: the contract has no such table.
        """
        spec = TABLES[name]
        if not self.has(name):
            return self._engine.from_arrow(storage_schema(spec).empty_table())
        manifest = self._manifests[name]
        cut = None if as_of is None else day_end(as_of, self._home.zone).replace(tzinfo=None)
        parts = [part for part in manifest.parts if cut is None or part.known_from <= cut]
        if not parts:
            return self._engine.from_arrow(storage_schema(spec).empty_table())
        rows = self._engine.read_parquet([part_path(self._home, name, part) for part in parts])
        if cut is not None:
            rows = rows.filter(rows[KNOWN_AT] <= ibis.literal(cut))
        if manifest.corrections:
            rows = newest(rows, spec)
        if cut is not None:
            rows = _without_later_facts(rows, spec, cut, as_of)
        return rows.select(storage_schema(spec).names)

    def read(
        self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = (None, None)
    ) -> pa.Table:
        """Return columns of what ``scan`` gives, in memory, if asked for only of rows of some days.

        Where no key has two rows, columns of parts that were read before are not read again; small tables that were
        asked for before in the same words are not gathered again.

        Args:
            name: the table.
            columns: of its ``storage_schema``.
            as_of: as it was known at 24:00 of this day.
            days: bank days of the table's event time; rows without one are left out where an end is given.

        Raises:
            KeyError: the contract has no such table.
        """
        spec = TABLES[name]
        schema = pa.schema([storage_schema(spec).field(column) for column in columns])
        if not self.has(name):
            return schema.empty_table()
        asked = (name, *columns, as_of, days)
        if asked not in self._answers:
            table = self._gathered(name, columns, schema, as_of, days)
            if table.num_rows > _SMALL:
                return table
            self._answers[asked] = table
        return self._answers[asked]

    def _gathered(
        self, name: str, columns: Sequence[str], schema: pa.Schema, as_of: date | None, days: Days
    ) -> pa.Table:
        spec = TABLES[name]
        if self._manifests[name].corrections:
            rows = within_days(self.scan(name, as_of=as_of), spec, days)
            return self._engine.to_arrow(rows.select(*columns), name=name).cast(schema)
        cut = self._cut(as_of)
        parts = [part for part in self._manifests[name].parts if _may_hold(part, cut, days)]
        tables = [self._known_rows(spec, part, columns, days, cut, as_of) for part in parts]
        return pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in tables)])

    def folded(self, fold: Fold[State], *, as_of: date, before: date | None = None) -> State:
        """Return what a fold gathers from the rows known at 24:00 of ``as_of``, of bank days before ``before`` alone.

        Where no key has two rows, what whole parts gave is remembered; so is what was asked for last.
        """
        asked = (fold.name, as_of, before)
        known: State | None = self._states.pop(asked, None)
        state = self._folded(fold, as_of, before) if known is None else known
        self._states[asked] = state
        if len(self._states) > _MOST_STATES:
            self._states.pop(next(iter(self._states)), None)
        return state

    def _folded(self, fold: Fold[State], as_of: date, before: date | None) -> State:
        until: Days = (None, None if before is None else before - timedelta(days=1))
        if not self.has(fold.table):
            return fold.start
        if self._manifests[fold.table].corrections:
            return fold.step(fold.start, self.read(fold.table, fold.columns, as_of=as_of, days=until))
        cut = self._cut(as_of)
        parts = [part for part in self._manifests[fold.table].parts if _may_hold(part, cut, until)]
        whole = {part.file for part in parts if self._is_whole(fold.table, part, cut, before)}
        seen = [part for part in parts if part.file in whole]
        state = folded(fold, [(part_path(self._home, fold.table, part), part.rows >= LARGE) for part in seen])
        for part in parts:
            if part.file not in whole:
                rows = self._known_rows(TABLES[fold.table], part, fold.columns, until, cut, as_of)
                state = fold.step(state, rows)
        return state

    def knows(self, name: str, *, as_of: date) -> bool:
        """Return whether any row of the table was known at 24:00 of ``as_of``."""
        cut = self._cut(as_of)
        return self.has(name) and any(part.known_from <= cut for part in self._manifests[name].parts if cut)

    def parts(self, name: str) -> tuple[Part, ...]:
        """Return the immutable parts of a table, in the order in which they were loaded."""
        return self._manifests[name].parts if name in self._manifests else ()

    def corrects(self, name: str) -> bool:
        """Return whether any key of the table has more than one row."""
        return name in self._manifests and self._manifests[name].corrections

    def part_rows(self, name: str, part: Part, columns: Sequence[str]) -> pa.Table:
        """Return columns of a part as it lies there, whenever its rows became known."""
        return rows_of(
            part_path(self._home, name, part), columns, large=part.rows >= LARGE, day=None, days=(None, None)
        )  # fmt: skip

    def _cut(self, as_of: date | None) -> datetime | None:
        return None if as_of is None else day_end(as_of, self._home.zone).replace(tzinfo=None)

    def _known_whole(self, name: str, part: Part, cut: datetime | None) -> bool:
        if cut is None:
            return True
        known = span_of(part_path(self._home, name, part), KNOWN_AT)
        return known is not None and bool(known[1] <= cut)

    def _is_whole(self, name: str, part: Part, cut: datetime | None, before: date | None) -> bool:
        """Say whether every row of a part is known at the cut and lies before a day."""
        early = before is None or (part.last_day is not None and part.last_day < before)
        return early and self._known_whole(name, part, cut)

    def _known_rows(
        self, spec: TableSpec, part: Part, columns: Sequence[str], days: Days, cut: datetime | None, as_of: date | None
    ) -> pa.Table:
        """Return the rows of a part that are known at the cut, without facts of later."""
        path = part_path(self._home, spec.name, part)
        hidden = [] if cut is None else [(time, set(told) & set(columns)) for time, told in spec.reveals]
        whole = self._known_whole(spec.name, part, cut)
        needed = [*columns, *(time for time, told in hidden if told), *([] if whole else [KNOWN_AT])]
        rows = rows_of(
            path, tuple(dict.fromkeys(needed)), large=part.rows >= LARGE, day=day_column(spec), days=days
        )  # fmt: skip
        if not whole:
            rows = rows.filter(compute.less_equal(rows[KNOWN_AT], pa.scalar(cut, pa.timestamp("us"))))
        for time, told in hidden:
            rows = _hide(rows, time, told, cut, as_of)
        return rows.select(list(columns))

    def version(self) -> str:
        """Return the digest of everything current, 32 hex digits."""
        return self.version_of(list(self._manifests))

    def version_of(self, names: Sequence[str]) -> str:
        """Return the digest of what is current of some tables, 32 hex digits."""
        named = sorted((name, self._manifests[name].version) for name in names if name in self._manifests)
        return content_hash(repr(named).encode())[:32]

    def imputed(self) -> Mapping[str, tuple[str, ...]]:
        """Return, by table, the columns that a mapping derived, assumed or set."""
        return {name: manifest.imputed for name, manifest in sorted(self._manifests.items()) if manifest.imputed}

    def absent(self) -> tuple[str, ...]:
        """Return the contract's tables that have no rows."""
        return tuple(name for name in TABLES if not self.has(name))

    def last_day(self) -> date | None:
        """Return the newest bank day of holdings or transactions, None without either."""
        days = [
            part.last_day
            for name in ("holdings", "transactions")
            if name in self._manifests
            for part in self._manifests[name].parts
            if part.last_day is not None
        ]
        return max(days, default=None)


def newest(rows: Expr, spec: TableSpec) -> Expr:
    """Keep the newest known row of each key; of rows known at the same instant the one loaded last."""
    order = [rows[KNOWN_AT].desc(), rows["_load"].desc(), rows["_file"].desc(), rows["_line"].desc()]
    window = ibis.window(group_by=[rows[column] for column in spec.key], order_by=order)
    ranked = rows.mutate(_rank=ibis.row_number().over(window))
    return ranked.filter(ranked["_rank"] == 0).drop("_rank")


def _without_later_facts(rows: Expr, spec: TableSpec, cut: datetime, as_of: date | None) -> Expr:
    """Null the columns that tell of a moment after the cut."""
    for time_column, told in spec.reveals:
        instant = spec.column(time_column).kind is Kind.INSTANT
        limit = ibis.literal(cut) if instant else ibis.literal(as_of)
        known = rows[time_column].isnull() | (rows[time_column] <= limit)
        rows = rows.mutate(**{name: ibis.ifelse(known, rows[name], ibis.null(rows[name].type())) for name in told})
    return rows


def day_column(spec: TableSpec) -> str | None:
    """Return the column that holds the bank day of a row's event, None where the table has none."""
    if has_at_day(spec):
        return AT_DAY
    if spec.event_time is None or spec.column(spec.event_time).kind is not Kind.DAY:
        return None
    return spec.event_time


def within_days(rows: Expr, spec: TableSpec, days: Days) -> Expr:
    """Keep the rows of some bank days."""
    first, last = days
    column = day_column(spec)
    if column is None:
        return rows
    rows = rows if first is None else rows.filter(rows[column] >= ibis.literal(first))
    return rows if last is None else rows.filter(rows[column] <= ibis.literal(last))


def _may_hold(part: Part, cut: datetime | None, days: Days) -> bool:
    """Say whether a part may hold rows that are known at the cut and lie on some days."""
    first, last = days
    if cut is not None and part.known_from > cut:
        return False
    if part.first_day is None or part.last_day is None:
        return True
    return (first is None or part.last_day >= first) and (last is None or part.first_day <= last)


def _hide(rows: pa.Table, time: str, told: set[str], cut: datetime | None, as_of: date | None) -> pa.Table:
    """Null the columns that tell of a moment after the cut, the moment itself last."""
    if not told:
        return rows
    kind = rows.schema.field(time).type
    limit = pa.scalar(as_of if pa.types.is_date(kind) else cut, kind)
    known = compute.fill_null(compute.less_equal(rows[time], limit), True)  # noqa: FBT003 - what fills, no option
    for name in told:
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(place)
        rows = rows.set_column(place, field, compute.if_else(known, rows[name], pa.scalar(None, field.type)))
    return rows
