"""What goes into a world and what comes out beside its tables."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from wealthloop.experiments import Arm

Trigger = Literal["large_inflow", "large_outflow", "deposit_maturing", "salary_idle", "dormant_login", "near_tier"]

CardOutcome = Literal[
    "claimed", "not_reached", "reached", "intent_high", "intent_medium", "intent_low", "appointment", "follow_up",
    "not_now", "wrong_product", "wrong_customer", "feedback",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStrategy:
    """A strategy that the bank ran before the platform came."""

    strategy_id: str
    version: int
    triggers: tuple[str, ...]
    """The events that it answers; a customer in several is planned for the first of them."""
    product_id: str | None
    channel: str
    daily_capacity: int
    """Contacts that may be planned a day, control included."""
    arms: tuple[Arm, ...]
    launched_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A contact planned in the bank's past: withheld from control, made with treatment."""

    day: date
    customer_id: str
    strategy_id: str
    version: int
    trigger: str
    arm: str
    treated: bool
    channel: str
    staff_id: str | None
    product_id: str | None
    contact_id: str | None
    """The row in ``contacts``; None where withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact that the platform made through a channel other than cards."""

    contact_id: str
    customer_id: str
    channel: str
    at: datetime
    """UTC aware, on the day that is played."""
    strategy_id: str | None = None
    product_id: str | None = None
    variant: str = "0"
    """Which wording; "0" is the standard one."""
    benefit_id: str | None = None
    """A benefit that is promised with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSeen:
    """A card as its RM sees it on the desk."""

    card_id: str
    customer_id: str
    staff_id: str
    strategy_id: str
    product_id: str | None
    state: Literal["new", "claimed", "follow_up"]
    position: int
    """Place in the order that the desk shows, from 0."""
    follow_up_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWork:
    """One thing that an RM did with a card."""

    card_id: str
    staff_id: str
    at: datetime
    """UTC aware."""
    outcome: CardOutcome
    note: str = ""
    follow_up_on: date | None = None
    code: str = ""
    """What the RM says of the card, a code of the platform's table; empty for nothing."""
    not_before: date | None = None
    """The day that the customer named with it."""
