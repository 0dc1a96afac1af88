"""What codes say of a strategy's leads, by category and trigger: a shrunk multiple of its measured effect.

What a strategy's contacts add on average is measured by its own arms, and codes are no measurement of it. They tell
where within a strategy contacts were welcome. So a cell (category, trigger) is scored by its reached cards: 1 for one
that was called good, 0 for one that was called bad, a half for one of which nothing was said. Cells are shrunk to
their strategy's mean by the variance between them (empirical Bayes, normal with known variances; method of moments
of DerSimonian and Laird, Controlled Clinical Trials 7, 1986), divided by it, bounded, and scaled so that the
average over the reached cards stays one.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.feedback.said import Scores

LEAST_CARDS: Final = 20
"""Reached cards of a cell below which it is neither moved nor looked at."""
BOUNDS: Final = (0.5, 1.5)
"""The least and the most that codes may make of an effect."""

Cell = tuple[str, str, str]
"""Strategy, product category (empty where nothing is offered), trigger."""

_SCORES: Final = (1.0, 0.0, 0.5)
"""Of a card that was called good, of one that was called bad, and of one of which nothing was said."""


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


def heard(said: Mapping[tuple[str, str, str], Scores], category_of: Mapping[str, str]) -> dict[Cell, Heard]:
    """Return what codes make of each cell that enough cards speak of; any other cell has the multiple one.

    Args:
        said: of the reached cards, by strategy, product and trigger.
        category_of: each product's category; cards of unknown products are left out.
    """
    cells: defaultdict[Cell, Scores] = defaultdict(Scores)
    for (strategy, product, trigger), scores in said.items():
        category = category_of.get(product) if product else ""
        if category is not None:
            cells[strategy, category, trigger] += scores
    by_strategy: defaultdict[str, dict[Cell, NDArray[np.float64]]] = defaultdict(dict)
    for cell, scores in sorted(cells.items(), key=itemgetter(0)):
        found = np.repeat(_SCORES, (scores.good, scores.bad, scores.silent))
        if found.size >= LEAST_CARDS:
            by_strategy[cell[0]][cell] = found
    return {
        cell: one
        for enough in by_strategy.values()
        if len(enough) > 1
        for cell, one in zip(enough, _shrunk(list(enough.values())), strict=True)
    }


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
