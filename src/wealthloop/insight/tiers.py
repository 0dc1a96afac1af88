"""Tiers as data, and the state machine that moves customers between them by their completed months."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.insight.columns import Integers

UNKNOWN: Final = "unknown"


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


TIERS: Final = (
    Tier(name="mass", zh="大众", en="mass", floor=0, patience=3),
    Tier(name="affluent", zh="富裕", en="affluent", floor=50_000_00, patience=3),
    Tier(name="wealth", zh="财富", en="wealth", floor=500_000_00, patience=3),
    Tier(name="pre_private", zh="准私行", en="pre-private", floor=2_000_000_00, patience=3),
    Tier(name="private", zh="私行", en="private", floor=6_000_000_00, patience=6),
)
"""Ascending by floor; the lowest floor is 0."""

_FLOORS: Final = np.array([tier.floor for tier in TIERS], dtype=np.int64)
_PATIENCE: Final = np.array([tier.patience for tier in TIERS], dtype=np.int64)


def met(averages: Integers) -> Integers:
    """Return the place in ``TIERS`` of the highest floor that each average meets, same shape as ``averages``.

    Example:
        >>> met(np.array([0, 49_999_99, 50_000_00, 7_000_000_00])).tolist()
        [0, 0, 1, 4]
    """
    return np.maximum(np.searchsorted(_FLOORS, averages, side="right") - 1, 0)


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
    reached = met(averages)
    after = np.empty_like(reached)
    level = reached[:, 0].copy()
    below = np.zeros_like(level)
    best = np.zeros_like(level)
    for month in range(reached.shape[1]):
        now = reached[:, month]
        short = now < level
        below = np.where(short, below + 1, 0)
        best = np.where(short, np.maximum(best, now), 0)
        falls = below >= _PATIENCE[level]
        level = np.where(falls, best, np.maximum(level, now))
        below = np.where(falls, 0, below)
        best = np.where(falls, 0, best)
        after[:, month] = level
    return after


def tier(name: str) -> Tier | None:
    """Return a tier by name, None for ``unknown``."""
    return next((one for one in TIERS if one.name == name), None)


def next_tier(name: str) -> Tier | None:
    """Return the tier above, None above the highest and for ``unknown``."""
    names = [one.name for one in TIERS]
    place = names.index(name) + 1 if name in names else len(TIERS)
    return TIERS[place] if place < len(TIERS) else None
