"""Purchases: a baseline of the customer's own need, plus what contacts add. An outcome is u < p, u keyed by the day."""

import math
from typing import Final

import numpy as np

from wealthloop.bank.contract import CATEGORIES
from wealthloop.sandbox.catalogue import PRIVATE_FLOOR_FEN
from wealthloop.sandbox.draws import Floats, Ints
from wealthloop.sandbox.money import BROUGHT, BUY, pay
from wealthloop.sandbox.positions import LOTS, opened
from wealthloop.sandbox.spec import WorldSpec
from wealthloop.sandbox.state import Scene

_MONTH: Final = 30.0
_STEP_FEN: Final = 10_000
_BUFFER: Final = 0.3
"""Share of a month's income that stays in the demand account."""


def category_shares(spec: WorldSpec) -> Floats:
    """Return how baseline purchases fall on categories, shape (n_categories,)."""
    return np.array([spec.appetite.category_share.get(name, 0.0) for name in CATEGORIES])


def own_chance(scene: Scene) -> Floats:
    """Return each customer's chance today of a purchase that no contact caused, shape (n_customers,)."""
    appetite, state = scene.spec.appetite, scene.state
    need: Floats = scene.truth.needs @ category_shares(scene.spec)
    tenfolds = np.clip(np.log10(np.maximum(state.aum, 1) / 1e6), 0.0, None)
    age = scene.day - state.fresh_on
    boost = appetite.event_boost * np.exp(-age / appetite.event_days) * (state.fresh > 0)
    daily = appetite.base_monthly / _MONTH
    readiness: Floats = need * scene.truth.attention * (1 + appetite.wealth_slope * tenfolds) * (1 + boost)
    return readiness * daily


def pulled_chance(scene: Scene) -> Floats:
    """Return what contacts add today: the pull fades by a factor e in ``contact.days``, once money is there."""
    state = scene.state
    active = (state.pull > 0) & (scene.day >= state.pull_from)
    daily = 1.0 - math.exp(-1.0 / scene.spec.contact.days)
    return np.where(active, state.pull * daily, 0.0)


def purchase(scene: Scene) -> None:
    """Play a day's purchases and let the contacts' pull fade."""
    state, drawn = scene.state, scene.uniform("buy")
    spoilt = np.where((state.pull < 0) & (scene.day >= state.pull_from), 1.0 + state.pull, 1.0)
    own = own_chance(scene) * spoilt
    pulled = pulled_chance(scene)
    by_self = np.flatnonzero(drawn < own)
    by_contact = np.flatnonzero((drawn >= own) & (drawn < own + pulled))
    _buy(scene, by_self, _choose(scene, by_self), part=0.25 + 0.6 * scene.uniform("buy/part")[by_self])
    _bring(scene, by_contact)
    _buy(scene, by_contact, _offered(scene, by_contact), part=0.45 + 0.5 * scene.uniform("buy/part")[by_contact])
    state.pull[by_contact] = 0.0
    fading = scene.day >= state.pull_from
    state.pull[fading] *= np.exp(-1.0 / scene.spec.contact.days)


def _choose(scene: Scene, who: Ints) -> Ints:
    """Return the product that each customer takes: a category by need, then any product in it that suits."""
    if not len(who):
        return who
    on_sale = scene.catalogue.open_on(scene.day)
    shelf = np.bincount(scene.catalogue.category[on_sale], minlength=len(CATEGORIES)) > 0
    weight = np.cumsum(scene.truth.needs[who] * (category_shares(scene.spec) * shelf), axis=1)
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
    catalogue, offered = scene.catalogue, scene.state.pull_product[who]
    suits = catalogue.open_on(scene.day)[offered] & (catalogue.rating[offered] <= scene.truth.level[who])
    return np.where((offered >= 0) & suits, offered, _choose(scene, who))


def _bring(scene: Scene, who: Ints) -> None:
    """A part of the purchases that contacts won bring money from another bank."""
    state = scene.state
    brings = who[scene.uniform("bring")[who] < scene.spec.contact.outside_share]
    size = 0.1 + 0.3 * scene.uniform("bring/size")[brings]
    amount = np.minimum(state.off_bank[brings] * size, state.aum[brings] + 5_000_000).astype(np.int64)
    amount = amount // _STEP_FEN * _STEP_FEN
    state.off_bank[brings] -= amount
    pay(scene, BROUGHT, brings, amount)
    large = amount >= scene.spec.triggers.inflow_yuan * 100
    state.inflow_on[brings[large]] = scene.day


def _buy(scene: Scene, who: Ints, product: Ints, *, part: Floats) -> None:
    """Buy for a part of what can be spared, at least the product's minimum, or nothing."""
    state, catalogue = scene.state, scene.catalogue
    spare = state.demand[who] - (scene.truth.income[who] * _BUFFER).astype(np.int64)
    least = np.maximum(catalogue.minimum[product], _STEP_FEN)
    amount = np.maximum((spare * part).astype(np.int64) // _STEP_FEN * _STEP_FEN, least)
    can = (product >= 0) & (spare >= least)
    who, product, amount = who[can], product[can], amount[can]
    number = who * LOTS + state.lots[who]
    state.lots[who] += 1
    pay(scene, BUY, who, -amount, product=product, position=number)
    state.fresh[who] = np.maximum(state.fresh[who] - amount, 0)
    renew = scene.uniform("renew")[who] < scene.spec.appetite.auto_renew
    bought = opened(
        catalogue, scene.market.nav, number=number, customer=who, product=product, amount=amount,
        start=np.full(len(who), scene.day), renew=renew & (catalogue.term[product] > 0),
    )  # fmt: skip
    state.positions = state.positions.plus(bought)
