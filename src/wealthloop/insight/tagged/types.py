"""What is said of one customer's tag."""

from dataclasses import dataclass
from datetime import date

from wealthloop.insight.types import Sourced, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A comparison that put a customer into a state, as it stands on the day."""

    fact: str
    value: float | str | None
    operator: str
    """``at_least``, ``above``, ``at_most``, ``below``, ``is_in``, ``known``."""
    threshold: float | str | bool | None
    """In the fact's unit; of ``is_in`` the words, joined by commas."""
    threshold_name: str | None
    holds: bool
    """Whether it holds on the day; a state that was entered earlier may be kept although it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A customer on the way out of a state: steps passed of those that are needed."""

    run: int
    patience: int
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A transition, as the nights saw it."""

    on: date
    tag: str
    before: str | None
    """The state before; None for a customer who came new."""
    after: str
    version: int
    digest: str
    redefined: bool
    """The definition changed in the same night."""
    why: Words
    facts: dict[str, float | str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A tag of a customer and what made it so."""

    tag: str
    title: Words
    value: str
    words: Words
    since: date | None
    """The first day on which it held; None: not known, before the first night that was kept."""
    version: int
    digest: str
    why: Words
    checks: tuple[Check, ...]
    facts: tuple[Sourced, ...]
    waiting: Waiting | None
    moves: tuple[Move, ...]
    """Newest first."""
