"""A bank whose truth is known: it makes customers, markets, RMs and responses, and shows only the bank's tables."""

from wealthloop.sandbox.spec import WorldSpec, load_world
from wealthloop.sandbox.types import CardOutcome, CardSeen, CardWork, Contact, PastDecision, RunningStrategy, Trigger
from wealthloop.sandbox.world import DAILY_HOLDINGS, World

__all__ = [
    "DAILY_HOLDINGS",
    "CardOutcome",
    "CardSeen",
    "CardWork",
    "Contact",
    "PastDecision",
    "RunningStrategy",
    "Trigger",
    "World",
    "WorldSpec",
    "load_world",
]
