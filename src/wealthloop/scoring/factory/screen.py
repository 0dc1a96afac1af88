"""The cheap look before any tree: which columns say anything of a target, and which say too much."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wealthloop.scoring.factory.binning import MOST, Codes
from wealthloop.scoring.types import Floats

LEAK_AUC: Final = 0.9
"""A column that tells a target this well alone is named where a leak is suspected."""
_CODES: Final = MOST + 1
_GROUP: Final = 4
"""Neighbouring bins that are counted together, so that few positives do not look like many differences."""
_SIGNAL: Final = 3.0
"""Standard deviations of chi-squared beyond what chance gives."""
_MOST_COLUMNS: Final = 64
_LEAST_COLUMNS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What the look found."""

    columns: NDArray[np.int64]
    """The columns worth learning from, ascending; none where no column says more than chance."""
    leaks: tuple[int, ...]
    """Columns that tell the target nearly by themselves, the surest first."""


def screen(codes: Codes, label: NDArray[np.bool_]) -> Screened:
    """Look at each column alone.

    A column says something where the bins of positives differ from those of negatives (chi-squared of independence,
    Pearson 1900, over bins joined by fours, its excess over its degrees of freedom in standard deviations). The best
    64 stay; where any does, at least 8.

    Args:
        codes: shape (n, n_columns).
        label: shape (n,).
    """
    counts = np.zeros((2, codes.shape[1], _CODES), dtype=np.int64)
    _count(codes, label, counts)
    excess = _excess(counts)
    order = np.argsort(-excess, kind="stable")
    telling = int((excess > _SIGNAL).sum())
    kept = order[: min(max(telling, _LEAST_COLUMNS), _MOST_COLUMNS)] if telling else order[:0]
    alone = _alone(counts)
    sure = [int(place) for place in np.argsort(-alone, kind="stable") if alone[place] > LEAK_AUC]
    return Screened(columns=np.sort(kept), leaks=tuple(sure))


def _excess(counts: NDArray[np.int64]) -> Floats:
    """Return by column how far chi-squared lies above its degrees of freedom, in standard deviations."""
    seen = counts.reshape(2, counts.shape[1], _CODES // _GROUP, _GROUP).sum(axis=3).astype(np.float64)
    by_bin, by_class = seen.sum(axis=0), seen.sum(axis=2)
    total = np.maximum(by_class.sum(axis=0), 1.0)
    expected = by_bin[None] * by_class[:, :, None] / total[None, :, None]
    found = np.divide((seen - expected) ** 2, expected, out=np.zeros_like(seen), where=expected > 0).sum(axis=(0, 2))
    freedom = np.maximum((by_bin > 0).sum(axis=1) - 1.0, 0.0)
    excess: Floats = np.divide(found - freedom, np.sqrt(2 * freedom), out=np.zeros(len(found)), where=freedom > 0)
    return excess


def _alone(counts: NDArray[np.int64]) -> Floats:
    """Return by column the AUC of its value as the score, in whichever direction is better."""
    negatives, positives = counts.astype(np.float64)
    pairs = np.maximum(negatives.sum(axis=1) * positives.sum(axis=1), 1.0)
    below = np.cumsum(negatives, axis=1) - negatives
    won = (positives * (below + negatives / 2)).sum(axis=1) / pairs
    both = (negatives.sum(axis=1) > 0) & (positives.sum(axis=1) > 0)
    return np.where(both, np.maximum(won, 1 - won), 0.5)


def _count_rows(codes: Codes, label: NDArray[np.bool_], counts: NDArray[np.int64]) -> None:
    """Add up rows by class, column and code, shape (2, n_columns, n_codes)."""
    for row in range(codes.shape[0]):
        which = 1 if label[row] else 0
        for column in range(codes.shape[1]):
            counts[which, column, codes[row, column]] += 1


_count: Final[Callable[..., None]] = njit(cache=True, nogil=True)(_count_rows)
