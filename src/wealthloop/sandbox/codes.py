"""What people say of a card after a talk, as codes: the customer's true state, heard with noise."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from wealthloop.sandbox.arrays import Texts, texts
from wealthloop.sandbox.desk import Calls, Cards
from wealthloop.sandbox.draws import Ints, Mask
from wealthloop.sandbox.needs import needs_of
from wealthloop.sandbox.responses import NO_MATURITY, match, next_maturity, readiness
from wealthloop.sandbox.state import Scene, day_date

_TIRED: Final = 2.0
"""Fatigue from which a customer is angry at another call; assumed."""
_RECENT: Final = 30
"""Days after which a purchase is no longer what a customer has done already; assumed."""
_POOR: Final = 0.45
"""Match of an offer, or readiness, under which a customer says so; assumed."""
_TOLD_DAYS: Final = 60
"""How far ahead a customer names the day on which a term ends; assumed."""
NOTHING: Final = "not_interested"
_MISHEARD: Final = (NOTHING, "wrong_timing", "wrong_product", "already_here", "customer_angry", "good_lead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is said of each call's card; arrays have shape (n_calls,)."""

    code: Texts
    """Empty where nothing is said beyond the outcome."""
    not_before: Ints
    """Day that the customer named, -1 for none."""

    def day(self, place: int) -> date | None:
        """Return the day that a customer named."""
        return None if self.not_before[place] < 0 else day_date(int(self.not_before[place]))


def hear(scene: Scene, cards: Cards, calls: Calls) -> Heard:
    """Return what people say of the day's calls: the first that is true, sometimes misheard, often left unsaid.

    Its numbers are drawn from streams of its own, so that nothing else in a world depends on them.
    """
    chosen = cards.take(calls.row)
    who = chosen.customer
    true = _true(scene, chosen, calls)
    misheard = scene.uniform("desk/code/noise")[who] < scene.spec.desk.code_noise
    instead = (scene.uniform("desk/code/instead")[who] * len(_MISHEARD)).astype(np.int64)
    code = np.where(misheard, np.array(_MISHEARD)[instead], true)
    says = calls.reached & ~calls.wrong & (scene.uniform("desk/code")[who] < scene.spec.desk.code_share)
    wait = next_maturity(scene)[who]
    named = says & (code == "wrong_timing") & (wait > 0) & (wait <= _TOLD_DAYS) & (wait < NO_MATURITY)
    return Heard(code=texts(tuple(np.where(says, code, "").tolist())), not_before=np.where(named, scene.day + wait, -1))


def _true(scene: Scene, chosen: Cards, calls: Calls) -> Texts:
    """Return what is true of each talk, the first that holds."""
    who, category = chosen.customer, scene.catalogue.category[chosen.product]
    offered = chosen.product >= 0
    need = np.where(offered, needs_of(scene, who)[np.arange(len(who)), category], scene.state.own_need[who])
    conditions: list[tuple[Mask, str]] = [
        (scene.truth.dog[who] | (scene.state.fatigue[who] >= _TIRED), "customer_angry"),
        (calls.step == 2, "good_lead"),
        (offered & _has_lately(scene, who, category), "already_here"),
        (match(scene, need) < _POOR, "wrong_product"),
        (readiness(scene, who) < _POOR, "wrong_timing"),
    ]
    return np.select([one for one, _ in conditions], [code for _, code in conditions], NOTHING)


def _has_lately(scene: Scene, who: Ints, category: Ints) -> Mask:
    """Say who placed money in a category within the last days."""
    lots, many = scene.state.positions, len(scene.leanings.share)
    lately = lots.start >= scene.day - _RECENT
    keys = lots.customer[lately] * many + scene.catalogue.category[lots.product[lately]]
    return np.isin(who * many + category, keys)
