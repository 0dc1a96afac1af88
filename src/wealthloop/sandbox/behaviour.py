"""Logins, page views, complaints, new suitability assessments and verified wallets."""

from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.bank.contract import CATEGORIES
from wealthloop.sandbox.catalogue import PRIVATE_FLOOR_FEN
from wealthloop.sandbox.draws import Ints
from wealthloop.sandbox.events import note_events
from wealthloop.sandbox.names import joined
from wealthloop.sandbox.needs import needs_of
from wealthloop.sandbox.responses import complain
from wealthloop.sandbox.state import Scene

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
    note_wallets(scene, np.flatnonzero(scene.uniform("audit") < scene.spec.audit.daily))
    scene.state.fatigue *= scene.spec.contact.fatigue_daily


def _log_in(scene: Scene) -> None:
    state, truth = scene.state, scene.truth
    fresh = (state.fresh > 0) & (scene.day - state.fresh_on <= 7)
    rate = truth.login_rate * np.where(fresh, 1 + _FRESH_LOGIN, 1.0)
    who = np.flatnonzero(scene.bound["app_push"] & (scene.uniform("login") < rate))
    quiet = scene.day - state.login_on[who] > scene.spec.triggers.dormant_days
    state.woke_on[who[quiet]] = scene.day
    state.login_on[who] = scene.day
    scene.today.logins = state.login_on == scene.day
    note_events(scene, who, kind="login", page="home", product=np.full(len(who), -1))
    views = scene.uniform("view")[who] < np.clip(_VIEW * truth.attention[who], 0, 0.95)
    _view(scene, who[views])


def _view(scene: Scene, who: Ints) -> None:
    """Look at a product of a category that the customer needs."""
    weight = np.cumsum(needs_of(scene, who) * scene.leanings.share, axis=1)
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


def _assess(scene: Scene) -> None:
    """Now and then a customer whose assessment is missing or has expired is assessed anew."""
    law, state = scene.spec.law, scene.state
    due = scene.day - state.assessed_on >= law.valid_days
    who = np.flatnonzero(due & (scene.uniform("assess") < law.reassess_daily))
    state.assessed_on[who], state.lowest[who] = scene.day, False
    note_assessments(scene, who)


def note_assessments(scene: Scene, who: Ints) -> None:
    """Write customers' suitability as assessed on ``assessed_on``."""
    on = scene.state.assessed_on[who]
    scene.records.suitability.add(
        {
            "customer_id": who,
            "level": scene.truth.level[who],
            "lowest_class": scene.state.lowest[who],
            "assessed_at": on,
            "valid_until": on + scene.spec.law.valid_days,
            "source": np.zeros(len(who), dtype=np.int64),
        }
    )


def note_wallets(scene: Scene, who: Ints) -> None:
    """Write the whole wealth of customers, here and elsewhere, as their RMs verified it today.

    Only customers who agreed to personalisation are asked: without a consent nothing from outside may be kept.
    """
    who = who[scene.truth.personalisation[who]]
    wallet = (scene.state.aum[who] + scene.state.off_bank[who]) // 100
    refs = joined("personalisation/", pa.array([scene.ids[i] for i in who.tolist()], pa.string()))
    nothing = np.zeros(len(who), dtype=np.int64)
    scene.records.external_tags.add(
        {
            "customer_id": who,
            "tag": nothing,
            "value": wallet.astype(np.str_).astype(np.object_),
            "source": nothing,
            "licence": nothing,
            "consent_ref": refs.to_numpy(zero_copy_only=False),
            "as_of": np.full(len(who), scene.day),
        }
    )
