"""The benchmark: years in a bank with known truth."""

from dataclasses import dataclass

from wealthloop.reports.yeartable import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A policy's figure on the chart; places are percent of the chart's width."""

    label: str
    text: str
    low: float
    point: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """One metric of the policies under each other, on one scale that holds zero."""

    unit: str
    rows: tuple[Span, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The one number that matters, or a dash with the reason."""

    title: str
    text: str
    interval: str
    why: str
    incremental: bool
    """Whether to say so, because the title does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A table with what its columns are called."""

    heads: tuple[str, ...]
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLine:
    """One month of the platform's own reports against the truth."""

    month: int
    reported: str
    covering: str
    coverage: str
    """In %; a dash where nothing was reported."""
    place: float | None
    """The coverage as a length out of 100."""
    confirmed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSection:
    """One result."""

    key: str
    """Unlike that of any other result; for links within the page."""
    world: str
    version: int
    facts: tuple[str, ...]
    intervals: str
    """What the intervals are over."""
    headline: Headline
    second: Headline
    spans: Spans | None
    every: Titled
    loop: Titled | None
    months: tuple[MonthLine, ...]
    has_oracle: bool
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearsPage:
    """Every result, and what the policies do; ``unreadable`` says why there is none to show."""

    sections: tuple[YearSection, ...]
    jumps: tuple[tuple[str, str], ...]
    """(key, name) of every result, where there are several."""
    policies: tuple[tuple[str, str], ...]
    unreadable: str
