"""A bank whose truth is known: it makes customers, markets, RMs and responses, and shows only the bank's tables."""

from wealthloop.sandbox.arrays import Actions, DayEvents, Made, Seen
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.spec import WorldSpec
from wealthloop.sandbox.types import CardOutcome, CardSeen, CardWork, Contact, PastDecision, RunningStrategy, Trigger
from wealthloop.sandbox.world import DAILY_HOLDINGS, World
from wealthloop.sandbox.worldfile import load_world, shipped_worlds

__all__ = [
    "DAILY_HOLDINGS",
    "Actions",
    "CardOutcome",
    "CardSeen",
    "CardWork",
    "Contact",
    "DayEvents",
    "Floats",
    "Ints",
    "Made",
    "Mask",
    "PastDecision",
    "RunningStrategy",
    "Seen",
    "Trigger",
    "World",
    "WorldSpec",
    "load_world",
    "shipped_worlds",
]
