"""Events while rows arrive one by one: the same evaluation as the night's, over what was kept of the customers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa

from wealthloop.bank import TABLES, BankTables, Kind
from wealthloop.bank.converted import compute as pc
from wealthloop.features import GROUPS
from wealthloop.leads.banked import BankRows
from wealthloop.leads.conditions import DateCondition, ReturnedCondition, StateCondition, StepCondition
from wealthloop.leads.detect import Event, evaluate
from wealthloop.leads.document import Rule
from wealthloop.leads.kept import EVERYBODY, Kept, KeptRows, Row
from wealthloop.leads.triggers import RULES

Given: TypeAlias = tuple[str, Row]
"""A table of the contract and one of its rows: days and instants (zone-less UTC) as Python has them, money in fen."""
LeadKey: TypeAlias = tuple[str, str, str]

_SNAPSHOT_DAYS: Final = 121
"""How long states are kept: the newest may be 60 days old, the one before it as much older."""


class Stream:
    """Leads of rows that arrive in any order, more than once or late.

    Whatever the order, once all rows have arrived ``events`` gives what ``detect`` gives over tables with these rows,
    as of the same day and with the same features and profiles: both call ``evaluate``; cool-downs look at event times
    alone; a row of a customer has every rule evaluated anew that reads its table. Features and profiles are those of
    the last night. A correction of a row that no rule looks back to any more is not followed.
    """

    def __init__(
        self, *, as_of: date, zone: ZoneInfo, features: pa.Table, profiles: pa.Table, rules: Sequence[Rule] = RULES
    ) -> None:
        self._as_of, self._features, self._profiles = as_of, features, profiles
        self._rules = tuple(rules)
        self._kept = Kept(zone=zone, horizons=horizons(rules), groups=_all_time(rules))
        self._held: dict[tuple[str, str], list[Event]] = {}
        self._given: set[LeadKey] = set()

    @classmethod
    def of_bank(
        cls,
        bank: BankTables,
        *,
        as_of: date,
        zone: ZoneInfo,
        features: pa.Table,
        profiles: pa.Table,
        rules: Sequence[Rule] = RULES,
    ) -> "Stream":
        """Go on from a night: the rows that the bank knew by then are kept, its events count as given."""
        stream = cls(as_of=as_of, zone=zone, features=features, profiles=profiles, rules=rules)
        for table in sorted({table for rule in rules for table in reads(rule)}):
            columns = [column.name for column in TABLES[table].columns if column.kind is not Kind.SECRET]
            days = stream._kept.horizons.get(table)
            first = None if days is None else as_of - timedelta(days=days)
            for row in bank.read(
                table, columns, as_of=as_of, days=(first, None if first is None else as_of)
            ).to_pylist():
                stream._kept.add(table, row)
        stream._look_back(BankRows(bank))
        stream._evaluate(rules, None)
        return stream

    def take(self, rows: Iterable[Given]) -> list[Event]:
        """Take rows and return the events that they bring for the first time, by trigger, customer and key.

        Raises:
            InvalidInput: no table of the contract, or a column of its key is missing.
        """
        touched: dict[str, set[str]] = {}
        for table, row in rows:
            owners, shows = self._kept.add(table, row)
            for who in {EVERYBODY} if shows else owners:
                touched.setdefault(who, set()).add(table)
        tables = {table for several in touched.values() for table in several}
        rules = [rule for rule in self._rules if tables & reads(rule)]
        customers = None if EVERYBODY in touched else frozenset(touched)
        return self._evaluate(rules, customers) if rules else []

    def advance(self, as_of: date, *, features: pa.Table, profiles: pa.Table) -> list[Event]:
        """Go on to a later day with its features and profiles; return the events that are given for the first time."""
        self._as_of, self._features, self._profiles = as_of, features, profiles
        self._kept.forget(as_of)
        self._held.clear()
        return self._evaluate(self._rules, None)

    def events(self) -> list[Event]:
        """Return every event that holds on the day, by trigger, customer and key."""
        held = [event for several in self._held.values() for event in several]
        return sorted(held, key=_key)

    def _evaluate(self, rules: Sequence[Rule], customers: frozenset[str] | None) -> list[Event]:
        """Evaluate rules for some customers (None: for all) and put what holds in the place of what held."""
        profiles = self._profiles
        if customers is not None:
            wanted = pa.array(sorted(customers), pa.string())
            profiles = profiles.filter(pc.is_in(profiles["customer_id"], value_set=wanted))
        ids = tuple(map(str, profiles["customer_id"].to_pylist()))
        tables = KeptRows(kept=self._kept, customers=ids)
        found = evaluate(rules, tables, as_of=self._as_of, features=self._features, profiles=profiles)
        names = {rule.name for rule in rules}
        for place in [(name, who) for name in names for who in ids if (name, who) in self._held]:
            del self._held[place]
        for event in found:
            self._held.setdefault((event.trigger, event.customer_id), []).append(event)
        fresh = [event for event in found if _key(event) not in self._given]
        self._given |= {_key(event) for event in fresh}
        return fresh

    def _look_back(self, bank: BankRows) -> None:
        """Take over from the bank what is asked for over all time."""
        ids = self._profiles["customer_id"].combine_chunks()
        for group in GROUPS:
            first = bank.first_seen(group.name, as_of=self._as_of)
            last: Mapping[str, date | None] = {}
            if group.name in self._kept.groups and first is not None:
                edge = self._as_of - timedelta(days=self._kept.horizons[group.table])
                days = bank.last_seen(group.name, ids, as_of=self._as_of, before=edge)
                last = dict(zip(map(str, ids.to_pylist()), days, strict=True))
            self._kept.remember(group.name, last, first)


def reads(rule: Rule) -> frozenset[str]:
    """Return the tables whose rows may change what a rule finds."""
    return rule.tables | {"customers"}


def horizons(rules: Sequence[Rule]) -> dict[str, int]:
    """Return by table the days that rules look back; a table that is read whatever the day is left out."""
    found: dict[str, int] = {}
    whole: set[str] = set()
    for rule in rules:
        for table, days in _looked_back(rule):
            if days is None:
                whole.add(table)
            else:
                found[table] = max(days, found.get(table, 0))
    return {table: days for table, days in found.items() if table not in whole}


def _looked_back(rule: Rule) -> Iterable[tuple[str, int | None]]:
    when = rule.when
    if isinstance(when, StateCondition | StepCondition):
        return [(when.table, _SNAPSHOT_DAYS)] if when.table else []
    if isinstance(when, DateCondition):
        if when.table in ("holdings", "credit"):
            return [(when.table, _SNAPSHOT_DAYS)]
        days = rule.cool_down_days - when.from_days if when.column == "at" else None
        follows = [(when.unless.rows.table, 1 - when.from_days)] if when.unless else []
        return [(when.table, days), *follows]
    follow = getattr(when, "unless", None)
    tables = {*when.tables & _EVENTS, *({follow.rows.table} if follow else ())}
    return [(table, when.reach(rule.cool_down_days) + 1) for table in tables]


_EVENTS: Final = frozenset(
    {"transactions", "app_events", "contacts", "complaints", "attendance", "redemptions", "market"}
)


def _all_time(rules: Sequence[Rule]) -> frozenset[str]:
    return frozenset(rule.when.group for rule in rules if isinstance(rule.when, ReturnedCondition) and rule.when.exact)


def _key(event: Event) -> LeadKey:
    return event.trigger, event.customer_id, event.key
