"""One matrix of bins for all models of a snapshot: a byte a cell instead of eight, cut once at quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.scoring.types import Floats

Codes: TypeAlias = NDArray[np.uint8]
"""Shape (n_rows, n_columns): 0 not known, else one more than how many edges are below the value."""

MOST: Final = 63
"""Bins of what is known."""
_SAMPLE: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """Where the columns of a matrix are cut."""

    names: tuple[str, ...]
    edges: tuple[Floats, ...]
    """Of each column, ascending: a value at or below the k-th has a code of at most k + 1."""

    def codes(self, x: Floats) -> Codes:
        """Return the codes of rows, shape (n_rows, n_columns)."""
        out = np.empty(x.shape, dtype=np.uint8)
        for place, edges in enumerate(self.edges):
            values = x[:, place]
            found = np.searchsorted(edges, values, side="left") + 1
            found[np.isnan(values)] = 0
            out[:, place] = found
        return out


def bins_of(x: Floats, names: Sequence[str]) -> Bins:
    """Return where to cut: at values that occur, so that bins hold about as many rows; what is infinite is not known.

    Args:
        x: shape (n_rows, n_columns), NaN where not known; the rows that models learn from, never later ones.
        names: of the columns.
    """
    some = x[:: max(1, len(x) // _SAMPLE)]
    return Bins(names=tuple(names), edges=tuple(_edges(column) for column in some.T))


def _edges(column: Floats) -> Floats:
    known = column[np.isfinite(column)]
    if not known.size:
        return np.zeros(0)
    values = np.unique(known)
    if len(values) > MOST:
        values = np.unique(np.quantile(known, np.linspace(0, 1, MOST + 1)[1:], method="inverted_cdf"))
    return values[:-1].astype(np.float64)
