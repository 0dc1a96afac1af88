"""What the bank's tables show, as arrays as of now; nothing of the truth is in it."""

import numpy as np

from wealthloop.bank.contract import CHANNELS
from wealthloop.sandbox.arrays import Seen
from wealthloop.sandbox.operate import TRIGGERS
from wealthloop.sandbox.state import NEVER, Scene

_MONTH: int = 30


def see(scene: Scene) -> Seen:
    """Return what the tables show now: in the morning before any contact, where the day has begun."""
    state, lots = scene.state, scene.state.positions
    soon = (lots.maturity > scene.day) & (lots.maturity <= scene.day + _MONTH)
    maturing = np.bincount(lots.customer[soon], weights=lots.cost[soon], minlength=scene.size)
    return Seen(
        consent=state.consent.copy(),
        personalisation=scene.truth.personalisation.copy(),
        bound=np.stack([scene.bound[channel] for channel in CHANNELS], axis=1),
        level=np.where(state.assessed_on > NEVER, scene.truth.level, -1),
        lowest_class=state.lowest & (state.assessed_on > NEVER),
        assessed_on=state.assessed_on.copy(),
        aum=state.aum.copy(),
        demand=state.demand.copy(),
        maturing_30d=maturing.astype(np.int64),
        rm=scene.books.rm.copy(),
        branch=scene.books.branch.copy(),
        legal_block=scene.truth.block >= 0,
        birth=scene.truth.birth.copy(),
        triggers={name: rule(scene) for name, rule in TRIGGERS.items()},
    )
