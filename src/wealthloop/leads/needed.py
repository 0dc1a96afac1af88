"""Which columns of which tables rules read."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from wealthloop.bank import TABLES, storage_schema
from wealthloop.bank.converted import Cells
from wealthloop.features import SCHEMA as FEATURES
from wealthloop.features import describe
from wealthloop.insight import SCHEMA as PROFILES
from wealthloop.insight.told import PROFILE
from wealthloop.leads.derived import DERIVED
from wealthloop.leads.document import Rule
from wealthloop.leads.parts import Comparison, Part, Rows
from wealthloop.leads.sources import CUSTOMER, JOINED, LOSS, people_columns

_ALWAYS = frozenset({"customer_id", "at", "at_day", "amount", "position_id", "product_id"})
"""Read wherever the table has them and a rule reads the table: who, when, how much, of what."""
_NOT_READ = frozenset({"name", "mobile", "address_token"})


def columns_read(rules: Sequence[Rule]) -> Mapping[str, frozenset[str]]:
    """Return by table every column that rules read of it."""
    named = frozenset(name for rule in rules for name in _named(rule))
    return {name: frozenset(_of(name, named)) for name in TABLES}


def lineage(rule: Rule) -> tuple[str, ...]:
    """Return the contract columns (``table.column``) from which a rule's events and their evidence are made, sorted.

    Of the customer's row those behind each column of it; keys and times of rows, which every rule reads, left out.
    """
    named, read = frozenset(_named(rule)), columns_read([rule])
    own = {f"{table}.{column}" for table in rule.tables for column in read[table] - _ALWAYS}
    ours = {column.split(".", maxsplit=1)[1] for column in own}
    people = (named - ours) & people_columns()
    return tuple(sorted(own.union(*(_behind(column) for column in people))))


def _behind(column: str) -> frozenset[str]:
    """Return the contract columns behind a column of the customer's row."""
    if column in DERIVED:
        asked: set[str] = set()

        def people(name: str) -> Cells:
            asked.add(name)
            kind = PROFILES.field(name).type if name in PROFILES.names else FEATURES.field(name).type
            return pa.nulls(0, kind)

        DERIVED[column](people, 0)
        return frozenset[str]().union(*(_behind(name) for name in asked))
    if column in PROFILE:
        return frozenset(PROFILE[column][4])
    return frozenset(describe(column).lineage if column in FEATURES.names else (f"customers.{column}",))


def _of(table: str, named: frozenset[str]) -> Iterator[str]:
    prefix = next((one for one, joined in JOINED.items() if joined.table == table), None)
    for column in storage_schema(TABLES[table]).names:
        joined = prefix is not None and f"{prefix}.{column}" in named
        own = column in named and (prefix is not None or column not in _NOT_READ)
        if column in _ALWAYS or joined or own:
            yield column
    if table == "holdings" and LOSS in named:
        yield "unrealised_pnl"


def _named(rule: Rule) -> Iterator[str]:
    sources = (*rule.key, *rule.sources.values(), rule.expires or "month")
    names = [source.removeprefix(CUSTOMER) for source in sources]
    for part in (rule, rule.when):
        names += _within(part)
    for name in names:
        yield name
        if "." in name:
            yield JOINED[name.split(".", maxsplit=1)[0]].by


def _within(part: Part) -> Iterator[str]:
    """Yield the columns that a part of a rule and the parts in it name."""
    if isinstance(part, Comparison):
        yield from (column.removeprefix(CUSTOMER) for column in part.columns)
        return
    if isinstance(part, Rows):
        yield from part.where
        return
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name == "column":
            yield value
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Part):
                yield from _within(inner)
