"""How unequal what people have is, and who has reason to envy a colleague: pure functions over desks and contacts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.reports.fairness import Contact, Desk, Held, holder

MARGIN: Final = 0.10
"""By how much more a colleague's card must be worth to be envied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How unequal a figure is among desks that had room."""

    desks: int
    gini: float | None
    """0: all have as much, towards 1: one has all; None where nothing, or less than nothing, is there to divide."""
    ninety_to_ten: float | None
    """The 90th percentile by the 10th; None where the 10th is not above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envy:
    """A relationship manager whose cards are worth less than a colleague's of the same branch, at no less load."""

    staff_id: str
    envied: str
    own_per_card: float
    envied_per_card: float
    movable: int
    """Cards of the colleague whose customers are in no book, or in another one: a plan might have placed them anew."""
    beyond_one: bool
    """Envy is left when the best movable card is taken away (EF1 fails). Never where no card is movable."""


def spread(figures: Sequence[float]) -> Spread:
    """Return how unequal figures are.

    The Gini coefficient is the mean absolute difference of two of them by twice their mean, every pair with itself
    counted (Gini 1912). Percentiles lie linearly between the ordered figures.

    Example:
        >>> spread([1, 1, 1, 5])
        Spread(desks=4, gini=0.375, ninety_to_ten=3.8)
    """
    ordered = np.sort(np.array(figures, dtype=np.float64))
    total = float(ordered.sum())
    gini = None
    if ordered.size and ordered[0] >= 0 and total > 0:
        places = np.arange(1, ordered.size + 1)
        gini = float(2 * (places @ ordered) / (ordered.size * total) - (ordered.size + 1) / ordered.size)
    low, high = np.percentile(ordered, [10, 90]) if ordered.size else (0.0, 0.0)
    return Spread(desks=ordered.size, gini=gini, ninety_to_ten=float(high / low) if low > 0 else None)


def envy(
    several: Iterable[Desk], contacts: Iterable[Contact], held: Mapping[str, Held], *, margin: float = MARGIN
) -> list[Envy]:
    """Return each manager who envies a colleague, with the colleague whose cards are worth the most.

    A manager envies a colleague of the same branch whose cards are worth more each, by more than a margin, at no more
    load. Values are common to all, so envy-freeness up to one item (EF1; Lipton, Markakis, Mossel and Saberi 2004,
    Budish 2011) asks whether the colleague's cards without one are worth no more than one's own. Books decide who may
    serve whom, so only cards of customers outside the colleague's book could have been anybody's: the one that is
    taken away is the best of these, and where there is none the plan could not have done otherwise.
    """
    movable: defaultdict[str, list[int]] = defaultdict(list)
    for one in contacts:
        on_desk = one.released and one.channel == "rm"
        if on_desk and one.staff_id is not None and holder(one, held).staff_id != one.staff_id:
            movable[one.staff_id].append(one.value)
    by_branch: defaultdict[str, list[Desk]] = defaultdict(list)
    for desk in several:
        if desk.branch_id is not None and desk.cards and desk.load is not None:
            by_branch[desk.branch_id].append(desk)
    found: list[Envy] = []
    for branch in sorted(by_branch):
        ordered = sorted(by_branch[branch], key=lambda desk: (-desk.value / desk.cards, desk.staff_id))
        for own in sorted(ordered, key=lambda desk: desk.staff_id):
            best = next((one for one in ordered if _envies(own, one, margin)), None)
            if best is not None:
                found.append(_envy(own, best, movable[best.staff_id]))
    return found


def _envies(own: Desk, other: Desk, margin: float) -> bool:
    assert own.load is not None
    assert other.load is not None
    worth_more = other.value / other.cards > (1 + margin) * own.value / own.cards
    return worth_more and other.load <= own.load


def _envy(own: Desk, other: Desk, movable: Sequence[int]) -> Envy:
    return Envy(
        staff_id=own.staff_id, envied=other.staff_id, own_per_card=own.value / own.cards,
        envied_per_card=other.value / other.cards, movable=len(movable),
        beyond_one=bool(movable) and own.value < other.value - max(movable),
    )  # fmt: skip
