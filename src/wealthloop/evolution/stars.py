"""Whose play is worth a strategy: managers whose cards are followed by more purchases than chance and cards explain.

Observational: a manager chooses cards, so that a play that is captured becomes a strategy with a control of its own.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binomtest, false_discovery_control

from wealthloop.delivery.models import Card, CardState
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.experiments import experiment_id
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.repository import held_in, version_row

LEAST_CARDS: Final = 30
"""Worked cards of a manager in a strategy version."""
RISK: Final = 0.05
"""Expected share of chance among the stars (Benjamini and Hochberg, 1995)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """A manager who wins surely more often than the others with the same strategy version and moment."""

    staff_id: str
    strategy_id: str
    version: int
    worked: int
    won: int
    expected: float
    """Wins that the others' rate with the same triggers would have given."""
    pvalue: float
    trigger: str
    """The moment at which most of them were won."""


def stars() -> list[Star]:
    """Return the managers whose play is worth capturing, the surest first.

    A manager's wins are compared with the rate of all the others, trigger by trigger, by an exact binomial test.
    """
    worked: defaultdict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    won: defaultdict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    rows = Card.objects.exclude(claimed_at=None).values_list(
        "intent__strategy_id", "intent__strategy_version", "content__trigger", "staff_id", "state"
    )
    for strategy_id, version, trigger, staff_id, state in rows:
        cell = (str(strategy_id), int(version), str(trigger))
        worked[cell][staff_id] += 1
        won[cell][staff_id] += state == CardState.WON
    found = [
        _compared(strategy_id, version, staff_id, worked, won)
        for strategy_id, version in sorted({cell[:2] for cell in worked})
        for staff_id in sorted(
            {one for cell, counts in worked.items() if cell[:2] == (strategy_id, version) for one in counts}
        )
    ]
    enough = [one for one in found if one is not None]
    if not enough:
        return []
    adjusted = false_discovery_control([one.pvalue for one in enough])
    return sorted((one for one, p in zip(enough, adjusted, strict=True) if p <= RISK), key=lambda one: one.pvalue)


def _compared(
    strategy_id: str,
    version: int,
    staff_id: str,
    worked: dict[tuple[str, int, str], Counter[str]],
    won: dict[tuple[str, int, str], Counter[str]],
) -> Star | None:
    cells = [cell for cell in worked if cell[:2] == (strategy_id, version) and worked[cell][staff_id]]
    mine = np.array([worked[cell][staff_id] for cell in cells])
    wins = np.array([won[cell][staff_id] for cell in cells])
    others = np.array([worked[cell].total() for cell in cells]) - mine
    others_won = np.array([won[cell].total() for cell in cells]) - wins
    if mine.sum() < LEAST_CARDS or not (others > 0).all() or not wins.sum():
        return None
    rate = float((mine * (others_won + 0.5) / (others + 1.0)).sum() / mine.sum())
    test = binomtest(int(wins.sum()), int(mine.sum()), min(rate, 1.0), alternative="greater")
    return Star(
        staff_id=staff_id, strategy_id=strategy_id, version=version, worked=int(mine.sum()), won=int(wins.sum()),
        expected=rate * float(mine.sum()), pvalue=float(test.pvalue), trigger=cells[int(wins.argmax())][2],
    )  # fmt: skip


def capture(star: Star, *, strategy_id: str) -> Strategy:
    """Return the draft of a parent strategy from a star's play: that moment, through managers, credited to the star.

    Raises:
        NotFound: the version is not in this home.
        InvalidInput: it does not reach customers through managers.
    """
    document, _ = held_in(version_row(star.strategy_id, star.version))
    steps = tuple(step for step in document.channels if step.channel == "rm")
    if not steps or star.trigger not in document.triggers:
        name = experiment_id(star.strategy_id, star.version)
        raise InvalidInput(f"{name}: has no step by managers at {star.trigger}, a manager's play cannot come from it")
    one = {"why_now": {star.trigger: document.card.zh.why_now[star.trigger]}}
    other = {"why_now": {star.trigger: document.card.en.why_now[star.trigger]}}
    card = document.card.model_copy(
        update={"zh": document.card.zh.model_copy(update=one), "en": document.card.en.model_copy(update=other)}
    )
    return document.model_copy(
        update={
            "id": strategy_id, "credit": star.staff_id, "parent": None, "reserve": None, "layer": None,
            "triggers": (star.trigger,), "schedule": None, "card": card,
            "channels": (steps[0].model_copy(update={"wait_days": 0}),),
            "effect_prior": {"rm": document.effect_prior["rm"]},
        }
    )  # fmt: skip


def star_of(staff_id: str, strategy_id: str) -> Star:
    """Return the star of a desk in a strategy.

    Raises:
        NotFound: the desk is none in that strategy.
    """
    for one in stars():
        if (one.staff_id, one.strategy_id) == (staff_id, strategy_id):
            return one
    raise NotFound(f"staff {staff_id}: no star in strategy {strategy_id}, see 'wealthloop strategy evolve'")
