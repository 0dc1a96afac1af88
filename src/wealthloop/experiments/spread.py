"""How far an estimate may lie off: degrees of freedom, and the error of what was drawn in clusters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def welch_freedom(variances: Sequence[float], sizes: Sequence[int]) -> float:
    """Return the degrees of freedom of a difference of means (Welch and Satterthwaite); infinite without variance.

    Args:
        variances: of each arm's mean.
        sizes: units of each arm.
    """
    below = sum(variance**2 / (size - 1) for variance, size in zip(variances, sizes, strict=True))
    return sum(variances) ** 2 / below if below > 0 else float("inf")


def cluster_spread(
    sums: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the CR2 variance of an arm's mean, with trace and sum of squares of the matrix behind its freedom.

    Bell and McCaffrey (2002): the freedom of a difference is the squared sum of its arms' traces over the sum of
    their sums of squares. The matrix, diagonal but for a product of one vector with itself, is never made.

    Args:
        sums: by cluster, of its units' distances from the arm's mean; shape (..., n_clusters).
        sizes: units by cluster, 0 where it is not there; the same shape.
    """
    n = sizes.sum(axis=-1, keepdims=True)
    scale = 1.0 / (n * np.sqrt(1.0 - sizes / n))
    weighed, straight = (sizes * scale) ** 2, sizes * scale**2
    n = n[..., 0]
    together = weighed.sum(axis=-1)
    trace = straight.sum(axis=-1) - together / n
    squares = (straight**2).sum(axis=-1) - 2.0 * (straight * weighed).sum(axis=-1) / n + (together / n) ** 2
    return ((sums * scale) ** 2).sum(axis=-1), trace, squares
