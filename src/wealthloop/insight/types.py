"""Values of insight that other rooms and the pages read."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AumBasis(StrEnum):
    """From what an AUM average is made."""

    DAILY = "daily"
    MONTH_END = "month_end"
    """Only month-end balances exist: the average is the newest month end's balance."""
    ASSUMED = "assumed"
    """A mapping set the balances; they are no fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A sentence for people, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """A value with where it comes from."""

    name: str
    words: Words
    value: float | str | bool | date | None
    """None: not known."""
    unit: str
    """``fen``, ``count``, ``days``, ``share`` and others of ``features.Unit``; ``text``, ``date``, ``hour``."""
    made_by: str
    """``feature NAME``, ``fact NAME``, ``tag NAME vN DIGEST``, ``model ID VERSION``, ``definition NAME``, ``table``."""
    sources: tuple[str, ...]
    """The contract columns from which it is made, ``table.column``."""
    as_of: date
    """The day whose end is the last that counts: of the night, or of the holdings where balances are meant."""
    assumed: tuple[str, ...]
    """Those of ``sources`` that a mapping derived, assumed or set: no facts of the bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What the platform says of a customer, and why."""

    kind: str
    """The tag of a definition (``tier``, ``rfm`` and others), ``suitability`` or ``relationship_manager``."""
    value: str
    words: Words
    why: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that cannot be said, and why."""

    what: str
    why: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSeries:
    """Balances of one product category, fen, one for each of the panorama's days."""

    category: str
    balances: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingLine:
    """A position held on the newest day; money in fen, ``rate`` a fraction a year."""

    product_id: str
    name: str | None
    category: str | None
    position_id: str | None
    balance: int
    rate: float | None
    start_date: date | None
    maturity_date: date | None
    redeemable_from: date | None
    unrealised_pnl: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A large transaction, or what a customer did in the app on one day; ``amount`` is signed, fen."""

    day: date
    source: str
    """``transaction`` or ``app``."""
    kind: str
    product_id: str | None
    product_name: str | None
    counterparty: str | None
    amount: int | None
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """A contact by the bank; ``at`` is an instant in UTC."""

    at: datetime
    day: date
    channel: str
    strategy_id: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintLine:
    """A complaint."""

    day: date
    channel: str | None
    topic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A standing plan; ``amount`` in fen each ``cycle``."""

    product_id: str
    product_name: str | None
    kind: str
    amount: int
    cycle: str | None
    started: date
    stopped: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One row of ``profiles``; money in fen, None means not known."""

    customer_id: str
    age: int | None
    tenure_days: int | None
    quiet_days: int | None
    tier: str
    tier_month: date | None
    tier_average: int | None
    next_tier: str | None
    next_tier_floor: int | None
    lifecycle: str
    life_stage: str
    aum: int | None
    aum_average: int | None
    aum_trend: float | None
    aum_day: date | None
    aum_basis: str | None
    available_now: int | None
    available_7d: int | None
    available_30d: int | None
    committed_30d: int | None
    overdraft_room: int | None
    staff_id: str | None
    branch_id: str | None
    suitability_level: str | None
    lowest_class: bool | None
    assessed_at: date | None
    valid_until: date | None
