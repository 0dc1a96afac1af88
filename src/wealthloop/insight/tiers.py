"""Tiers, as the definition ``tags/tier.yaml`` gives them, and the level that holds after each completed month."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.insight.columns import Integers
from wealthloop.insight.machines import FOLDER, Definition, State, Step, load_definition, walk

UNKNOWN: Final = "unknown"
_FACT: Final = "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A level of AUM (monthly daily average)."""

    name: str
    zh: str
    en: str
    floor: int
    """Fen, inclusive."""
    patience: int
    """Consecutive completed months below the floor after which a customer leaves the tier."""


DEFINITION: Final = load_definition(FOLDER / "tier.yaml")


def _tier(definition: Definition, state: State) -> Tier:
    """Read a tier from the transitions into its state at once, and out of it with patience."""
    into = [one for one in definition.transitions if one.to == state.name and one.patience == 1]
    floors = [definition.number(guard.at_least) for one in into for guard in one.when if guard.at_least is not None]
    patience = [one.patience for one in definition.transitions if state.name in one.start and one.patience > 1]
    return Tier(
        name=state.name, zh=state.zh, en=state.en, floor=round(min(floors, default=0)),
        patience=max(patience, default=1),
    )  # fmt: skip


TIERS: Final = tuple(_tier(DEFINITION, state) for state in DEFINITION.states if state.name != UNKNOWN)
"""Ascending by floor; the lowest floor is 0, and nobody falls below it."""


def levels(averages: Integers) -> Integers:
    """Run the state machine over completed months.

    A month whose average meets a higher level moves the customer up in the month after. ``patience`` months in a row
    below the level's floor move the customer down in the month after, to the best level that these months met. The
    first month at hand sets the first level.

    Args:
        averages: AUM averages in fen, oldest month first, shape (n_customers, n_months), n_months at least 1.

    Returns:
        The place in ``TIERS`` that holds after each month, same shape.
    """
    steps = [Step(clock="month", facts={_FACT: month.astype(np.float64)}) for month in averages.T]
    return np.ascontiguousarray(walk(DEFINITION, steps, size=len(averages)).states.T)


def tier(name: str) -> Tier | None:
    """Return a tier by name, None for ``unknown``."""
    return next((one for one in TIERS if one.name == name), None)


def next_tier(name: str) -> Tier | None:
    """Return the tier above, None above the highest and for ``unknown``."""
    names = [one.name for one in TIERS]
    place = names.index(name) + 1 if name in names else len(TIERS)
    return TIERS[place] if place < len(TIERS) else None
