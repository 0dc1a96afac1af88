"""Amounts as whole numbers, so that a sum is exact and the same in every order."""

from typing import Final

import numpy as np

from wealthloop.allocation.general.layout import MANY, Codes, Floats, Integers

_DECIMALS: Final = 6
_EXACT: Final = 1e-9
"""A number this close to a whole one, relative to it, is meant to be whole."""
_NOISE: Final = 1e-12
"""What adding up may be off by, relative to a capacity."""
_LARGEST: Final = 2.0**44
"""Whole units of the largest number of a row that has no decimal step."""


def whole_units(row: Codes, amount: Floats, capacity: Floats, minimum: Floats) -> tuple[Integers, Integers, Integers]:
    """Return amounts, capacities and minimums in whole units of each row.

    A row's unit is the largest power of ten, from 1 to one millionth, of which all its amounts are multiples. Where
    there is none, it is about 2**-44 of the row's largest number; there an amount is rounded up, and a plan within the
    units is within the capacity but for what adding up in floating point may be off by.

    Args:
        row: of each use, shape (n_uses,).
        amount: not negative, shape (n_uses,).
        capacity: infinite where there is no upper limit, shape (n_rows,).
        minimum: 0 where there is none, shape (n_rows,).
    """
    scale = _scale(row, amount, capacity, minimum)
    steps = scale > 0
    largest = np.where(steps, 1.0, _positive(_largest(row, amount, capacity, minimum)))
    fine = np.where(steps, scale, _LARGEST / largest)
    scaled = amount * fine[row]
    units = np.where(steps[row], np.rint(scaled), np.ceil(scaled))
    limited = np.isfinite(capacity)
    most = np.where(limited, capacity, 0.0) * fine
    least = minimum * fine
    most = np.floor(np.where(steps, most * (1 + _EXACT) + _EXACT, most * (1 + _NOISE)))
    least = np.ceil(np.where(steps, least * (1 - _EXACT) - _EXACT, least * (1 - _NOISE)))
    return (
        units.astype(np.int64),
        np.where(limited, np.minimum(most, MANY), MANY).astype(np.int64),
        np.maximum(least, 0).astype(np.int64),
    )


def _scale(row: Codes, amount: Floats, capacity: Floats, minimum: Floats) -> Floats:
    """Return the units in 1 of each row, 0 where amounts have no decimal step, shape (n_rows,)."""
    largest = _largest(row, amount, capacity, minimum)
    scale = np.zeros(capacity.size)
    for decimals in range(_DECIMALS + 1):
        ten = 10.0**decimals
        scaled = amount * ten
        odd = np.abs(scaled - np.rint(scaled)) > _EXACT * np.maximum(np.abs(scaled), 1.0)
        fits = (np.bincount(row[odd], minlength=capacity.size) == 0) & (largest * ten < _LARGEST)
        scale[fits & (scale == 0)] = ten
    return scale


def _largest(row: Codes, amount: Floats, capacity: Floats, minimum: Floats) -> Floats:
    out = np.maximum(np.where(np.isfinite(capacity), capacity, 0.0), minimum)
    np.maximum.at(out, row, amount)
    return out


def _positive(numbers: Floats) -> Floats:
    return np.where(numbers > 0, numbers, 1.0)
