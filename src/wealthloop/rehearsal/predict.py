"""The numbers that a launch is held to later, each with how far it may be out."""

from collections.abc import Sequence
from math import hypot, sqrt
from typing import Final, Literal

import numpy as np

from wealthloop.loop.plan import Planned
from wealthloop.rehearsal.types import Alike, Power, Predicted
from wealthloop.reports.criterion import Criterion

LEAST_SPREAD: Final = 0.25
"""The standard deviation of a count from week to week, at least, as its share (assumed, until forecasts are scored)."""
_Z95: Final = 1.959963984540054

Week = Literal["first_week", "later_week"]


def counts_of(week: Week, planned: Sequence[Planned], channels: Sequence[str]) -> tuple[Predicted, ...]:
    """Return what a week's plan foretells: customers who enter, and contacts by channel, at full width."""
    customers = len(units_of_plan(planned))
    by_channel = {name: sum(one.option.possible.channel == name for one in planned) for name in channels}
    return (
        _count(f"units_{week}", customers, week),
        *(_count(f"contacts_{week}/{name}", found, week) for name, found in by_channel.items()),
    )


def units_of_plan(planned: Sequence[Planned]) -> frozenset[str]:
    """Return the customers whom a plan makes units: not those whom a standing experiment withholds."""
    return frozenset(one.option.customer_id for one in planned if one.held_by is None)


def audience_forecast(audience: int, alike: Alike | None) -> Predicted:
    """Return how many customers the audience will have: as many as now, out by what it has moved since a past day."""
    moved = 0 if alike is None else abs(audience - alike.audience)
    return Predicted(
        name="audience", expected=float(audience), sd=max(sqrt(audience), float(moved), 1.0), basis="audience"
    )


def days_forecast(power: Sequence[Power]) -> tuple[Predicted, ...]:
    """Return how many days each arm needs; none for one that never gets there."""
    return tuple(
        Predicted(name=f"days/{one.arm}", expected=days, sd=LEAST_SPREAD * days, basis="power")
        for one in power
        if (days := one.needed_days) is not None
    )


def effect_forecast(planned: Sequence[Planned], criterion: Criterion) -> tuple[Predicted, ...]:
    """Return what a contact is expected to add in the criterion's unit; none where nothing is planned.

    The spread is that of the average effect, the same for all: its errors are one error.
    """
    if not planned:
        return ()
    unit = np.array([one.option.amount if criterion.metric == "amount" else 1.0 for one in planned])
    uplift = np.array([one.option.uplift for one in planned])
    width = np.array([one.option.uplift_high - one.option.uplift_low for one in planned])
    known = any(one.option.model_version for one in planned)
    return (
        Predicted(
            name="effect",
            expected=float((uplift * unit).mean()),
            sd=float((width * unit).mean()) / (2 * _Z95),
            basis="measured" if known else "prior",
        ),
    )


def control_forecast(alike: Alike | None) -> tuple[Predicted, ...]:
    """Return what control will do: as customers like these did by themselves; none where nobody is known."""
    if alike is None:
        return ()
    spread = hypot((alike.high - alike.low) / (2 * _Z95), LEAST_SPREAD * alike.mean)
    return (Predicted(name="control", expected=alike.mean, sd=spread, basis="alike"),)


def _count(name: str, found: int, week: Week) -> Predicted:
    return Predicted(
        name=name, expected=float(found), sd=max(hypot(sqrt(found), LEAST_SPREAD * found), 1.0), basis=week
    )
