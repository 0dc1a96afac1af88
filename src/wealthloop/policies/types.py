"""What the rules look at and what they answer: frozen values, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

Stage = Literal["plan", "claim"]
"""When a rule is asked: as a contact is planned, or inside the transaction that claims its intent."""

EVERY_CHANNEL: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A sentence for people, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One record of what a customer allowed or refused; the newest counts."""

    purpose: Literal["marketing", "personalisation"]
    channel: str
    """A channel, or ``*`` for all."""
    granted: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suitability:
    """The newest risk assessment of a customer; None where the bank gave no value."""

    level: str | None
    """C1 (most cautious) to C5."""
    lowest_class: bool | None
    assessed_at: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFacts:
    """The relationship manager of today."""

    staff_id: str
    qualified_for: frozenset[str] | None
    """Regimes that this person may sell (investment, insurance); None: the bank gave nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact that counts against caps."""

    contact_id: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that people at desks said of a customer, as a code of the feedback table."""

    code: str
    at: datetime
    category: str | None
    """Of the product that the card was about; None: not known, so that it speaks of every one."""
    not_before: date | None = None
    """The day before which the customer does not want to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules know of one customer. None means not known, and a rule that needs it says no."""

    customer_id: str
    zone: ZoneInfo
    """The customer's zone: hours and days of rules are counted in it."""
    found: bool = False
    """The customer stands in the bank's tables."""
    legal_block: str | None = None
    """deceased, incapacity or frozen; None with ``found``: no block."""
    consents: tuple[Consent, ...] | None = None
    """None: the bank has no consent table; empty: it has one without a record of this customer."""
    suitability: Suitability | None = None
    assessed_on: tuple[date, ...] = ()
    """Days of all known assessments."""
    needs_analysis_on: date | None = None
    """Day of an insurance needs and affordability analysis."""
    born_by: date | None = None
    """Birth date, or the first day of the birth year: the customer is at most this old."""
    bound: frozenset[str] | None = None
    """Channels on which the customer has an address; None: the bank has no table of addresses."""
    staff: StaffFacts | None = None
    opt_outs: frozenset[str] | None = None
    """Channels refused here, ``*`` for all; None: could not be read."""
    contacts: tuple[Contact, ...] | None = None
    """Contacts that count against caps; None: could not be read."""
    told: tuple[Told, ...] | None = None
    """What people at desks said; None: could not be read."""
    stopped: bool | None = None
    """The global stop is on; None: could not be read."""

    def day(self, now: datetime) -> date:
        """Return the day of an instant in the customer's zone."""
        return now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """A product as the rules need it; None means that the bank gave no value."""

    product_id: str
    category: str
    regime: str | None
    """deposit, investment or insurance."""
    issuer_risk: str | None = None
    seller_risk: str | None = None
    private: bool | None = None
    on_sale_from: date | None = None
    on_sale_to: date | None = None
    """None with a known beginning: open-ended."""
    contract_figures: frozenset[str] | None = None
    """Percentages that stand in its contract, such as ``2.5%``; no table of the bank gives them yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``count`` contacts in any ``days`` days of the customer's clock, over these channels together."""

    channels: frozenset[str]
    """Channels, or ``*`` for all."""
    count: int
    days: int

    def covers(self, channel: str) -> bool:
        """Say whether a contact on this channel counts."""
        return EVERY_CHANNEL in self.channels or channel in self.channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who wrote and who approved the document under which a contact leaves."""

    author: str
    approved_by: str
    content_hash: str
    """Of the document under which the contact was planned."""
    approved_hash: str
    """Of the document that was approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One contact that somebody wants to make. None means not known, and a rule that needs it says no."""

    strategy_id: str
    channel: str
    product: ProductFacts | None
    """None: nothing is pitched."""
    personalised: bool
    """Scores or customer data chose the content."""
    commercial: bool
    """False: a service message; with a product or a benefit it counts as commercial all the same."""
    not_after: date
    caps: tuple[Cap, ...] = ()
    """The strategy's own caps: they can only tighten."""
    running: bool | None = None
    """The strategy version is running, read just now."""
    approval: Approval | None = None
    approved_categories: frozenset[str] | None = None
    """Product categories that the approved document names."""
    benefit_id: str | None = None
    gift_on: frozenset[str] | None = None
    """Product categories of which something must be bought, begun or kept to get a benefit or an incentive."""
    closing: str | None = None
    """Where a sale would be closed: branch_recording, appointment or app."""
    uses_credit: bool | None = None
    """Overdraft or card room entered the action's value, amount or words."""
    invites_assessment: bool = False
    """The contact invites to a risk assessment."""
    consent_on_file: bool | None = None
    """The consent under which the contact was planned is written down with it; needed at claim time."""
    texts: tuple[str, ...] | None = None
    """The very words that leave, one text a language; needed where a channel's content is ruled, at claim time."""

    @property
    def carries_offer(self) -> bool:
        """Whether this counts as commercial."""
        return self.commercial or self.product is not None or self.benefit_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """One rule's answer, with what it looked at."""

    rule_id: str
    allowed: bool
    reason: Text
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of all rules that were asked."""

    allowed: bool
    hits: tuple[RuleHit, ...]

    @property
    def blocking(self) -> tuple[RuleHit, ...]:
        """The rules that say no, in the pack's order."""
        return tuple(hit for hit in self.hits if not hit.allowed)

    @property
    def reason_code(self) -> str:
        """The ids of the rules that say no, joined with commas; empty when allowed."""
        return ",".join(hit.rule_id for hit in self.blocking)
