"""What the plans of nights say of themselves: their worth, what they may have missed, and what they gave up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWorth:
    """Sums over nights, fen, all expected; None where a night does not say it, as nights of older code may not."""

    value: int | None
    """Incremental value of the plans before lotteries and control."""
    bound: int | None
    """No plans of the same options and capacities count for more, by the preference of channels."""
    objective: int | None
    """What the plans count for, to compare with ``bound``."""
    preference: int | None
    """Value given up to the preference of channels."""
    floors: int | None
    """Value given up for floors of branches and strategies."""
    exploration: int | None
    """Value that lotteries among near-best choices give up, as expected before each draw; it may be below 0."""
    drawn: int | None
    """Value that the same lotteries gave up as they were drawn."""
    lotteries: int | None

    @property
    def gap(self) -> int | None:
        """What the plans may have missed at most, fen as they count; floors are in it."""
        return None if self.bound is None or self.objective is None else self.bound - self.objective

    def share(self, part: int | None) -> float | None:
        """Return a part of the value as a fraction; None where either is unknown or there was no value."""
        return None if part is None or not self.value else part / self.value


_COUNTS: Final = {
    "value": "value_fen",
    "bound": "bound_fen",
    "objective": "objective_fen",
    "preference": "preference_cost_fen",
    "floors": "floor_cost_fen",
    "exploration": "exploration_cost_fen",
    "drawn": "exploration_drawn_cost_fen",
    "lotteries": "lotteries",
}
"""Where each stands among the counts of a night's plan."""


def plan_worth(nights: Sequence[Mapping[str, int]]) -> PlanWorth:
    """Add up what the plans of nights say, from the counts of each night's plan."""
    return PlanWorth(**{one.name: _sum([_said(night, one.name) for night in nights]) for one in fields(PlanWorth)})


def _said(night: Mapping[str, int], name: str) -> int | None:
    """Return what a night says of one thing; of floors it says nothing where its home has none: nothing was given."""
    none = 0 if name == "floors" and _COUNTS["value"] in night else None
    return night.get(_COUNTS[name], none)


def _sum(found: Sequence[int | None]) -> int | None:
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None
