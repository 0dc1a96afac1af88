"""How much less units tell where clusters draw their arms: the design effect, from how alike a cluster's units are.

Kish (1965, chapter 5): a mean of units in clusters is as uncertain as one of fewer units of their own, by the factor
1 + (m - 1) rho; m is the size of the cluster in which a unit finds itself on average, which counts unequal sizes
(Eldridge, Ashby, Kerry 2006). Rho is estimated by the analysis of variance (Donner 1986).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST_CLUSTERS: Final = 20
"""Clusters of each arm from which CR2 keeps its promise, and clusters from which rho is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Units that may enter an experiment, in the clusters that draw their arms."""

    units: float
    count: float
    """How many clusters they are in."""
    size: float
    """Units in the cluster of a unit, on average over units: the sum of squared sizes over that of sizes."""
    rho: float
    """The correlation of two units of a cluster, 0 to 1."""
    estimated: bool
    """Whether ``rho`` is from history; else it is 1, the bound: a whole cluster tells as much as one unit."""

    def design_effect(self, n: float) -> float:
        """Return by what factor more units are needed when ``n`` of them have entered, any as likely as any other."""
        part = min(n / self.units, 1.0) if self.units else 0.0
        return 1.0 + part * (self.size - 1.0) * self.rho

    def needed(self, n: float) -> float:
        """Return the units that tell as much as ``n`` units that draw their own arms.

        Where all the units there are tell less, it is what more clusters of the same kind would need.
        """
        whole = n * self.design_effect(self.units)
        if whole >= self.units:
            return whole
        return n / (1.0 - n * (self.design_effect(self.units) - 1.0) / self.units)

    def part(self, share: float) -> "Clusters":
        """Return the clusters of some arms that together have a share of all."""
        return replace(self, units=self.units * share, count=self.count * share)


def clusters_of(cluster: ArrayLike, *, rho: float | None) -> Clusters:
    """Return the clusters of some units.

    Args:
        cluster: whose cluster each is in, shape (n_units,).
        rho: see ``alikeness``; None: not known, so that the bound holds.
    """
    sizes = _places(cluster)[1]
    units = float(sizes.sum())
    return Clusters(
        units=units,
        count=float(sizes.size),
        size=float((sizes**2).sum() / units) if units else 1.0,
        rho=1.0 if rho is None else rho,
        estimated=rho is not None,
    )


def alikeness(values: NDArray[np.float64], cluster: ArrayLike) -> float | None:
    """Return the correlation of two units of one cluster, 0 to 1 (analysis of variance).

    Args:
        values: the outcome, shape (n_units,).
        cluster: whose cluster each is in, shape (n_units,).

    Returns:
        None where it cannot be told: fewer than 20 clusters, no two units in one, or values that are all the same.
    """
    place, sizes = _places(cluster)
    n, k = values.size, sizes.size
    if k < LEAST_CLUSTERS or n == k or not np.ptp(values):
        return None
    sums = np.bincount(place, weights=values - values.mean())
    between = float((sums**2 / sizes).sum())
    within = float(((values - values.mean()) ** 2).sum()) - between
    between, within = between / (k - 1), within / (n - k)
    size = (n - float((sizes**2).sum()) / n) / (k - 1)
    return float(np.clip((between - within) / (between + (size - 1.0) * within), 0.0, 1.0))


def _places(cluster: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return each unit's cluster as a number, and the sizes of the clusters."""
    _, place, sizes = np.unique(np.asarray(cluster), return_inverse=True, return_counts=True)
    return place, sizes.astype(np.float64)
