"""The compiled pass over all customers: what each would take at given prices, softened, and how that bends.

A slot whose candidates have reduced values ``u`` (value less the price of what is used) has the soft maximum
``width * log(1 + sum(exp(u / width)))`` (Nesterov 2005, Smooth minimization of non-smooth functions, section 4.1).
A customer with more slots than may be taken pays a price of its own for each, the one at which the chances add up to
what may be taken.
"""

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from numba import njit

from wealthloop.allocation.general.layout import Floats, Integers, Menus, Patterns

_FAR: Final = 22.0
"""Widths behind the best at which a candidate is taken with no chance worth counting."""
_SETTLED: Final = 1e-7
_HALVINGS: Final = 50


class Curve(NamedTuple):
    """Second derivatives times the width; between two rows that are priced by themselves they are left out."""

    dense: Floats
    """Shape (dense, dense)."""
    cross: Floats
    """Shape (n_rows - dense, dense)."""
    own: Floats
    """Shape (n_rows - dense,)."""


class Scratch(NamedTuple):
    """Room to work in for one customer."""

    chance: Floats
    """Of each candidate, shape (largest menu,)."""
    best: Floats
    """Best reduced value of each slot, shape (most slots,)."""
    total: Floats
    """Sum of the weights of each slot, shape (most slots,)."""
    top: Floats
    """Maximum of each slot, shape (most slots,)."""
    mean: Floats
    """Expected use, shape (n_rows,), zero between two customers."""
    tilt: Floats
    """How use falls with the customer's own price, shape (n_rows,), zero between two customers."""
    touched: Integers
    """Rows with an expected use, shape (n_rows,)."""
    mass: Floats
    """Chances added up by pattern, shape (n_patterns,)."""
    loose: Floats
    """The same of slots in which more than one thing has a chance."""


def _mark(scratch: Scratch, patterns: Patterns, pattern: int, weight: float, n: int) -> int:
    """Add a pattern's use to the mean; return how many rows are touched now."""
    for k in range(patterns.start[pattern], patterns.start[pattern + 1]):
        row = patterns.row[k]
        if scratch.mean[row] == 0.0:
            scratch.touched[n] = row
            n += 1
        scratch.mean[row] += weight * patterns.amount[k]
    return n


def _subtract(curve: Curve, vector: Floats, touched: Integers, n: int, weight: float) -> None:
    """Take ``weight`` times the outer product of a vector from the curve."""
    dense = curve.dense.shape[0]
    for a in range(n):
        i = touched[a]
        left = weight * vector[i]
        if i >= dense:
            curve.own[i - dense] -= left * vector[i]
            for b in range(n):
                if touched[b] < dense:
                    curve.cross[i - dense, touched[b]] -= left * vector[touched[b]]
        else:
            for b in range(n):
                if touched[b] < dense:
                    curve.dense[i, touched[b]] -= left * vector[touched[b]]


def _add_squares(curve: Curve, patterns: Patterns, loose: Floats) -> None:
    """Add every pattern's outer product, weighted by the chances of candidates that are not settled."""
    dense = curve.dense.shape[0]
    for pattern in range(loose.size):
        if loose[pattern] > 0.0:
            for a in range(patterns.start[pattern], patterns.start[pattern + 1]):
                i, left = patterns.row[a], loose[pattern] * patterns.amount[a]
                if i >= dense:
                    curve.own[i - dense] += left * patterns.amount[a]
                for b in range(patterns.start[pattern], patterns.start[pattern + 1]):
                    if patterns.row[b] < dense:
                        if i >= dense:
                            curve.cross[i - dense, patterns.row[b]] += left * patterns.amount[b]
                        else:
                            curve.dense[i, patterns.row[b]] += left * patterns.amount[b]


def _own_price(top: Floats, slots: int, most: int, width: float) -> float:
    """Return the price at which a customer's slots are taken ``most`` times in all, 0 if they are not at no price."""
    low, high = 0.0, 0.0
    total = 0.0
    for s in range(slots):
        high = max(high, top[s])
        total += 1.0 / (1.0 + math.exp(-max(min(top[s] / width, 500.0), -500.0)))
    if total <= most:
        return 0.0
    high += 40.0 * width
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        total = 0.0
        for s in range(slots):
            total += 1.0 / (1.0 + math.exp(-max(min((top[s] - middle) / width, 500.0), -500.0)))
        if total > most:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _most_of(best: Floats, slots: int, most: int) -> float:
    """Return the sum of the ``most`` largest of some numbers that are not negative; changes their order."""
    total = 0.0
    for a in range(min(most, slots)):
        at = a
        for b in range(a + 1, slots):
            if best[b] > best[at]:
                at = b
        best[a], best[at] = best[at], best[a]
        total += best[a]
    return total


def _weigh(menus: Menus, cost: Floats, width: float, slot: int, origin: int, chance: Floats) -> tuple[float, float]:
    """Write the weights of a slot's candidates; return the best reduced value and the weights' sum."""
    low, high = menus.slot[slot], menus.slot[slot + 1]
    best = -math.inf
    for i in range(low, high):
        left = menus.value[i] - cost[menus.pattern[i]]
        chance[i - origin] = left
        best = max(best, left)
    total = 0.0
    for i in range(low, high):
        behind = (best - chance[i - origin]) / width
        if behind < _FAR:
            chance[i - origin] = math.exp(-behind)
            total += chance[i - origin]
        else:
            chance[i - origin] = 0.0
    return best, total


