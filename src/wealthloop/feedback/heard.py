"""What codes say of a strategy's leads, by category and trigger: a shrunk multiple of its measured effect.

What a strategy's contacts add on average is measured by its own arms, and codes are no measurement of it. They tell
where within a strategy contacts were welcome. So a cell (category, trigger) is scored by its reached cards: 1 for one
that was called good, 0 for one that was called bad, a half for one of which nothing was said. Cells are shrunk to
their strategy's mean by the variance between them (empirical Bayes, normal with known variances; method of moments
of DerSimonian and Laird, Controlled Clinical Trials 7, 1986), divided by it, bounded, and scaled so that the
average over the reached cards stays one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.feedback.said import Said

LEAST_CARDS: Final = 20
"""Reached cards of a cell below which it is neither moved nor looked at."""
BOUNDS: Final = (0.5, 1.5)
"""The least and the most that codes may make of an effect."""

Cell = tuple[str, str, str]
"""Strategy, product category (empty where nothing is offered), trigger."""

_SCORES: Final = {"good": 1.0, "bad": 0.0}
_SILENT: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of one cell."""

    cards: int
    """Reached cards."""
    good: int
    bad: int
    mean: float
    """Mean score, 0 to 1."""
    shrunk: float
    multiple: float
    """Of the expected uplift."""


def heard(
    sayings: Iterable[Said], reached: Mapping[str, tuple[str, str, str]], category_of: Mapping[str, str]
) -> dict[Cell, Heard]:
    """Return what codes make of each cell that enough cards speak of; any other cell has the multiple one.

    Args:
        sayings: codes that count.
        reached: strategy, product and trigger of the cards on which a customer was reached, by card.
        category_of: each product's category; cards of unknown products are left out.
    """
    verdicts = _verdicts(sayings)
    scores: defaultdict[Cell, list[float]] = defaultdict(list)
    for card, (strategy, product, trigger) in reached.items():
        category = category_of.get(product) if product else ""
        if category is not None:
            scores[strategy, category, trigger].append(verdicts.get(card, _SILENT))
    enough = {cell: np.array(found) for cell, found in scores.items() if len(found) >= LEAST_CARDS}
    by_strategy: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in sorted(enough):
        by_strategy[cell[0]].append(cell)
    return {
        cell: one
        for cells in by_strategy.values()
        if len(cells) > 1
        for cell, one in zip(cells, _shrunk([enough[cell] for cell in cells]), strict=True)
    }


def _verdicts(sayings: Iterable[Said]) -> dict[str, float]:
    """Return the score of each card of which something was said; a bad word outweighs a good one."""
    found: dict[str, float] = {}
    for one in sayings:
        score = _SCORES.get(one.meaning.says)
        if score is not None:
            found[one.card_id] = min(score, found.get(one.card_id, score))
    return found


def _shrunk(cells: list[NDArray[np.float64]]) -> list[Heard]:
    """Return the cells of one strategy, each shrunk to their common mean."""
    n = np.array([len(cell) for cell in cells], dtype=np.float64)
    means = np.array([cell.mean() for cell in cells])
    centre = float(np.average(means, weights=n))
    within = float(sum(((cell - cell.mean()) ** 2).sum() for cell in cells) / (n.sum() - len(cells)))
    noise = within / n
    keep = _between(means, noise) / np.maximum(_between(means, noise) + noise, np.finfo(float).tiny)
    shrunk = centre + keep * (means - centre)
    ratio = np.clip(shrunk / centre, *BOUNDS) if centre > 0 else np.ones(len(cells))
    multiple = np.clip(ratio / np.average(ratio, weights=n), *BOUNDS)
    return [
        Heard(
            cards=len(cell), good=int((cell == 1.0).sum()), bad=int((cell == 0.0).sum()), mean=float(means[place]),
            shrunk=float(shrunk[place]), multiple=round(float(multiple[place]), 6),
        )
        for place, cell in enumerate(cells)
    ]  # fmt: skip


def _between(means: NDArray[np.float64], noise: NDArray[np.float64]) -> float:
    """Return the variance between true means, by the method of moments, at least 0; nought where nothing varies."""
    if not noise.all():
        return float(np.var(means, ddof=1))
    weight = 1.0 / noise
    centre = (weight * means).sum() / weight.sum()
    spread = (weight * (means - centre) ** 2).sum() - (len(means) - 1)
    return float(max(0.0, spread / (weight.sum() - (weight**2).sum() / weight.sum())))
