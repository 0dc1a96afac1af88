"""Where and for whom a strategy works: cells of trigger, offer, channel, timing and customers, by honest splitting.

One half of the units is searched, the other says what a cell that was found is worth, so that having searched does not
flatter it (Athey and Imbens, "Recursive partitioning for heterogeneous causal effects", PNAS 2016). Within a cell the
arms were drawn by hash, whatever chose the offer and the channel, so that treated against withheld is an experiment.
Cells are found one after another, each among the units that those before have left, so that they do not overlap. What
a cell is worth is what it adds above the average contact of the units that are left: that is what its contacts take
from elsewhere, and what the cells before it took is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.scoring.types import Floats

LEAST_UNITS: Final = 150
"""Units that a cell has in each half."""
LEAST_EVENTS: Final = 8
"""Conversions, of both arms, that a cell has in each half."""
SURE: Final = 1.0
"""Standard errors by which a cell's effect is cut when cells are compared."""
HONEST_Z: Final = 1.0
"""Standard errors by which the other half must find the effect above 0."""
_BEST_SINGLES: Final = 12
"""Rules about customers of which pairs are looked at, in each combination of trigger, offer, channel and timing."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that a contact can be, and the units that it was: a trigger, an offer, a channel, a timing."""

    name: str
    value: str
    units: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Customers whose feature is at least, or at most, a number."""

    feature: str
    at_least: float | None
    at_most: float | None
    units: Mask

    @property
    def ends(self) -> tuple[str, float | None, float | None]:
        """What it says, without whom it is met by."""
        return self.feature, self.at_least, self.at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Matured units of a version; arrays of shape (n_units,)."""

    influence: Floats
    """psi: its mean over units is the effect on the share that converts."""
    converted: Mask
    worth: Floats
    """Fen that a conversion would bring."""
    cost: Floats
    """Fen that a contact costs."""
    search: Mask
    """Which half: searched, or kept to say what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The effect in a cell, in one half."""

    effect: float
    error: float
    """Standard error."""
    n: int
    conversions: int
    worth: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A place where a strategy works: the searched half's effect, and the honest one of the other half."""

    choices: tuple[Choice, ...]
    rules: tuple[Rule, ...]
    searched: Found
    honest: Found
    units: Mask


def search(
    units: Units, choices: Sequence[Sequence[Choice]], rules: Sequence[Rule], *, most: int, among: Mask | None = None
) -> list[Cell]:
    """Find the cells in which contacts are worth the most, that the other half confirms.

    Args:
        units: what came of the strategy's arms.
        choices: for each dimension (trigger, offer, channel, timing) what the contacts were.
        rules: what may be said of customers.
        most: how many cells are looked for.
        among: units that may be in a cell; None: all.

    Returns:
        Disjoint cells, the most valuable first; a cell that the other half does not bear out is left out.
    """
    left = np.ones(len(units.influence), dtype=np.bool_) if among is None else among.copy()
    found: list[Cell] = []
    for _ in range(most):
        best = _best(units, choices, rules, left, average_value(units, left))
        if best is None:
            break
        chosen, said = best
        inside = _inside(left, chosen, said)
        left &= ~inside
        cell = Cell(
            choices=chosen, rules=said, units=inside,
            searched=effect_in(units, inside & units.search), honest=effect_in(units, inside & ~units.search),
        )  # fmt: skip
        if _borne_out(cell.honest):
            found.append(cell)
    return found


def average_value(units: Units, among: Mask) -> float:
    """Return what an average contact adds among some searched units, fen, at least 0: the price of a contact."""
    found = effect_in(units, among & units.search)
    return max(found.effect * found.worth - found.cost, 0.0)


