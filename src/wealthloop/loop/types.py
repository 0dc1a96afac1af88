"""What a night works on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, day_of

Counts: TypeAlias = dict[str, int]
"""What a step counted, for the run's record."""

Progress: TypeAlias = Callable[[str], None]
"""Told the name of each step as it begins."""


Models: TypeAlias = Literal["all", "used"]
"""What a night trains, scores and looks for: all that is declared, or what running strategies name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night's fixed surroundings."""

    home: Home
    engine: Engine
    bank: BankTables
    run_id: str
    as_of: date
    begins: datetime
    """When its contacts may begin, UTC: every decision of the night is made for this instant."""
    now: datetime
    """The present instant, UTC, by which delivery goes."""
    models: Models = "all"

    @property
    def first_day(self) -> date:
        """The bank day on which its contacts begin."""
        return day_of(self.begins, self.home.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult:
    """What a night did."""

    run_id: str
    as_of: date
    steps: dict[str, Counts]
    seconds: float
    resumed: bool
    """Whether an earlier start of the same night had done part of it, or all."""
