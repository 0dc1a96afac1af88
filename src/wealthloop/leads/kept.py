"""The rows that a stream has been given: every version of each key, as long as any rule may look back to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank import TABLES, TableSpec, storage_schema
from wealthloop.bank.converted import Cells
from wealthloop.bank.resident import Days
from wealthloop.errors import InvalidInput
from wealthloop.features import GROUPS
from wealthloop.kit import day_end, day_of

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[Any, ...]
EVERYBODY: Final = ""
"""Whose the rows of tables without customers are."""

_ALWAYS: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - zone-less UTC, as the bank's tables have it
_FOREVER: Final = datetime(9999, 1, 1)  # noqa: DTZ001 - likewise
_GROUPS: Final = {group.name: group for group in GROUPS}


@dataclass(slots=True, kw_only=True)
class Kept:
    """Rows by table, customer and key; of a key every version with another ``known_at``, the last given of equal ones.

    Rows are Python values (about a kilobyte each): a process keeps a share of the customers, and every row of a
    customer comes to the same process.
    """

    zone: ZoneInfo
    horizons: Mapping[str, int]
    """By table the days that rules look back; a table that is not named keeps all."""
    groups: frozenset[str]
    """The features' groups whose last day is asked for over all time."""
    _begun: dict[str, dict[date, datetime]] = field(default_factory=dict)
    """By group the days with a row, and when the first row of each was known."""
    _rows: dict[str, dict[Key, dict[datetime, Row]]] = field(default_factory=dict)
    _keys: dict[str, dict[str, set[Key]]] = field(default_factory=dict)
    """By table and customer the keys of which any version is the customer's."""
    _shown: dict[str, dict[date, datetime]] = field(default_factory=dict)
    _last: dict[tuple[str, str], date] = field(default_factory=dict)

    def add(self, table: str, row: Row) -> tuple[set[str], bool]:
        """Keep a row; the same one again changes nothing.

        Returns:
            Whose row it is, or was before it was corrected, and whether its table shows a state of a day anew.

        Raises:
            InvalidInput: no table of the contract, or a column of its key is missing.
        """
        spec = _spec(table)
        full = self._whole(spec, row)
        key = tuple(full.get(column) for column in spec.key)
        versions = self._rows.setdefault(table, {}).setdefault(key, {})
        versions[full["known_at"]] = full
        self._keys.setdefault(table, {}).setdefault(_owner(full), set()).add(key)
        return {_owner(one) for one in versions.values()}, self._show(spec, full)

    def remember(self, group: str, last: Mapping[str, date | None], first: date | None) -> None:
        """Take over when customers were last seen in a group before the rows that are kept, and the first day."""
        self._last |= {(group, who): day for who, day in last.items() if day is not None}
        if first is not None:
            self._begun.setdefault(group, {})[first] = _ALWAYS

    def forget(self, as_of: date) -> None:
        """Forget the rows that no rule looks back to from a day on; who was last seen when stays."""
        for table, days in self.horizons.items():
            first, spec = as_of - timedelta(days=days), TABLES[table]
            rows = self._rows.get(table, {})
            for key in [key for key, versions in rows.items() if _last_day(spec, versions.values()) < first]:
                versions = rows.pop(key)
                self._note_last(spec, versions.values())
                for who in {_owner(one) for one in versions.values()}:
                    self._keys[table][who].discard(key)

    def versions(self, table: str, who: str) -> Iterable[Mapping[datetime, Row]]:
        """Return the versions of each row of which any version is a customer's."""
        rows = self._rows.get(table, {})
        return (rows[key] for key in self._keys.get(table, {}).get(who, ()))

    def shown(self, table: str, cut: datetime) -> list[date]:
        """Return the days of which a table shows a state that was known by an instant, ascending."""
        return sorted(day for day, known in self._shown.get(table, {}).items() if known <= cut)

    def first(self, group: str, cut: datetime) -> date | None:
        """Return the first day with a row of a group that was known by an instant, None without any."""
        return min((day for day, known in self._begun.get(group, {}).items() if known <= cut), default=None)

    def last_before(self, group: str, who: str) -> date | None:
        """Return the last day with a row of a group among the rows that are forgotten."""
        return self._last.get((group, who))

    def _whole(self, spec: TableSpec, row: Row) -> dict[str, Any]:
        missing = [column for column in spec.key if column not in row and spec.column(column).required]
        if missing:
            raise InvalidInput(f"{spec.name}.{missing[0]} == None, must be given: it is a part of the row's key")
        full = dict(row)
        if "at" in full:
            full["at_day"] = day_of(full["at"].replace(tzinfo=UTC), self.zone)
        if full.get("known_at") is None:
            full["known_at"] = self._known_from(full.get(spec.event_time or ""))
        return full

    def _known_from(self, event: date | datetime | None) -> datetime:
        if isinstance(event, datetime):
            return event
        return _ALWAYS if event is None else day_end(event, self.zone).replace(tzinfo=None)

    def _show(self, spec: TableSpec, row: Row) -> bool:
        for group in GROUPS:
            if group.table == spec.name and _belongs(row, group.name):
                days = self._begun.setdefault(group.name, {})
                days[row["at_day"]] = min(row["known_at"], days.get(row["at_day"], row["known_at"]))
        if not spec.snapshot:
            return False
        shown = self._shown.setdefault(spec.name, {})
        day, known = row[spec.event_time or ""], row["known_at"]
        fresh = day not in shown or bool(known < shown[day])
        shown[day] = min(known, shown.get(day, known))
        return fresh

    def _note_last(self, spec: TableSpec, versions: Iterable[Row]) -> None:
        row = max(versions, key=lambda one: one["known_at"])
        who = _owner(row)
        for group in self.groups:
            if _GROUPS[group].table == spec.name and _belongs(row, group):
                known = self._last.get((group, who), row["at_day"])
                self._last[group, who] = max(known, row["at_day"])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRows:
    """What a stream has kept of some customers, as an evaluation reads it."""

    kept: Kept
    customers: tuple[str, ...]

    def read(
        self, name: str, columns: Sequence[str], *, as_of: date | None = None, days: Days = (None, None)
    ) -> pa.Table:
        """Return columns of the rows of some days as known at the end of ``as_of``, the newest of each key."""
        spec = TABLES[name]
        schema = storage_schema(spec)
        rows = [row for row in self._known(spec, as_of) if _within(row.get(_day_name(spec)), days)]
        wanted = pa.schema([schema.field(column) for column in columns])
        return pa.Table.from_pylist([{column: row.get(column) for column in columns} for row in rows], schema=wanted)

    def last_seen(self, group: str, ids: Cells, *, as_of: date, before: date) -> list[date | None]:
        """Return the last day before ``before`` with a row of one of the features' groups, None without any."""
        spec = TABLES[_GROUPS[group].table]
        found = dict.fromkeys(map(str, ids.to_pylist()))
        last = {who: self.kept.last_before(group, who) for who in found}
        for row in self._known(spec, as_of):
            who, day = row["customer_id"], row["at_day"]
            if who in found and day < before and _belongs(row, group):
                last[who] = max(day, last[who] or day)
        return [last[who] for who in found]

    def first_seen(self, group: str, *, as_of: date) -> date | None:
        """Return the first day of all with a row of the group, None without any."""
        day = self.kept.first(group, self._cut(as_of))
        return day if day is not None and day <= as_of else None

    def snapshots(self, table: str, *, as_of: date, first: date) -> list[date]:
        """Return the days from ``first`` to ``as_of`` on which the table shows a state, ascending."""
        return [day for day in self.kept.shown(table, self._cut(as_of)) if first <= day <= as_of]

    def _cut(self, as_of: date) -> datetime:
        return day_end(as_of, self.kept.zone).replace(tzinfo=None)

    def _known(self, spec: TableSpec, as_of: date | None) -> Iterator[Row]:
        """Yield of each key the version that was the newest known, without facts of later moments."""
        cut = _FOREVER if as_of is None else self._cut(as_of)
        owners = self.customers if any(one.name == "customer_id" for one in spec.columns) else (EVERYBODY,)
        for who in owners:
            for versions in self.kept.versions(spec.name, who):
                known = [at for at in versions if at <= cut]
                if known and _owner(versions[max(known)]) == who:
                    yield _without_later(spec, versions[max(known)], cut, as_of)


