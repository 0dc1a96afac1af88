"""Purchases: a baseline of the customer's own need, plus what contacts add. An outcome is u < p, u keyed by the day."""

import math
from typing import Final

import numpy as np

from wealthloop.bank.contract import CATEGORIES
from wealthloop.sandbox.catalogue import PRIVATE_FLOOR_FEN
from wealthloop.sandbox.draws import Floats, Ints, Mask
from wealthloop.sandbox.money import BROUGHT, BUY, pay
from wealthloop.sandbox.needs import needs_of
from wealthloop.sandbox.positions import LOTS, opened
from wealthloop.sandbox.state import Scene

_MONTH: Final = 30.0
STEP_FEN: Final = 10_000
"""Purchases are for whole hundreds of yuan."""
OWN_PART: Final = (0.25, 0.6)
"""Least part of spare money in a purchase of one's own, and the range above it; assumed."""
PULLED_PART: Final = (0.45, 0.5)
"""The same for a purchase that a contact won; assumed."""
BROUGHT_PART: Final = (0.1, 0.3)
"""Least part of the wealth elsewhere that a purchase brings along, and the range above it; assumed."""
BROUGHT_FEN: Final = 5_000_000
"""What may be brought above the AUM held here; assumed."""
_BUFFER: Final = 0.3
"""Share of a month's income that stays in the demand account."""


def own_parts(scene: Scene) -> tuple[Floats, Floats]:
    """Return the chance today of a purchase that no contact caused, and the multiple that fresh money adds to it.

    Both have shape (n_customers,); the chance of the day is chance x (1 + multiple).
    """
    appetite, state = scene.spec.appetite, scene.state
    tenfolds = np.clip(np.log10(np.maximum(state.aum, 1) / 1e6), 0.0, None)
    age = scene.day - state.fresh_on
    boost = appetite.event_boost * np.exp(-age / appetite.event_days) * (state.fresh > 0)
    daily = appetite.base_monthly / _MONTH
    readiness: Floats = state.own_need * scene.truth.attention * (1 + appetite.wealth_slope * tenfolds)
    return readiness * daily, boost


def daily_part(scene: Scene) -> float:
    """Return which part of a pull works on a day: it fades by a factor e in ``contact.days``."""
    return 1.0 - math.exp(-1.0 / scene.spec.contact.days)


def pulled_chance(scene: Scene) -> Floats:
    """Return what contacts add today: the pull fades by a factor e in ``contact.days``, once money is there."""
    state = scene.state
    active = (state.pull > 0) & (scene.day >= state.pull_from)
    return np.where(active, state.pull * daily_part(scene), 0.0)


def purchase(scene: Scene) -> None:
    """Play a day's purchases and let the contacts' pull fade."""
    state, drawn = scene.state, scene.uniform("buy")
    spoilt = np.where((state.pull < 0) & (scene.day >= state.pull_from), 1.0 + state.pull, 1.0)
    plain, boost = own_parts(scene)
    own = plain * (1.0 + boost) * spoilt
    pulled = pulled_chance(scene)
    by_self = np.flatnonzero(drawn < own)
    by_contact = np.flatnonzero((drawn >= own) & (drawn < own + pulled))
    part = scene.uniform("buy/part")
    _buy(scene, by_self, _choose(scene, by_self), part=OWN_PART[0] + OWN_PART[1] * part[by_self], won=False)
    _bring(scene, by_contact)
    wish = PULLED_PART[0] + PULLED_PART[1] * part[by_contact]
    _buy(scene, by_contact, _offered(scene, by_contact), part=wish, won=True)
    state.pull[by_contact] = 0.0
    fading = scene.day >= state.pull_from
    state.pull[fading] *= 1.0 - daily_part(scene)


def _choose(scene: Scene, who: Ints) -> Ints:
    """Return the product that each customer takes: a category by need, then any product in it that suits."""
    if not len(who):
        return who
    on_sale = scene.catalogue.open_on(scene.day)
    shelf = np.bincount(scene.catalogue.category[on_sale], minlength=len(CATEGORIES)) > 0
    weight = np.cumsum(needs_of(scene, who) * (scene.leanings.share * shelf), axis=1)
    aim = scene.uniform("buy/category")[who] * weight[:, -1]
    category = (weight <= aim[:, None]).sum(axis=1).clip(max=len(CATEGORIES) - 1)
    return scene.catalogue.pick(
        on_sale,
        category=category,
        level=scene.truth.level[who],
        rich=scene.state.aum[who] >= PRIVATE_FLOOR_FEN,
        drawn=scene.uniform("buy/product")[who],
    )


def _offered(scene: Scene, who: Ints) -> Ints:
    """Return the product of the contact where it is on sale and suits, otherwise the customer's own choice."""
    offered = scene.state.pull_product[who]
    return np.where((offered >= 0) & may_buy(scene, who, offered), offered, _choose(scene, who))


def may_buy(scene: Scene, who: Ints, product: Ints) -> Mask:
    """Return whether each customer may buy a product: on sale, not too risky, and rich enough for a private one."""
    catalogue = scene.catalogue
    rich = scene.state.aum[who] >= PRIVATE_FLOOR_FEN
    suits: Mask = catalogue.rating[product] <= scene.truth.level[who]
    return suits & catalogue.open_on(scene.day)[product] & (rich | ~catalogue.private[product])


def _bring(scene: Scene, who: Ints) -> None:
    """A part of the purchases that contacts won bring money from another bank."""
    state = scene.state
    brings = who[scene.uniform("bring")[who] < scene.spec.contact.outside_share]
    size = BROUGHT_PART[0] + BROUGHT_PART[1] * scene.uniform("bring/size")[brings]
    amount = np.minimum(state.off_bank[brings] * size, state.aum[brings] + BROUGHT_FEN).astype(np.int64)
    amount = amount // STEP_FEN * STEP_FEN
    state.off_bank[brings] -= amount
    pay(scene, BROUGHT, brings, amount)
    large = amount >= scene.spec.triggers.inflow_yuan * 100
    state.inflow_on[brings[large]] = scene.day


def spare_of(scene: Scene, who: Ints) -> Ints:
    """Return the money of the demand account that a customer does not need, fen; below zero where even that lacks."""
    return scene.state.demand[who] - (scene.truth.income[who] * _BUFFER).astype(np.int64)


def _buy(scene: Scene, who: Ints, product: Ints, *, part: Floats, won: bool) -> None:
    """Buy for a part of what can be spared, at least the product's minimum, or nothing."""
    state, catalogue = scene.state, scene.catalogue
    spare = spare_of(scene, who)
    least = np.maximum(catalogue.minimum[product], STEP_FEN)
    amount = np.maximum((spare * part).astype(np.int64) // STEP_FEN * STEP_FEN, least)
    can = (product >= 0) & (spare >= least)
    who, product, amount = who[can], product[can], amount[can]
    number = who * LOTS + state.lots[who]
    state.lots[who] += 1
    pay(scene, BUY, who, -amount, product=product, position=number)
    scene.today.bought.append((who, product, amount, number, np.full(len(who), won)))
    state.fresh[who] = np.maximum(state.fresh[who] - amount, 0)
    renew = scene.uniform("renew")[who] < scene.spec.appetite.auto_renew
    bought = opened(
        catalogue, scene.market.nav, number=number, customer=who, product=product, amount=amount,
        start=np.full(len(who), scene.day), renew=renew & (catalogue.term[product] > 0),
    )  # fmt: skip
    state.positions = state.positions.plus(bought)
