"""The panorama of one customer as a typed value."""

from dataclasses import dataclass
from datetime import date, datetime

from wealthloop.insight.tagged import Explained
from wealthloop.insight.types import (
    BalanceSeries,
    ComplaintLine,
    ContactLine,
    Happening,
    HoldingLine,
    Missing,
    PlanLine,
    Profile,
    Sourced,
    Tag,
    Words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Where the lines of a list come from; all rows of the customer known by then, shown or not, count."""

    table: str
    sources: tuple[str, ...]
    """``table.column``."""
    rows: int
    first_day: date | None
    last_day: date | None
    newest_known: datetime | None
    """When the bank learned the newest of the rows, UTC."""
    assumed: tuple[str, ...]
    """Those of ``sources`` that a mapping derived, assumed or set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A model's calibrated probability, 0 to 1."""

    model_id: str
    version: str
    value: Sourced
    flags: tuple[str, ...]
    """Health as of training."""
    trained_as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTag:
    """Information from outside, with the licence and the consent under which it is used."""

    tag: str
    value: str
    source: str
    licence: str
    consent_ref: str
    as_of: date
    known_at: datetime
    """UTC."""
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Information from outside that is there and must not be shown, and why."""

    tag: str
    source: str | None
    as_of: date
    why: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Panorama:
    """Everything known of one customer as of a day."""

    customer_id: str
    as_of: date
    profile: Profile
    profile_sources: tuple[Sourced, ...]
    """Every value of the profile with its provenance."""
    wallet: tuple[Sourced, ...]
    """Wealth here and elsewhere with its intervals; empty where none is at hand or too few can be compared."""
    wallet_basis: Words | None
    """In words, from what it is known."""
    tags: tuple[Tag, ...]
    """In short, for pages."""
    explained: tuple[Explained, ...]
    """In full; empty where only the profile is at hand."""
    features: tuple[Sourced, ...]
    """The catalogue; empty where only the profile is at hand."""
    scores: tuple[Score, ...]
    """By model; empty where no scores of the day are kept."""
    outside: tuple[OutsideTag, ...]
    withheld: tuple[Withheld, ...]
    days: tuple[date, ...]
    """The days of holdings at hand, at most 180, ascending."""
    aum: tuple[BalanceSeries, ...]
    """One series for each category ever held in those days, largest last balance first."""
    holdings: tuple[HoldingLine, ...]
    happenings: tuple[Happening, ...]
    """Newest first."""
    contacts: tuple[ContactLine, ...]
    complaints: tuple[ComplaintLine, ...]
    plans: tuple[PlanLine, ...]
    lists: tuple[Listed, ...]
    """Where the lines of ``aum``, ``holdings``, ``happenings``, ``contacts``, ``complaints``, ``plans`` come from."""
    missing: tuple[Missing, ...]
