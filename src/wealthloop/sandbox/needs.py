"""Needs as they are today: what a customer is born with, times life stage, times market; and lives that move on."""

import numpy as np

from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.leanings import AGES, STAGES, YEAR, Multiples
from wealthloop.sandbox.state import Scene


def needs_of(scene: Scene, who: Ints) -> Multiples:
    """Return customers' needs of each category, about 1 on average, shape (n, n_categories)."""
    leanings = scene.leanings
    by_stage = scene.truth.inclined[who] * leanings.stage[scene.state.stage[who]]
    needs: Multiples = by_stage * leanings.regime[scene.market.regime]
    return needs


def live(scene: Scene) -> None:
    """Let lives and the market move on: some customers enter another life stage, and needs follow both.

    A customer's own need is kept in the state, because the sum over categories is dear and seldom changes.
    """
    movers = _move(scene)
    if scene.state.regime != scene.market.regime:
        scene.state.regime = scene.market.regime
        movers = np.arange(scene.size)
    if len(movers):
        scene.state.own_need[movers] = needs_of(scene, movers) @ scene.leanings.share


def _move(scene: Scene) -> Ints:
    """Move customers to their next stage and return who moved."""
    state, leanings = scene.state, scene.leanings
    age = np.clip((scene.day - scene.truth.birth) / YEAR, 0, AGES - 1).astype(np.int64)
    drawn = scene.uniform("stage/move")
    chance = leanings.moving[state.stage, age]
    movers: Ints = np.flatnonzero(drawn < chance)
    aim = drawn[movers] / chance[movers]
    to = (leanings.moved[state.stage[movers], age[movers]] <= aim[:, None]).sum(axis=1)
    state.stage[movers] = to.clip(max=len(STAGES) - 1)
    return movers
