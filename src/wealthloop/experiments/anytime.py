"""Comparisons that may be looked at on any day for ratios, strata and clusters.

Each estimate of ``fixed`` is a mean of influence values a unit (delta method) but for a rest that vanishes faster than
its error, and so the boundary of a mean holds for it: Waudby-Smith et al., arXiv 2103.06476, section 2; Bibaut,
Kallus, Lindon, "Near-optimal non-parametric sequential tests", arXiv 2212.14411, for estimates of this kind.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments.boundary import always_valid_pvalue, boundaries
from wealthloop.experiments.clusters import LEAST_CLUSTERS
from wealthloop.experiments.effect import MIN_UNITS, Pending, too_early
from wealthloop.experiments.fixed import Compared, Estimated, Floats, Kind, Units, estimated, parts_of

_NEAR_ONE: Final = 1e-16


def compare_anytime(
    control: Units, treated: Units, *, kind: Kind = "mean", n_planned: int, alpha: float = 0.05
) -> Compared | Pending:
    """Compare a treatment with control by an interval that holds at every look.

    The clock is that of units, also where clusters were drawn: the error of clusters shrinks no faster than that of
    as many single units, so that clusters may enter whole or grow. Where the degrees of freedom are few the boundary
    is stretched as Student's law stretches the normal one.

    Args:
        control: its units.
        treated: the treatment's.
        kind: see ``fixed.compare``.
        n_planned: units of both arms at which the interval shall be tightest; fixed before the start.
        alpha: the risk that the interval ever leaves the effect out.

    Raises:
        InvalidInput: see ``fixed.compare``; fewer than 20 clusters in an arm, or a cluster in both arms.
    """
    if n_planned < 1:
        raise InvalidInput(f"n_planned == {n_planned}, must be at least 1")
    if control.cluster is not None and treated.cluster is not None:
        _check_clusters(control.cluster, treated.cluster)
    found = estimated(control, treated, kind=kind)
    waiting = _waiting(control, treated)
    if waiting is not None:
        return waiting
    return read_anytime(found, n_planned=n_planned, alpha=alpha, method=_named(kind, control, alpha))


def read_anytime(found: Estimated, *, n_planned: int, alpha: float, method: str) -> Compared:
    """Return an estimate with its always-valid interval and p value."""
    n = found.n_control + found.n_treatment
    half = found.error * float(stretched(boundaries(np.array([n]), n_planned=n_planned, alpha=alpha), found.freedom)[0])
    pvalue = float(found.effect == 0)
    if found.error > 0:
        plain = _normal_distance(abs(found.effect) / found.error, found.freedom)
        pvalue = always_valid_pvalue(plain, 1.0, n, n_planned=n_planned, alpha=alpha)
    return found.read(half=half, pvalue=pvalue, method=method)


def stretched(edges: Floats, freedom: Floats | float) -> Floats:
    """Return distances of Student's law that are left as rarely as those of the normal one, in their shape."""
    found: Floats = np.asarray(stats.t.isf(stats.norm.sf(edges), freedom), dtype=np.float64)
    return np.where(np.isfinite(freedom), found, edges)


def _normal_distance(distance: float, freedom: float) -> float:
    if not np.isfinite(freedom):
        return distance
    return float(stats.norm.isf(max(float(stats.t.sf(distance, freedom)), _NEAR_ONE)))


def _check_clusters(control: NDArray[Any], treated: NDArray[Any]) -> None:
    both = np.intersect1d(control, treated).size
    if both:
        raise InvalidInput(
            f"{both} cluster(s) have units in both arms: they were not drawn as a whole, leave the cluster out "
            "or give the column that was drawn"
        )
    fewest = min(np.unique(control).size, np.unique(treated).size)
    if fewest < LEAST_CLUSTERS:
        raise InvalidInput(
            f"an arm has {fewest} cluster(s), {LEAST_CLUSTERS} are needed to be looked at on any day: wait for more, "
            "draw smaller clusters, or read it once at its end (method fixed)"
        )


def _waiting(control: Units, treated: Units) -> Pending | None:
    values = [one.value if one.cluster is None else _totals(one) for one in (control, treated)]
    arm = np.repeat([False, True], [len(one) for one in values])
    least = MIN_UNITS if control.cluster is None else LEAST_CLUSTERS
    return too_early(np.concatenate(values), arm, float(arm.mean()), least=least)


def _totals(units: Units) -> Floats:
    _, place = np.unique(np.asarray(units.cluster), return_inverse=True)
    return np.bincount(place, weights=units.value).astype(np.float64)


def _named(kind: Kind, control: Units, alpha: float) -> str:
    parts = [{"Welch": "difference in means"}.get(part, part) for part in parts_of(kind, control)]
    return ", ".join([f"always valid {100 * (1 - alpha):g} % (asymptotic confidence sequence)", *parts])
