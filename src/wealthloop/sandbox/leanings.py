"""What life stage and market do to needs, and how people move from stage to stage: the world file as arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.bank.contract import CATEGORIES
from wealthloop.sandbox.draws import Floats
from wealthloop.sandbox.spec import WorldSpec

STAGES: Final = ("study", "single", "couple", "young_children", "grown_children", "retired")
AGES: Final = 121
"""Ages 0 to 120, in years."""
YEAR: Final = 365.25

Multiples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leanings:
    """Tables that hold for everybody."""

    share: Floats
    """How baseline purchases fall on categories, shape (n_categories,)."""
    stage: Multiples
    """Multiple of need by life stage, shape (n_stages, n_categories)."""
    regime: Multiples
    """Multiple of need by market regime, shape (n_regimes, n_categories)."""
    moving: Floats
    """Chance of leaving a stage on a day, by stage and age, shape (n_stages, AGES)."""
    moved: Floats
    """Running share of each stage among those that are gone to, shape (n_stages, AGES, n_stages)."""


def leanings_of(spec: WorldSpec) -> Leanings:
    """Return a world's tables."""
    appetite = spec.appetite
    daily, by_stage = _daily_moves(spec), {str(name): needs for name, needs in appetite.stage.items()}
    moving = daily.sum(axis=2)
    return Leanings(
        share=np.array([appetite.category_share.get(name, 0.0) for name in CATEGORIES]),
        stage=_multiples([by_stage.get(name, {}) for name in STAGES]),
        regime=_multiples([appetite.regime.get(name, {}) for name in spec.market.regimes]),
        moving=moving,
        moved=np.cumsum(daily, axis=2) / np.where(moving > 0, moving, 1.0)[:, :, None],
    )


def _multiples(rows: list[dict[str, float]]) -> Multiples:
    return np.array([[row.get(name, 1.0) for name in CATEGORIES] for row in rows], dtype=np.float32)


def _daily_moves(spec: WorldSpec) -> Floats:
    """Return the chance of each way on a day, shape (n_stages, AGES, n_stages)."""
    daily = np.zeros((len(STAGES), AGES, len(STAGES)))
    for move in spec.moves:
        ages = slice(move.from_age, move.until_age)
        chance = 1.0 - (1.0 - move.yearly) ** (1.0 / YEAR)
        daily[STAGES.index(move.start), ages, STAGES.index(move.to)] += chance
    return daily
