"""Rows as small whole numbers: where a value stands among all the thresholds that any tree has for its column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.scoring.forest.read import Tree
from wealthloop.scoring.types import Floats

Codes: TypeAlias = NDArray[np.uint8 | np.uint16]
"""Shape (n_columns, n_rows)."""

_NOUGHT: Final = float(np.float32(1e-35))
"""What is not farther from 0 is read as 0, as LightGBM reads it."""
_SMALL: Final = 255
_LARGE: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How the columns of a matrix become codes.

    A column is read twice where some nodes send what is not known to the left and others to the right: once as the
    smallest code, once as the largest.
    """

    source: tuple[int, ...]
    """The column of the matrix behind each coded one."""
    nan_left: tuple[bool, ...]
    """Whether what is not known has the smallest code there."""
    thresholds: tuple[Floats, ...]
    """Ascending, of each coded column; a value at or below the k-th has a code of at most k + 1."""

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """The smallest type that holds every code."""
        return np.uint8 if max((len(one) for one in self.thresholds), default=0) + 2 <= _SMALL else np.uint16

    def apply(self, x: Floats) -> Codes:
        """Return the codes of rows, shape (n_coded, n_rows)."""
        out = np.empty((len(self.source), x.shape[0]), dtype=self.dtype)
        for place, column in enumerate(self.source):
            values, thresholds = np.where(np.abs(x[:, column]) <= _NOUGHT, 0.0, x[:, column]), self.thresholds[place]
            codes = np.searchsorted(thresholds, values, side="left") + 1
            unknown = np.isnan(values)
            codes[unknown] = 0 if self.nan_left[place] else len(thresholds) + 1
            out[place] = codes
        return out


def coding_of(models: Sequence[Sequence[Tree]]) -> Coding:
    """Return the coding that every tree of some models can be scored on.

    Raises:
        ValueError: more thresholds of a column than 16 bits can tell apart.
    """
    found: dict[tuple[int, bool], list[Floats]] = {}
    for trees in models:
        for tree in trees:
            for left in (True, False):
                ours = tree.nan_left == left
                for column in np.unique(tree.feature[ours]).tolist():
                    found.setdefault((column, left), []).append(tree.threshold[ours & (tree.feature == column)])
    pairs = sorted(found)
    thresholds = tuple(np.unique(np.concatenate(found[pair])) for pair in pairs)
    if any(len(one) + 2 > _LARGE for one in thresholds):
        raise ValueError("more thresholds of a column than 16 bits can tell apart")
    return Coding(
        source=tuple(column for column, _ in pairs), nan_left=tuple(left for _, left in pairs), thresholds=thresholds
    )
