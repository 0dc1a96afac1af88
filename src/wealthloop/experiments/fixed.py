"""Comparisons that are read once, at the end: means, shares, ratios; adjusted, stratified, by cluster.

Welch (1947) for means; the delta method for ratios; CUPED (Deng, Xu, Kohavi, Walker, WSDM 2013) for a covariate known
before; post-stratification; CR2 standard errors with Bell and McCaffrey's degrees of freedom (2002) for clusters.
Everything is one sum of influence values a unit, so that the parts go together.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from wealthloop.errors import InvalidInput
from wealthloop.experiments.spread import cluster_spread, welch_freedom

Floats: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["mean", "binary", "ratio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Units of one arm, arrays of shape (n,)."""

    value: Floats
    denominator: Floats | None = None
    """For ratios."""
    covariate: Floats | None = None
    """Known before the start."""
    stratum: NDArray[np.int64] | None = None
    cluster: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A treatment against control."""

    effect: float
    relative_effect: float | None
    """A share of control's; None where that is 0."""
    low: float
    high: float
    pvalue: float
    n_control: int
    n_treatment: int
    freedom: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """Both arms' estimates; ``error`` is the standard error of their difference."""

    control: float
    treated: float
    error: float
    freedom: float
    n_control: int
    n_treatment: int

    @property
    def effect(self) -> float:
        """The difference."""
        return self.treated - self.control

    def read(self, *, half: float, pvalue: float, method: str) -> Compared:
        """Return the comparison with an interval of that half-width."""
        return Compared(
            effect=self.effect, relative_effect=self.effect / self.control if self.control else None,
            low=self.effect - half, high=self.effect + half, pvalue=pvalue, n_control=self.n_control,
            n_treatment=self.n_treatment, freedom=self.freedom, method=method,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arm:
    """An arm's estimate with what each unit adds to its error: the variance is the sum of squares over n squared."""

    estimate: float
    influence: Floats
    cluster: NDArray[np.int64] | None

    @property
    def size(self) -> int:
        return len(self.influence)


def compare(control: Units, treated: Units, *, kind: Kind = "mean", alpha: float = 0.05) -> Compared:
    """Compare a treatment with control.

    Args:
        control: its units.
        treated: the treatment's.
        kind: ``mean``; ``binary`` for values of 0 and 1, read by the normal limit; ``ratio`` of sums.
        alpha: the risk that the interval leaves the effect out.

    Raises:
        InvalidInput: fewer than two units, values that do not suit the kind, or a stratum that lacks an arm's units.
    """
    found = estimated(control, treated, kind=kind)
    law = stats.t(found.freedom) if np.isfinite(found.freedom) else stats.norm()
    half = float(law.ppf(1 - alpha / 2)) * found.error
    pvalue = float(2 * law.sf(abs(found.effect) / found.error)) if found.error > 0 else float(found.effect == 0)
    return found.read(half=half, pvalue=pvalue, method=", ".join(parts_of(kind, control)))


def estimated(control: Units, treated: Units, *, kind: Kind) -> Estimated:
    """Return both arms' estimates with the error of their difference, before any choice of how often it is read.

    Raises:
        InvalidInput: see ``compare``.
    """
    check(control, treated, kind)
    plain = control if kind != "ratio" else _linear(control)
    against = treated if kind != "ratio" else _linear(treated)
    adjusted = _adjusted(plain, against)
    arms = [_arm(one, weights) for one, weights in zip(adjusted, _weights(adjusted), strict=True)]
    if kind == "ratio":
        arms = [
            replace(arm, estimate=_ratio(one) + arm.estimate) for arm, one in zip(arms, (control, treated), strict=True)
        ]
    variances, freedom = _spread(arms, normal=kind != "mean")
    return Estimated(
        control=arms[0].estimate, treated=arms[1].estimate, error=float(np.sqrt(sum(variances))), freedom=freedom,
        n_control=arms[0].size, n_treatment=arms[1].size,
    )  # fmt: skip


def _ratio(units: Units) -> float:
    assert units.denominator is not None
    return float(units.value.sum() / units.denominator.sum())


def _linear(units: Units) -> Units:
    """Return a ratio's units by what each adds to it, about 0 (delta method)."""
    assert units.denominator is not None
    value = (units.value - _ratio(units) * units.denominator) / units.denominator.mean()
    return replace(units, value=value, denominator=None)


def _adjusted(control: Units, treated: Units) -> tuple[Units, Units]:
    """Take off what the covariate explains, with one slope for both arms."""
    if control.covariate is None or treated.covariate is None:
        return control, treated
    x = [one.covariate - one.covariate.mean() for one in (control, treated) if one.covariate is not None]
    y = [one.value - one.value.mean() for one in (control, treated)]
    spread = float(sum((part**2).sum() for part in x))
    slope = float(sum((a * b).sum() for a, b in zip(x, y, strict=True))) / spread if spread > 0 else 0.0
    middle = float(np.concatenate([control.covariate, treated.covariate]).mean())
    return (
        replace(control, value=control.value - slope * (control.covariate - middle)),
        replace(treated, value=treated.value - slope * (treated.covariate - middle)),
    )


def _weights(arms: tuple[Units, Units]) -> tuple[dict[int, float], dict[int, float]]:
    """Return what share of all units each stratum holds, the same for both arms."""
    if arms[0].stratum is None or arms[1].stratum is None:
        return {}, {}
    names, counts = np.unique(
        np.concatenate([one.stratum for one in arms if one.stratum is not None]), return_counts=True
    )
    shares = dict(zip(names.tolist(), (counts / counts.sum()).tolist(), strict=True))
    return shares, shares


def _arm(units: Units, shares: dict[int, float]) -> _Arm:
    if not shares or units.stratum is None:
        n = len(units.value)
        influence = (units.value - units.value.mean()) * np.sqrt(n / (n - 1))
        return _Arm(estimate=float(units.value.mean()), influence=influence, cluster=units.cluster)
    n, estimate, influence = len(units.value), 0.0, np.zeros(len(units.value))
    for name, share in shares.items():
        ours = units.stratum == name
        size = int(ours.sum())
        if size < 2:
            raise InvalidInput(f"a stratum holds {size} unit(s) of an arm, at least 2 are needed: join strata")
        estimate += share * float(units.value[ours].mean())
        away = units.value[ours] - units.value[ours].mean()
        influence[ours] = share * n / size * away * np.sqrt(size / (size - 1))
    return _Arm(estimate=estimate, influence=influence, cluster=units.cluster)


def _spread(arms: list[_Arm], *, normal: bool) -> tuple[list[float], float]:
    """Return each arm's variance, and the degrees of freedom of their sum; infinite for the normal limit."""
    if arms[0].cluster is None:
        variances = [float((arm.influence**2).sum()) / arm.size**2 for arm in arms]
        freedom = float("inf") if normal else welch_freedom(variances, [arm.size for arm in arms])
        return variances, freedom
    parts = [_by_cluster(arm) for arm in arms]
    below = sum(part[2] for part in parts)
    freedom = sum(part[1] for part in parts) ** 2 / below if below > 0 else float("inf")
    return [part[0] for part in parts], freedom


def _by_cluster(arm: _Arm) -> tuple[float, float, float]:
    """Return the CR2 variance of an arm's mean, and trace and sum of squares of the matrix behind its freedom."""
    assert arm.cluster is not None
    _, place = np.unique(arm.cluster, return_inverse=True)
    sizes: Floats = np.bincount(place).astype(np.float64)
    if len(sizes) < 2:
        raise InvalidInput("an arm holds one cluster alone, at least two are needed")
    sums: Floats = np.bincount(place, weights=arm.influence * np.sqrt((arm.size - 1) / arm.size)).astype(np.float64)
    variance, trace, squares = cluster_spread(sums, sizes)
    return float(variance), float(trace), float(squares)


def parts_of(kind: Kind, control: Units) -> list[str]:
    """Return the names of what a comparison is made of."""
    names = {"mean": "Welch", "binary": "difference of shares, normal limit", "ratio": "ratio of sums, delta method"}
    parts = ["clusters, CR2 with Bell-McCaffrey degrees of freedom" if control.cluster is not None else names[kind]]
    if kind == "ratio" and control.cluster is not None:
        parts.append("ratio of sums, delta method")
    parts += ["CUPED"] if control.covariate is not None else []
    parts += ["post-stratified"] if control.stratum is not None else []
    return parts


def check(control: Units, treated: Units, kind: Kind) -> None:
    """Refuse units that cannot be read as that kind.

    Raises:
        InvalidInput: see ``compare``.
    """
    for units in (control, treated):
        if len(units.value) < 2:
            raise InvalidInput(f"an arm holds {len(units.value)} unit(s), at least 2 are needed")
        for column in (units.value, units.denominator, units.covariate):
            if column is not None and not np.isfinite(column).all():
                raise InvalidInput("a value is not finite, must be numbers")
        if kind == "binary" and not np.isin(units.value, (0.0, 1.0)).all():
            raise InvalidInput("a value is neither 0 nor 1, choose kind mean")
        if (kind == "ratio") != (units.denominator is not None):
            raise InvalidInput("a ratio needs a denominator, and nothing else has one")
        if units.denominator is not None and not units.denominator.sum() > 0:
            raise InvalidInput("the denominators of an arm add up to nothing")
