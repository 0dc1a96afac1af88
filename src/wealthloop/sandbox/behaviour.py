"""Logins, page views, complaints and new suitability assessments."""

from typing import Final

import numpy as np

from wealthloop.bank.contract import CATEGORIES, LEVELS
from wealthloop.sandbox.catalogue import PRIVATE_FLOOR_FEN
from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.purchases import category_shares
from wealthloop.sandbox.responses import complain
from wealthloop.sandbox.state import EVENTS, PAGES, Scene, day_date

_VIEW: Final = 0.45
"""Chance of a product view at a login of a customer of average attention; assumed."""
_FRESH_LOGIN: Final = 0.6
"""How much more often customers log in while fresh money lies idle; assumed."""


def behave(scene: Scene) -> None:
    """Play a day's behaviour that is not money."""
    _log_in(scene)
    everyday = scene.uniform("complaint") < scene.spec.contact.complaint_daily
    complain(scene, np.flatnonzero(everyday), "app", topic="服务")
    _assess(scene)
    scene.state.fatigue *= scene.spec.contact.fatigue_daily


def _log_in(scene: Scene) -> None:
    state, truth = scene.state, scene.truth
    fresh = (state.fresh > 0) & (scene.day - state.fresh_on <= 7)
    rate = truth.login_rate * np.where(fresh, 1 + _FRESH_LOGIN, 1.0)
    who = np.flatnonzero(scene.bound["app_push"] & (scene.uniform("login") < rate))
    quiet = scene.day - state.login_on[who] > scene.spec.triggers.dormant_days
    state.woke_on[who[quiet]] = scene.day
    state.login_on[who] = scene.day
    note_events(scene, who, kind="login", page="home", product=np.full(len(who), -1))
    views = scene.uniform("view")[who] < np.clip(_VIEW * truth.attention[who], 0, 0.95)
    _view(scene, who[views])


def _view(scene: Scene, who: Ints) -> None:
    """Look at a product of a category that the customer needs."""
    weight = np.cumsum(scene.truth.needs[who] * category_shares(scene.spec), axis=1)
    aim = scene.uniform("view/category")[who] * weight[:, -1]
    category = (weight <= aim[:, None]).sum(axis=1).clip(max=len(CATEGORIES) - 1)
    product = scene.catalogue.pick(
        scene.catalogue.open_on(scene.day),
        category=category,
        level=scene.truth.level[who],
        rich=scene.state.aum[who] >= PRIVATE_FLOOR_FEN,
        drawn=scene.uniform("view/product")[who],
    )
    note_events(scene, who[product >= 0], kind="view", page="product", product=product[product >= 0])


def note_events(scene: Scene, who: Ints, *, kind: str, page: str, product: Ints) -> None:
    """Write app events, at most one of a kind for each customer and day."""
    code = EVENTS.index(kind)
    scene.records.app_events.add(
        {
            "event_id": (scene.stamp() * 10_000_000 + who) * 1_000 + code,
            "customer_id": who,
            "at": scene.instants(who, since=420, until=1380, salt=60) + code * 40_000_000,
            "kind": np.full(len(who), code),
            "product_id": product,
            "page": np.full(len(who), PAGES.index(page)),
        }
    )


def _assess(scene: Scene) -> None:
    """Now and then a customer whose assessment is missing or has expired is assessed anew."""
    law, state = scene.spec.law, scene.state
    due = scene.day - state.assessed_on >= law.valid_days
    for customer in np.flatnonzero(due & (scene.uniform("assess") < law.reassess_daily)).tolist():
        state.assessed_on[customer] = scene.day
        note_assessment(scene, customer, lowest=False)


def note_assessment(scene: Scene, customer: int, *, lowest: bool) -> None:
    """Write the customer's suitability as assessed on ``assessed_on``."""
    on = int(scene.state.assessed_on[customer])
    scene.records.suitability.add(
        customer_id=scene.ids[customer],
        level=LEVELS[int(scene.truth.level[customer])],
        lowest_class=lowest,
        assessed_at=day_date(on),
        valid_until=day_date(on + scene.spec.law.valid_days),
        source="branch",
    )