def effect_in(units: Units, inside: Mask) -> Found:
    """Return the effect among some units; an error of infinity where there are fewer than two."""
    psi = units.influence[inside]
    n = len(psi)
    if n < 2:
        return Found(effect=0.0, error=float("inf"), n=n, conversions=0, worth=0.0, cost=0.0)
    return Found(
        effect=float(psi.mean()), error=float(psi.std(ddof=1) / np.sqrt(n)), n=n,
        conversions=int(units.converted[inside].sum()), worth=float(units.worth[inside].mean()),
        cost=float(units.cost[inside].mean()),
    )  # fmt: skip


def _borne_out(honest: Found) -> bool:
    enough = honest.n >= LEAST_UNITS and honest.conversions >= LEAST_EVENTS
    return enough and honest.effect > HONEST_Z * honest.error and honest.effect * honest.worth > honest.cost


def _inside(left: Mask, choices: Sequence[Choice], rules: Sequence[Rule]) -> Mask:
    inside = left.copy()
    for mask in (*(choice.units for choice in choices), *(rule.units for rule in rules)):
        inside &= mask
    return inside


def _best(
    units: Units, choices: Sequence[Sequence[Choice]], rules: Sequence[Rule], left: Mask, price: float
) -> tuple[tuple[Choice, ...], tuple[Rule, ...]] | None:
    """Return the cell with the greatest surely added value among the searched units that are left."""
    best: tuple[float, tuple[Choice, ...], tuple[Rule, ...]] | None = None
    met = np.column_stack([rule.units for rule in rules]) if rules else np.zeros((len(left), 0), dtype=np.bool_)
    for chosen in _combinations(choices):
        inside = np.flatnonzero(_inside(left & units.search, chosen, ()))
        if len(inside) < LEAST_UNITS:
            continue
        value, said = _best_rules(units, inside, met[inside], price)
        if value > 0 and (best is None or value > best[0]):
            best = value, chosen, tuple(rules[place] for place in said)
    return None if best is None else (best[1], best[2])


def _combinations(choices: Sequence[Sequence[Choice]]) -> list[tuple[Choice, ...]]:
    found: list[tuple[Choice, ...]] = [()]
    for dimension in choices:
        found = [(*before, *one) for before in found for one in ((), *((choice,) for choice in dimension))]
    return found


def _best_rules(units: Units, inside: NDArray[np.int64], met: Mask, price: float) -> tuple[float, tuple[int, ...]]:
    """Return the greatest value among no rule, one, and pairs of the best ones, and which rules it has."""
    psi, worth, cost = units.influence[inside], units.worth[inside], units.cost[inside] + price
    columns = np.column_stack(
        [np.ones(len(inside)), psi, psi**2, units.converted[inside].astype(np.float64), worth, cost]
    )
    whole = _value(columns.sum(axis=0)[None, :])[0]
    best: tuple[float, tuple[int, ...]] = (float(whole), ())
    if not met.shape[1]:
        return best
    singles = _value(met.T.astype(np.float64) @ columns)
    order = np.argsort(-singles, kind="stable")[:_BEST_SINGLES]
    if singles[order[0]] > best[0]:
        best = (float(singles[order[0]]), (int(order[0]),))
    for place, first in enumerate(order):
        rest = order[place + 1 :]
        if not len(rest) or not np.isfinite(singles[first]):
            continue
        rows = met[:, first]
        pairs = _value(met[np.ix_(rows, rest)].T.astype(np.float64) @ columns[rows])
        top = int(np.argmax(pairs))
        if pairs[top] > best[0]:
            best = (float(pairs[top]), (int(first), int(rest[top])))
    return best


def _value(sums: Floats) -> Floats:
    """Return fen surely added by each cell, from sums of shape (n_cells, 6); minus infinity for too few units."""
    n, psi, squares, converted, worth, cost = sums.T
    there = np.maximum(n, 2.0)
    effect = psi / there
    error = np.sqrt(np.maximum(squares / there - effect**2, 0.0) / (there - 1.0))
    sure = (effect - SURE * error) * worth / there - cost / there
    enough = (n >= LEAST_UNITS) & (converted >= LEAST_EVENTS)
    return np.asarray(np.where(enough, n * sure, -np.inf))
