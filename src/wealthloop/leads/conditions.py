"""The kinds of conditions: a small set, each general; what a rule looks for is data."""

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from wealthloop.features import GROUPS
from wealthloop.leads.parts import Comparison, Days, Follow, OfFact, Part, Past, Rows, looked_up, refuse_columns
from wealthloop.leads.sources import date_column, number_column

SnapshotTable: TypeAlias = Literal["holdings", "credit"]
RowTable: TypeAlias = Literal[
    "holdings", "credit", "plans", "book_assignments", "suitability", "complaints", "attendance", "redemptions",
    "contacts", "customers",
]  # fmt: skip
Look: TypeAlias = Annotated[int, Field(ge=1, le=60)]
"""Days on which an occurrence is still found: rows that the bank learns late have so long."""

_GROUPS: Final = frozenset(group.name for group in GROUPS)


class Kind(Part):
    """What every kind of condition says of itself."""

    @property
    def source_table(self) -> str | None:
        """The table whose columns its events have; None: none."""
        return None

    @property
    def more_sources(self) -> tuple[str, ...]:
        """Values that its events have because of what it asks for."""
        return ()


class FlowCondition(Kind):
    """Rows of the last days, measured on each day that has one."""

    kind: Literal["flow"]
    rows: Rows
    window_days: Days = 1
    measure: Literal["sum", "count", "days", "max"] = "sum"
    """``max`` is the day's largest row, whatever the window."""
    at_least: Annotated[int, Field(ge=1)] = 1
    of: OfFact | None = None
    under: OfFact | None = None
    """The value must lie under a percentage of something that is known of the customer."""
    past: Past | None = None
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    """Only on days of these months; none: on every day."""
    group: Literal["product_id"] | None = None
    """Rows are measured apart by this column."""
    newest_only: bool = False
    """Of the days that are looked at only the customer's newest counts."""
    wait_days: Annotated[int, Field(ge=0, le=90)] = 0
    """Days that must have passed since."""
    look_days: Look
    unless: Follow | None = None

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if self.past is not None and (self.window_days != 1 or self.measure != "sum"):
            raise ValueError("past: compares the sums of single days, window_days must be 1 and measure sum")
        return self

    @property
    def more_sources(self) -> tuple[str, ...]:
        """Values that its events have because of what it asks for."""
        product = ("product_id", "product.name", "product.category") if self.group else ()
        return (*product, *(("followed",) if self.unless else ()), *(("past",) if self.past else ()))

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        products = frozenset({"products"} if self.group else ())
        return self.rows.tables | products | (self.unless.rows.tables if self.unless else frozenset())

    def reach(self, cool_down: int) -> int:
        """Return how many days back the rows of an evaluation lie at most."""
        past = self.past.days if self.past else 0
        return self.wait_days + self.look_days + cool_down + max(self.window_days, past + 1)


class StoppedCondition(Kind):
    """Rows that came on several days and come no more."""

    kind: Literal["stopped"]
    rows: Rows
    window_days: Days
    """Before and with the last day, in which the days are counted."""
    least_days: Annotated[int, Field(ge=2, le=60)]
    silence_days: Days
    look_days: Look

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        return self.rows.tables

    def reach(self, cool_down: int) -> int:
        """Return how many days back the rows of an evaluation lie at most."""
        return self.window_days + self.silence_days + self.look_days + cool_down


class ReturnedCondition(Kind):
    """A row after a long silence, or the first of all."""

    kind: Literal["returned"]
    group: str
    """One of the features' groups of rows."""
    silence_days: Days
    exact: bool = False
    """The row before is looked for over all time, so that the evidence says how long the silence was."""
    ever: bool = False
    """The first of all counts for those whose account is younger than the silence, too."""
    look_days: Look

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.group not in _GROUPS:
            raise ValueError(f"group: {self.group} is not known, must be one of {', '.join(sorted(_GROUPS))}")
        return self

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        return frozenset(group.table for group in GROUPS if group.name == self.group)

    def reach(self, cool_down: int) -> int:
        """Return how many days back the rows of an evaluation lie at most."""
        return self.silence_days + self.look_days + cool_down


class StateCondition(Kind):
    """Comparisons of the customer's row, or of each row that the customer has now in a table."""

    kind: Literal["state"]
    table: SnapshotTable | None = None
    compare: tuple[Comparison, ...] = ()
    last_days_of_month: Annotated[int, Field(ge=1, le=31)] | None = None
    """Only on so many last days of a month."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        refuse_columns(self.compare, self.table)
        return self

    @property
    def source_table(self) -> str | None:
        """The table whose columns its events have; None: none."""
        return self.table

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        return looked_up(self.table, self.compare)


class DateCondition(Kind):
    """A date in a row that comes near or has just passed."""

    kind: Literal["date"]
    table: RowTable
    column: str
    compare: tuple[Comparison, ...] = ()
    from_days: Annotated[int, Field(ge=-90, le=90)]
    """Days from the day of the search to the date, inclusive; negative: it has passed."""
    to_days: Annotated[int, Field(ge=-90, le=90)]
    yearly: bool = False
    """The date's anniversaries."""
    unless: Follow | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        refuse_columns(self.compare, self.table)
        if not date_column(self.table, self.column):
            raise ValueError(f"column: {self.column} is no date of {self.table}")
        if self.from_days > self.to_days:
            raise ValueError(f"from_days == {self.from_days}, must not be after to_days == {self.to_days}")
        if self.to_days > 0 and self.unless is not None:
            raise ValueError("unless: nothing can have followed a date that has not come")
        return self

    @property
    def source_table(self) -> str | None:
        """The table whose columns its events have; None: none."""
        return self.table

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        followed: frozenset[str] = self.unless.rows.tables if self.unless else frozenset()
        return looked_up(self.table, self.compare, self.column) | followed


class StepCondition(Kind):
    """A value of a position or a credit line against the same some days before."""

    kind: Literal["step"]
    table: SnapshotTable
    column: str
    back_days: Annotated[int, Field(ge=1, le=60)]
    rise: Annotated[int, Field(ge=1)]
    """In the column's unit; of a date, days."""
    rise_pct: Annotated[int, Field(ge=0, le=1000)] = 0
    compare: tuple[Comparison, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        refuse_columns(self.compare, self.table)
        if not number_column(self.table, self.column):
            raise ValueError(f"column: {self.column} is no number or date of {self.table}")
        return self

    @property
    def source_table(self) -> str | None:
        """The table whose columns its events have; None: none."""
        return self.table

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        return looked_up(self.table, self.compare)


class MarketCondition(Kind):
    """A series of the market that has fallen; it is an event of every customer that the rule's comparisons name."""

    kind: Literal["market"]
    series: str
    back_days: Annotated[int, Field(ge=1, le=60)]
    fall_pct: Annotated[int, Field(ge=1, le=99)]
    look_days: Look

    @property
    def tables(self) -> frozenset[str]:
        """What it reads."""
        return frozenset({"market"})

    def reach(self, cool_down: int) -> int:
        """Return how many days back the values of an evaluation lie at most."""
        return self.look_days + cool_down + 2 * self.back_days


Condition: TypeAlias = (
    FlowCondition
    | StoppedCondition
    | ReturnedCondition
    | StateCondition
    | DateCondition
    | StepCondition
    | MarketCondition
)
