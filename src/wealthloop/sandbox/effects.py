"""True effects: what a contact would truly bring, which only the world knows and no table shows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.bank.contract import CATEGORIES, CHANNELS
from wealthloop.sandbox.draws import Floats, Ints
from wealthloop.sandbox.leanings import Multiples
from wealthloop.sandbox.needs import needs_of
from wealthloop.sandbox.purchases import (
    BROUGHT_FEN,
    BROUGHT_PART,
    OWN_PART,
    PULLED_PART,
    STEP_FEN,
    daily_part,
    may_buy,
    own_parts,
    spare_of,
)
from wealthloop.sandbox.responses import MOST_INTEREST, match, next_maturity, reach_chance, readiness
from wealthloop.sandbox.staff import full_capacity, quality_of
from wealthloop.sandbox.state import Scene

_LIFE_DAYS: Final = 12
"""Spans of ``contact.days`` after which nothing of a pull is left."""
_POINTS: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Where the part of spare money that goes into a purchase is looked at, to average over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What contacting each customer today would change; arrays have shape (n_customers, n_products)."""

    chance: Floats
    """Extra purchases of the product; below zero for a sleeping dog: purchases of its own that are lost."""
    value: Floats
    """The same in fen."""


def true_effects(scene: Scene, *, channel: int, products: Ints) -> Effects:
    """Return the expected effect of a plain first contact with each product, as things stand now.

    Chance = reach x interest x (conversion over the pull's life, less that of the pull that is there already) x
    whether the funds allow the product; value = the same x the expected amount, with money brought from elsewhere and
    fresh money that may leave. A sleeping dog is not won; a contact spoils its own purchases in the categories of
    ``products`` together, whichever of them is offered. Zero where there is no address, the product may not be bought
    or the channel sells nothing. Left out: what fatigue, opt-outs and spent money do to later days.

    Args:
        scene: the world.
        channel: index into CHANNELS.
        products: indices, shape (n_products,).
    """
    name, who = CHANNELS[channel], np.arange(scene.size)
    reach = np.where(scene.bound[name], reach_chance(scene, who, name), 0.0)
    won = reach * ~scene.truth.dog * _conversion(scene, scene.spec.channels[name].sold)
    chances, values, bought = [], [], dict[int, tuple[Floats, Floats]]()
    needs, ready, quality = needs_of(scene, who), readiness(scene, who), _quality(scene, name)
    funds = _funds(scene)
    for product in products.tolist():
        need = needs[:, scene.catalogue.category[product]].astype(np.float64)
        interest = np.clip(
            scene.spec.channels[name].interested * quality * match(scene, need) * ready, 0.0, MOST_INTEREST
        )
        willing = won * interest * may_buy(scene, who, np.full(scene.size, product))
        least = max(int(scene.catalogue.minimum[product]), STEP_FEN)
        if least not in bought:
            bought[least] = _bought(scene, funds, least)
        chances.append(willing * bought[least][0])
        values.append(willing * bought[least][1])
    spoilt_chance, spoilt_value = _spoilt(scene, needs, products)
    lost = reach * scene.truth.dog
    return Effects(
        chance=np.stack(chances, axis=1) - (lost * spoilt_chance)[:, None],
        value=np.stack(values, axis=1) - (lost * spoilt_value)[:, None],
    )


def _quality(scene: Scene, channel: str) -> Floats:
    """Return the multiple by who would call, in the middle of the working day; 1 for machines; shape (n_customers,)."""
    if channel not in ("rm", "remote_agent"):
        return np.ones(scene.size)
    seat = np.maximum(scene.books.rm, 0) if channel == "rm" else np.full(scene.size, scene.books.rms)
    turn = (full_capacity(scene)[seat] * scene.spec.desk.diligence / 2).astype(np.int64)
    return quality_of(scene, seat, turn)


