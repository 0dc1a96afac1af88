"""Lift with interval, the bank by day, purchases that win cards; every number says what it is and as of when.

Functions that read the state plane stand in their modules (``lift``, ``past``), because this room's values are
imported before Django is set up.
"""

from wealthloop.reports.types import (
    ArmEffect,
    ArmReport,
    Check,
    PendingEffect,
    Series,
    StrategyReport,
    effects_json,
    pending_json,
)

__all__ = [
    "ArmEffect",
    "ArmReport",
    "Check",
    "PendingEffect",
    "Series",
    "StrategyReport",
    "effects_json",
    "pending_json",
]
