"""What is known of a version before its launch, on a page."""

from dataclasses import dataclass
from datetime import date, datetime

from wealthloop.strategies.parts import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """A table with what its numbers are from."""

    title: str
    source: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = ""
    """What is said where there are no rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrelaunchPage:
    """A version's sheet; ``tables`` is empty while none has been made."""

    strategy_id: str
    version: int
    name: Words
    state: str
    as_of: date | None
    """The last day whose facts the sheet counts."""
    made: str
    """On what occasion the sheet was made, and by whom."""
    made_at: datetime | None
    under_powered: bool
    reason: str
    """Why an under-powered test is made all the same."""
    value: str
    """What the whole plan of the first week is worth more with it."""
    alike: str
    """What customers like these did by themselves."""
    tables: tuple[SheetTable, ...]