def _conversion(scene: Scene, sold: float) -> Floats:
    """Return how much a new pull raises the chance that a purchase comes of it, shape (n_customers,)."""
    held = np.maximum(scene.state.pull, 0.0)
    waits = np.flatnonzero(held)
    gained = np.broadcast_to(_over_life(scene, np.full(1, sold)), scene.size).copy()
    gained[waits] -= _over_life(scene, held[waits])
    return np.where((sold > 0) & (sold >= held), gained, 0.0)


def _over_life(scene: Scene, pull: Floats) -> Floats:
    """Return the chance that a pull ends in a purchase while it fades."""
    daily = daily_part(scene)
    missed = np.ones(len(pull))
    for day in range(int(_LIFE_DAYS * scene.spec.contact.days)):
        missed *= 1.0 - pull * daily * (1.0 - daily) ** day
    return 1.0 - missed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Funds:
    """Money that a customer could spend when the pull works, fen, shape (n_customers,)."""

    here: Floats
    with_brought: Floats


def _funds(scene: Scene) -> _Funds:
    """Return spare money: terms about to end come in, fresh money may leave, and some would be brought."""
    state, days = scene.state, scene.spec.contact.days
    leaving = state.fresh * scene.spec.flows.leave_part * (1.0 - np.exp(-scene.spec.flows.leave_daily * days))
    here = spare_of(scene, np.arange(scene.size)) + _ending(scene) - leaving
    part = BROUGHT_PART[0] + BROUGHT_PART[1] / 2
    return _Funds(here=here, with_brought=here + np.minimum(state.off_bank * part, state.aum + BROUGHT_FEN))


def _ending(scene: Scene) -> Floats:
    """Return the principal of the terms that a contact would keep from renewing and that end next."""
    lots, soon = scene.state.positions, next_maturity(scene)
    near = soon <= scene.spec.triggers.maturing_days
    rows = near[lots.customer] & (lots.maturity - scene.day == soon[lots.customer])
    ending = np.bincount(lots.customer[rows], weights=lots.cost[rows].astype(np.float64), minlength=scene.size)
    return ending.astype(np.float64)


def _bought(scene: Scene, funds: _Funds, least: int) -> tuple[Floats, Floats]:
    """Return the chance that a won customer has the least amount of a product, and the expected amount, fen."""
    brings = scene.spec.contact.outside_share
    chance, amount = np.zeros(scene.size), np.zeros(scene.size)
    for share, money in ((1.0 - brings, funds.here), (brings, funds.with_brought)):
        able = money >= least
        chance += share * able
        amount += share * np.where(able, _mean_amount(money, PULLED_PART, least), 0.0)
    return chance, amount


def _mean_amount(money: Floats, part: tuple[float, float], least: int) -> Floats:
    """Return the mean amount of a purchase from spare money, at least the product's minimum."""
    mean = np.zeros(len(money))
    for point in _POINTS.tolist():
        mean += np.maximum(money * (part[0] + part[1] * point) - STEP_FEN / 2, least) / len(_POINTS)
    return mean


def _spoilt(scene: Scene, needs: Multiples, products: Ints) -> tuple[Floats, Floats]:
    """Return what a contact costs a sleeping dog: own purchases in the products' categories, and fen."""
    contact, appetite, daily = scene.spec.contact, scene.spec.appetite, daily_part(scene)
    plain, boost = own_parts(scene)
    both = 1.0 - (1.0 - daily) * np.exp(-1.0 / appetite.event_days)
    harm = np.maximum(contact.harm + np.minimum(scene.state.pull, 0.0), 0.0)
    meant = np.zeros(len(CATEGORIES))
    meant[np.unique(scene.catalogue.category[products])] = 1.0
    share = (needs @ (scene.leanings.share * meant)) / np.maximum(scene.state.own_need, 1e-9)
    money = np.maximum(spare_of(scene, np.arange(scene.size)), 0).astype(np.float64)
    chance = harm * plain * (1.0 / daily + boost / both) * share * (money >= STEP_FEN)
    return chance, chance * _mean_amount(money, OWN_PART, STEP_FEN)
