"""From a few customers to all: prices of a small instance are a good start for the next larger one."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from wealthloop.allocation.general.blocks import settle_lone
from wealthloop.allocation.general.layout import Flags, Floats, Instance, Integers, Menus, Rows, part
from wealthloop.allocation.general.near import groups_of, near, reach_for, some_customers
from wealthloop.allocation.general.path import follow, moved

_FIRST: Final = 1_000
"""Customers of the smallest instance, about."""
_STEP: Final = 10
"""How many times larger the next is, about."""
_KEPT: Final = 6.0
"""Candidates of a slot, in the mean, that stay once prices are about right."""
_CLOSE: Final = 1e-5
"""The softening's error, as a share of the bound, at which the last path ends."""
_ROUGH: Final = 3e-4
"""The same of the smaller markets, whose prices are only a start."""
_AGAIN: Final = 2.0
"""A larger instance begins at a width this many times the last one's."""
_STEPS: Final = 150
_WARM: Final = 0.02
"""The first width from known prices, as a share of the width without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """Prices of the whole instance, and the part of it that matters at them."""

    prices: Floats
    """Shape (n_rows,)."""
    menus: Menus
    """The candidates near their slots' best responses."""
    places: Integers
    """Where each of them stands in the whole."""
    width: float
    """Candidates this close to a best response are as good as it."""


def descend(instance: Instance, start: Floats | None) -> Descent:
    """Return prices of an instance of any size.

    Args:
        instance: at least one candidate.
        start: known prices, such as yesterday's; each of a sign that its row allows, shape (n_rows,).
    """
    menus, rows = instance.menus, instance.rows
    groups = groups_of(menus, instance.patterns, rows.dense)
    prices = np.zeros(rows.capacity.size) if start is None else start
    width = _wide(menus) * (1.0 if start is None else _WARM)
    customers, wanted = instance.customers, _FIRST
    small = instance
    while wanted * _STEP // 2 < customers:
        small, seen = _sample(instance, some_customers(customers, groups, wanted))
        cut, _ = _cut(small, prices) if wanted > _FIRST else (small, None)
        path = follow(cut, _settled(cut, prices), width=width, close=_ROUGH, most_steps=_STEPS)
        prices, width = _filled(path.last, seen, rows), path.width * _AGAIN
        wanted *= _STEP
    if small is instance:
        whole, places = instance, np.arange(instance.candidates)
    else:
        whole, places = _cut(instance, prices, like=small)
    path = follow(whole, _settled(whole, prices), width=width, close=_CLOSE, most_steps=_STEPS)
    best = _settled(whole, path.last)
    return Descent(prices=best, menus=whole.menus, places=places, width=path.width)


def sampled_prices(instance: Instance, share: float) -> Floats:
    """Return prices for all customers from a sample of them, shape (n_rows,).

    Args:
        instance: the sample's candidates, with the capacities of all; at least one candidate.
        share: of all customers, the sample's.
    """
    small, inside = _shared(instance, share)
    return _filled(descend(small, None).prices, inside, instance.rows)


def reach_at(instance: Instance, prices: Floats) -> float:
    """Return how far behind its slot's best a candidate may be at some prices to stay among the few that matter."""
    return reach_for(instance.menus, instance.cost(prices), instance.lone, _KEPT)


def _wide(menus: Menus) -> float:
    """Return the mean of the largest value of a slot, 1 at least where values are negative."""
    top = np.maximum.reduceat(menus.value, menus.slot[:-1])
    return float(np.abs(top).mean()) or 1.0


def _sample(instance: Instance, customers: Integers) -> tuple[Instance, Flags]:
    """Return the instance of some customers with their share of what there is, and the lone rows that are in it."""
    return _shared(instance.with_menus(part(instance.menus, customers)), customers.size / instance.customers)


def _shared(instance: Instance, share: float) -> tuple[Instance, Flags]:
    """Return customers with their share of what there is, lone rows whole, and the lone rows that are in it."""
    menus, rows = instance.menus, instance.rows
    n = rows.dense
    used = np.zeros(instance.patterns.start.size - 1, np.bool_)
    used[menus.pattern] = True
    inside = np.zeros(rows.capacity.size, np.bool_)
    inside[instance.patterns.row[np.repeat(used, np.diff(instance.patterns.start))]] = True
    part_of = np.where(np.arange(rows.capacity.size) < n, share, 1.0)
    small = rows._replace(capacity=rows.capacity * part_of, minimum=rows.minimum * part_of)
    return Instance(menus, instance.patterns, small, instance.most), inside[n:]


def _filled(prices: Floats, inside: Flags, rows: Rows) -> Floats:
    """Return prices in which lone rows outside the sample have the mean of those inside."""
    lone = prices[rows.dense :]
    out = prices.copy()
    out[rows.dense :] = np.where(inside, lone, lone[inside].mean() if inside.any() else 0.0)
    return moved(rows, out, np.zeros(out.size))


def _cut(instance: Instance, prices: Floats, like: Instance | None = None) -> tuple[Instance, Integers]:
    """Return the instance of candidates that may matter near some prices; its reach is that of a smaller instance."""
    cost, lone = instance.cost(prices), instance.lone
    reach = reach_at(like or instance, prices)
    menus, places = near(instance.menus, cost, lone, reach)
    return instance.with_menus(menus), places


def _settled(instance: Instance, prices: Floats) -> Floats:
    """Return prices of which the lone ones are exact, given the others."""
    if instance.rows.dense == prices.size:
        return prices
    return settle_lone(instance, prices)
