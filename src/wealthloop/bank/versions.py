"""Reading the bank's tables as they were known at the end of a day."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import ibis
import pyarrow as pa

from wealthloop.bank.contract import TABLES, Kind, TableSpec
from wealthloop.bank.manifest import Manifest, current_manifests, part_path
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


class BankTables:
    """The current versions of a home's tables, fixed when this is made: a load that ends later is not seen."""

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home = home
        self._engine = engine
        self._manifests: dict[str, Manifest] = current_manifests(home)

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

    def version(self) -> str:
        """Return the digest of everything current, 32 hex digits."""
        named = sorted((name, manifest.version) for name, manifest in self._manifests.items())
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
