"""What a feature is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Unit(StrEnum):
    """In what a feature is counted."""

    FEN = "fen"
    COUNT = "count"
    DAYS = "days"
    YEARS = "years"
    SHARE = "share"
    """A fraction, 0 to 1."""
    PER_DAY = "fen a day"
    """Slope of a sum or a count over days."""
    DAY_OF_MONTH = "day of the month"
    HOUR = "hour"
    """Of the day in the bank's zone, 0 to 24."""
    RATIO = "ratio"
    """Of two features with the same unit; 1 where they are equal."""
    FLAG = "flag"
    """1 yes, 0 no."""
    LEVEL = "level"
    """1 to 5, from C1 to C5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of the catalogue; NaN means not known, 0 known to be none."""

    name: str
    unit: Unit
    zh: str
    en: str
    lineage: tuple[str, ...]
    """The contract columns from which it is made, ``table.column``."""
    level: int = 2
    """JR/T 0197 level, 1 to 5."""
    grade: Literal["C1", "C2"] = "C1"
    """JR/T 0171 grade."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The contract's tables in its lineage, each once, in order."""
        return tuple(dict.fromkeys(column.split(".", maxsplit=1)[0] for column in self.lineage))
