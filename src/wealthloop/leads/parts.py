"""The parts of conditions: comparisons, rows that are counted, what undoes an event."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wealthloop.bank import TABLES
from wealthloop.leads.sources import JOINED, column_of, people_columns

Days: TypeAlias = Annotated[int, Field(ge=1, le=400)]
Percent: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
Code: TypeAlias = bool | str
EventTable: TypeAlias = Literal["transactions", "app_events", "contacts", "complaints", "attendance", "redemptions"]


class Part(BaseModel):
    """A part of a document: no key too many, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ByCode(Part):
    """A bound that depends on a code, such as the loss that a risk level bears."""

    column: str
    bounds: dict[str, int] = Field(min_length=1)


class Comparison(Part):
    """One comparison of a column; what is not known fails every comparison but ``missing``."""

    column: str
    any_of: tuple[Code, ...] = ()
    missing: bool | None = None
    at_least: int | ByCode | None = None
    under: int | None = None
    pct_of: str | None = None
    """The bounds are percentages of this column."""

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if not self.any_of and self.missing is None and self.at_least is None and self.under is None:
            raise ValueError(f"column {self.column}: needs one of any_of, missing, at_least, under")
        return self

    @property
    def columns(self) -> Iterator[str]:
        """The columns that are read."""
        yield self.column
        if self.pct_of is not None:
            yield self.pct_of
        if isinstance(self.at_least, ByCode):
            yield self.at_least.column


def refuse_columns(comparisons: tuple[Comparison, ...], table: str | None, *, path: str = "compare") -> None:
    """Refuse columns that the table (None: the customer's row) has not.

    Raises:
        ValueError: naming the column.
    """
    for place, one in enumerate(comparisons):
        for column in one.columns:
            known = column in people_columns() if table is None else column_of(table, column)
            if not known:
                raise ValueError(f"{path}.{place}: column {column} is not known of {table or 'the customer'}")


class Rows(Part):
    """Rows of a table of events that are counted together."""

    table: EventTable
    where: dict[str, tuple[Code, ...]] = {}
    """Values by column; ``product.category`` and the like look the product up."""
    sign: Literal[-1, 0, 1] = 0
    """1: amounts above zero only, -1: below zero only."""
    least: Annotated[int, Field(ge=0)] = 0
    """The smallest absolute amount of a row that counts, fen."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for column, codes in self.where.items():
            if not column_of(self.table, column):
                raise ValueError(f"where.{column}: not a column of {self.table}")
            allowed = _codes(self.table, column)
            for code in codes:
                if allowed and code not in allowed:
                    raise ValueError(f"where.{column}: {code} is not known, must be one of {', '.join(allowed)}")
        if (self.sign or self.least) and self.table != "transactions":
            raise ValueError(f"sign: {self.table} has no amount")
        return self

    @property
    def tables(self) -> frozenset[str]:
        """The table, and those that are looked up."""
        return frozenset({self.table, *(JOINED[name.split(".")[0]].table for name in self.where if "." in name)})


def _codes(table: str, column: str) -> tuple[str, ...]:
    if "." in column:
        prefix, column = column.split(".", maxsplit=1)
        table = JOINED[prefix].table
    return TABLES[table].column(column).codes


class Follow(Part):
    """Rows that undo an event when they follow it."""

    rows: Rows
    since: Literal["event", "window"] = "event"
    """From the instant of the event on, or from the first day of its window."""
    measure: Literal["sum", "count"] = "count"
    at_least: Annotated[int, Field(ge=1)] = 1
    pct: Percent | None = None
    """So much of the event's value instead of ``at_least``."""


class OfFact(Part):
    """A percentage of something known of the customer, which counts as 0 where it is not known."""

    column: str
    pct: Percent

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.column not in people_columns():
            raise ValueError(f"column: {self.column} is not known of the customer")
        return self


class Past(Part):
    """Against the mean of the customer's own days with such rows before."""

    days: Days
    least_days: Annotated[int, Field(ge=1, le=60)]
    rise_pct: Percent | None = None
    fall_pct: Annotated[int, Field(ge=1, le=99)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rise_pct is None) == (self.fall_pct is None):
            raise ValueError("rise_pct: give this or fall_pct, not both")
        return self


def looked_up(table: str | None, compare: tuple[Comparison, ...], *more: str) -> frozenset[str]:
    """Return a table and those that its comparisons look up."""
    names = [*more, *(column for one in compare for column in one.columns)]
    joined = {JOINED[prefix].table for prefix in (name.split(".")[0] for name in names) if prefix in JOINED}
    return frozenset(joined | ({table} if table else set()))
