"""What may be done with a card in which state, as a table of data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from wealthloop.delivery.models import CardState


class Outcome(StrEnum):
    """What somebody did with a card; ``won`` is found by itself in the transactions."""

    CLAIMED = "claimed"
    NOT_REACHED = "not_reached"
    REACHED = "reached"
    INTENT_HIGH = "intent_high"
    INTENT_MEDIUM = "intent_medium"
    INTENT_LOW = "intent_low"
    APPOINTMENT = "appointment"
    FOLLOW_UP = "follow_up"
    NOT_NOW = "not_now"
    WRONG_PRODUCT = "wrong_product"
    WRONG_CUSTOMER = "wrong_customer"
    FEEDBACK = "feedback"
    """Something is said of the card, and nothing else changes."""
    WON = "won"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an outcome asks for, and what it changes beside the state."""

    attempt: bool = False
    """Counts as an attempt to reach the customer."""
    needs_date: bool = False
    intent_level: str = ""


ATTEMPTS: Final = 3
"""Attempts to reach a customer inside one card; together they count as one contact."""

RULES: Final[Mapping[Outcome, Rule]] = MappingProxyType(
    {
        Outcome.CLAIMED: Rule(),
        Outcome.NOT_REACHED: Rule(attempt=True),
        Outcome.REACHED: Rule(attempt=True),
        Outcome.INTENT_HIGH: Rule(intent_level="high"),
        Outcome.INTENT_MEDIUM: Rule(intent_level="medium"),
        Outcome.INTENT_LOW: Rule(intent_level="low"),
        Outcome.APPOINTMENT: Rule(needs_date=True),
        Outcome.FOLLOW_UP: Rule(needs_date=True),
        Outcome.NOT_NOW: Rule(),
        Outcome.WRONG_PRODUCT: Rule(),
        Outcome.WRONG_CUSTOMER: Rule(),
        Outcome.FEEDBACK: Rule(),
        Outcome.WON: Rule(),
    }
)

_WORKED: Final = {
    Outcome.NOT_REACHED: None,
    Outcome.REACHED: None,
    Outcome.INTENT_HIGH: None,
    Outcome.INTENT_MEDIUM: None,
    Outcome.INTENT_LOW: None,
    Outcome.APPOINTMENT: CardState.FOLLOW_UP,
    Outcome.FOLLOW_UP: CardState.FOLLOW_UP,
    Outcome.NOT_NOW: CardState.CLOSED,
    Outcome.WRONG_PRODUCT: CardState.CLOSED,
    Outcome.WRONG_CUSTOMER: CardState.CLOSED,
    Outcome.FEEDBACK: None,
    Outcome.WON: CardState.WON,
}

TRANSITIONS: Final[Mapping[CardState, Mapping[Outcome, CardState | None]]] = MappingProxyType(
    {
        CardState.NEW: {Outcome.CLAIMED: CardState.CLAIMED, Outcome.WON: CardState.WON},
        CardState.CLAIMED: _WORKED,
        CardState.FOLLOW_UP: _WORKED,
        CardState.EXPIRED: {Outcome.FEEDBACK: None, Outcome.WON: CardState.WON},
        CardState.WON: {Outcome.FEEDBACK: None},
        CardState.CLOSED: {Outcome.FEEDBACK: None},
    }
)
"""State, outcome, next state; None stays. An expired card is won by a purchase of its time that is learned later."""

OPEN: Final = (CardState.NEW, CardState.CLAIMED, CardState.FOLLOW_UP)
"""The states of a card that somebody may still work on."""


def outcomes(state: str) -> tuple[Outcome, ...]:
    """Return what a person may record of a card in this state, in the order of the desk's keys.

    What is said of a card beside its outcomes is not among them.
    """
    possible = TRANSITIONS[CardState(state)]
    return tuple(outcome for outcome in possible if outcome not in (Outcome.FEEDBACK, Outcome.WON))
