"""Which columns and values there are: of the customer's row, of tables and what they look up, of each condition."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from wealthloop.bank import TABLES, Kind
from wealthloop.features import SCHEMA as FEATURES
from wealthloop.insight import SCHEMA as PROFILES
from wealthloop.leads.derived import DERIVED

CUSTOMER: Final = "customer."
"""The prefix of a column of the customer's row where another table is meant without it."""

LOSS: Final = "loss"
"""A column of holdings that is worked out: what a position has lost, fen, 0 where it has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A table that a row names one row of."""

    table: str
    by: str


JOINED: Final = {
    "product": Joined(table="products", by="product_id"),
    "benefit": Joined(table="benefits", by="benefit_id"),
    "activity": Joined(table="activities", by="activity_id"),
}
"""Prefixes under which the columns of what a row names are read, such as ``product.category``."""

_OWN: Final[dict[str, tuple[str, ...]]] = {
    "flow": ("day", "month", "value", "sum", "count", "max"),
    "stopped": ("day", "month", "last", "days", "mean"),
    "returned": ("day", "month", "quiet", "previous"),
    "state": ("day", "month", "span"),
    "date": ("day", "month", "date", "years", "passed"),
    "step": ("day", "month", "before", "now"),
    "market": ("day", "month", "series", "before", "now", "fall"),
}
"""Values that a kind of condition gives beside the columns of its rows."""


@lru_cache(maxsize=1)
def people_columns() -> frozenset[str]:
    """Return the columns of the customer's row: profile, features, the table of customers, and what is worked out."""
    own = {column.name for column in TABLES["customers"].columns}
    return frozenset({*PROFILES.names, *FEATURES.names, *own, *DERIVED})


def column_of(table: str, column: str) -> bool:
    """Say whether rows of a table have a column, of their own, looked up or of their customer."""
    if column.startswith(CUSTOMER):
        return column.removeprefix(CUSTOMER) in people_columns()
    own = {one.name for one in TABLES[table].columns}
    if "." in column:
        prefix, name = column.split(".", maxsplit=1)
        joined = JOINED.get(prefix)
        return joined is not None and joined.by in own and _has(joined.table, name)
    return column in own or (table == "holdings" and column == LOSS)


def date_column(table: str, column: str) -> bool:
    """Say whether a column holds days (of an event's instant ``at`` its bank day counts)."""
    kind = _kind_of(table, column)
    return kind is Kind.DAY or (column == "at" and kind is Kind.INSTANT)


def number_column(table: str, column: str) -> bool:
    """Say whether a column holds numbers or days."""
    return _kind_of(table, column) in (Kind.DAY, Kind.MONEY, Kind.NUMBER, Kind.INTEGER)


def _kind_of(table: str, column: str) -> Kind | None:
    if not column_of(table, column) or column.startswith(CUSTOMER):
        return None
    if "." in column:
        prefix, column = column.split(".", maxsplit=1)
        table = JOINED[prefix].table
    return Kind.MONEY if column == LOSS else TABLES[table].column(column).kind


def known_source(source: str, *, kind: str, table: str | None, more: tuple[str, ...] = ()) -> bool:
    """Say whether a value is known of the events of a kind of condition over a table."""
    if source.startswith(CUSTOMER):
        return source.removeprefix(CUSTOMER) in people_columns()
    if source in _OWN[kind] or source in more:
        return True
    return table is not None and column_of(table, source)


def sources_of(kind: str, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the values of a kind of condition beside columns."""
    return (*_OWN[kind], *more)


def _has(table: str, name: str) -> bool:
    return any(column.name == name for column in TABLES[table].columns)
