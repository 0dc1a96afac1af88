"""Customers: the list, the panorama, the side panel."""

from dataclasses import dataclass
from datetime import date

from wealthloop.delivery.content import Bilingual
from wealthloop.insight import ContactLine, Happening, HoldingLine, Panorama, Tag, Words
from wealthloop.web.contexts.charts import Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRow:
    """A customer in the list of those in scope."""

    customer_id: str
    masked_name: str
    tier: str
    lifecycle: str
    life_stage: str
    aum_average: int | None
    available_now: int | None
    available_30d: int | None
    suitability_level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersPage:
    """The customers in scope, the largest first; ``total`` counts those that match."""

    query: str
    rows: tuple[BookRow, ...]
    total: int
    basis: str
    """From what the AUM is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPast:
    """A card of the past or present of a customer."""

    card_id: str
    on: date
    strategy: Bilingual
    action: Bilingual
    state: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What a customer has elsewhere, fen; both ends are None where there is no interval."""

    point: int
    low: int | None
    high: int | None
    """The interval holds the truth for 80 of 100 customers."""
    basis: Words
    verified_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    """A transition of a tag; ``before`` is None for a customer who came new."""

    on: date
    title: Words
    before: Words | None
    after: Words
    why: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """The panorama of one customer."""

    masked_name: str
    seen: Panorama
    elsewhere: Elsewhere | None
    moves: tuple[MoveLine, ...]
    """Newest first."""
    plot: Plot | None
    newest: tuple[Happening, ...]
    older: tuple[Happening, ...]
    cards: tuple[CardPast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePanel:
    """The short panorama beside an open card; ``seen`` is None where the customer is in another book now."""

    customer_id: str
    seen: Panorama | None
    tags: tuple[Tag, ...]
    """Those that the card itself does not show better."""
    plot: Plot | None
    holdings: tuple[HoldingLine, ...]
    happenings: tuple[Happening, ...]
    contacts: tuple[ContactLine, ...]