def _owner(row: Row) -> str:
    return str(row["customer_id"]) if "customer_id" in row else EVERYBODY


def _without_later(spec: TableSpec, row: Row, cut: datetime, as_of: date | None) -> Row:
    found = dict(row)
    for time, told in spec.reveals:
        moment = row.get(time)
        limit: Any = cut if isinstance(moment, datetime) else as_of
        if moment is not None and as_of is not None and moment > limit:
            found |= dict.fromkeys(told)
    return found


def _belongs(row: Row, group: str) -> bool:
    one = _GROUPS[group]
    amount = (row.get("amount") or 0) * one.sign
    return (not one.kinds or row.get("kind") in one.kinds) and (not one.sign or amount > 0)


def _day_name(spec: TableSpec) -> str:
    return "at_day" if spec.event_time == "at" else spec.event_time or ""


def _within(day: date | None, days: Days) -> bool:
    first, last = days
    if day is None or isinstance(day, datetime):
        return day is not None or (first is None and last is None)
    return (first is None or day >= first) and (last is None or day <= last)


def _last_day(spec: TableSpec, versions: Iterable[Row]) -> date:
    return max((row[_day_name(spec)] for row in versions), default=date.max)


def _spec(table: str) -> TableSpec:
    if table not in TABLES:
        raise InvalidInput(f"table == {table}, must be one of {', '.join(TABLES)}")
    return TABLES[table]