def _share(best: float, total: float, own: float, width: float) -> tuple[float, float]:
    """Return what a slot's weights are to be multiplied by, and its soft maximum, at a customer's own price."""
    over = (best - own) / width
    if over > 0.0:
        rest = math.exp(-min(over, 700.0))
        return 1.0 / (total + rest), (best - own) + width * math.log(total + rest)
    up = math.exp(max(over, -700.0))
    return up / (1.0 + total * up), width * math.log(1.0 + total * up)


def _own(scratch: Scratch, slots: int, most: int, width: float) -> tuple[float, float]:
    """Return what a customer's best slots are worth, and the price of its own for each slot."""
    hard = 0.0
    if slots <= most:
        for s in range(slots):
            hard += max(scratch.best[s], 0.0)
        return hard, 0.0
    for s in range(slots):
        scratch.top[s] = scratch.best[s] + width * math.log(scratch.total[s])
    own = own_price(scratch.top, slots, most, width)
    for s in range(slots):
        scratch.top[s] = max(scratch.best[s], 0.0)
    return most_of(scratch.top, slots, most), own


def _take(
    menus: Menus,
    patterns: Patterns,
    scratch: Scratch,
    curve: Curve,
    slot: int,
    origin: int,
    scale: float,
    rest: float,
) -> None:
    """Count the chances of a slot's candidates, and how they bend the curve; ``rest`` is the chance of none."""
    settled = scale > 1.0 - _SETTLED
    touched = 0
    for i in range(menus.slot[slot], menus.slot[slot + 1]):
        weight = scratch.chance[i - origin] * scale
        if weight > 0.0:
            scratch.mass[menus.pattern[i]] += weight
            if not settled:
                scratch.loose[menus.pattern[i]] += weight
                touched = mark(scratch, patterns, menus.pattern[i], weight, touched)
    subtract(curve, scratch.mean, scratch.touched, touched, 1.0)
    for a in range(touched):
        row = scratch.touched[a]
        if rest > 0.0:
            scratch.tilt[row] += rest * scratch.mean[row]
        scratch.mean[row] = 0.0


def _respond(
    menus: Menus, patterns: Patterns, cost: Floats, width: float, most: int, scratch: Scratch, curve: Curve
) -> tuple[float, float]:
    """Add up what customers take; return the sums of their hard and soft maxima.

    Args:
        menus: the candidates.
        patterns: their uses.
        cost: price of each pattern, shape (n_patterns,).
        width: of the soft maxima.
        most: how many slots a customer may take.
        scratch: room to work in; its chances by pattern are added up.
        curve: what the second derivatives are added to.
    """
    hard, soft = 0.0, 0.0
    for customer in range(menus.first.size - 1):
        low = menus.first[customer]
        slots, origin = menus.first[customer + 1] - low, menus.slot[low]
        for s in range(slots):
            scratch.best[s], scratch.total[s] = weigh(menus, cost, width, low + s, origin, scratch.chance)
        worth, own = own_of(scratch, slots, most, width)
        hard += worth
        soft += own * most
        spread = 0.0
        for s in range(slots):
            scale, value = share(scratch.best[s], scratch.total[s], own, width)
            soft += value
            taken = scale * scratch.total[s]
            if taken >= _SETTLED:
                take(menus, patterns, scratch, curve, low + s, origin, scale, 1.0 - taken if slots > most else 0.0)
                spread += taken * (1.0 - taken)
        if slots > most:
            lean(menus, patterns, scratch, curve, customer, spread if own > 0.0 else 0.0)
    add_squares(curve, patterns, scratch.loose)
    return hard, soft


def _lean(menus: Menus, patterns: Patterns, scratch: Scratch, curve: Curve, customer: int, spread: float) -> None:
    """Take off what a customer's own price gives way, if it has one; clear the tilt."""
    n = 0
    for i in range(menus.slot[menus.first[customer]], menus.slot[menus.first[customer + 1]]):
        for k in range(patterns.start[menus.pattern[i]], patterns.start[menus.pattern[i] + 1]):
            row = patterns.row[k]
            if scratch.tilt[row] != 0.0:
                scratch.mean[row], scratch.tilt[row] = scratch.tilt[row], 0.0
                scratch.touched[n] = row
                n += 1
    if spread > _SETTLED:
        subtract(curve, scratch.mean, scratch.touched, n, 1.0 / spread)
    for a in range(n):
        scratch.mean[scratch.touched[a]] = 0.0


mark: Final[Any] = njit(cache=True, inline="always")(_mark)
subtract: Final[Any] = njit(cache=True)(_subtract)
add_squares: Final[Any] = njit(cache=True)(_add_squares)
own_price: Final[Any] = njit(cache=True)(_own_price)
most_of: Final[Any] = njit(cache=True)(_most_of)
weigh: Final[Any] = njit(cache=True, inline="always")(_weigh)
share: Final[Any] = njit(cache=True, inline="always")(_share)
own_of: Final[Any] = njit(cache=True, inline="always")(_own)
take: Final[Any] = njit(cache=True, inline="always")(_take)
lean: Final[Any] = njit(cache=True)(_lean)
respond: Final[Callable[..., tuple[float, float]]] = njit(cache=True)(_respond)
