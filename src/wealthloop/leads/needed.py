"""Which columns of which tables rules read."""

from collections.abc import Iterator, Mapping, Sequence

from wealthloop.bank import TABLES, storage_schema
from wealthloop.leads.document import Rule
from wealthloop.leads.parts import Comparison, Part, Rows
from wealthloop.leads.sources import CUSTOMER, JOINED, LOSS

_ALWAYS = frozenset({"customer_id", "at", "at_day", "amount", "position_id", "product_id"})
"""Read wherever the table has them and a rule reads the table: who, when, how much, of what."""
_NOT_READ = frozenset({"name", "mobile", "address_token"})


def columns_read(rules: Sequence[Rule]) -> Mapping[str, frozenset[str]]:
    """Return by table every column that rules read of it."""
    named = frozenset(name for rule in rules for name in _named(rule))
    return {name: frozenset(_of(name, named)) for name in TABLES}


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
