"""Made-up trials whose effect is known, one look each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy.stats import norm

from wealthloop.experiments.fixed import Floats, Kind, Units

Source: TypeAlias = np.random.Generator
Arms: TypeAlias = tuple[Units, Units]
BASE: Final = 0.1
SIGMA: Final = 1.0
CUT: Final = float(np.exp(SIGMA * norm.ppf(0.999)))
"""The 99.9 % cut of lognormal amounts, known before."""
_N: Final = 1_000
_CLUSTERS: Final = 30
_LARGE: Final = 2.0
_FEW, _MANY = 200, 9_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A kind of trial."""

    name: str
    kind: Kind
    draw: Callable[[Source, bool], Arms]
    """Control and treatment; with the effect or without."""
    truth: float
    """The effect on the estimand."""
    about: str
    test: Literal["ordinary", "randomised"] = "ordinary"


def limited_mean(level: float, sigma: float, cut: float) -> float:
    """Return the mean of a lognormal amount held at a cut: E min(X, cut), X = exp(level + sigma Z)."""
    at = (np.log(cut) - level) / sigma
    return float(np.exp(level + sigma**2 / 2) * norm.cdf(at - sigma) + cut * norm.sf(at))


def lifted(sigma: float, lift: float, cut: float) -> float:
    """Return what multiplying a lognormal amount by 1 + ``lift`` adds to its mean held at a cut."""
    return limited_mean(float(np.log1p(lift)), sigma, cut) - limited_mean(0.0, sigma, cut)


def visits(source: Source, shape: tuple[int, ...], more: float | Floats) -> tuple[Floats, Floats]:
    """Return purchases and visits of customers who are keen to different degrees; ``more`` is added to the rate."""
    below = 1 + source.poisson(3.0, shape)
    keen = np.minimum(source.beta(2.0, 18.0, shape) + more, 1.0)
    return source.binomial(below, keen).astype(np.float64), below.astype(np.float64)


def _binary(source: Source, moved: bool) -> Arms:  # noqa: FBT001 - whether the treatment works
    rates = BASE, BASE + (0.04 if moved else 0.0)
    control, treated = (Units(value=(source.random(_N) < rate).astype(np.float64)) for rate in rates)
    return control, treated


def _amounts(source: Source, moved: bool) -> Arms:  # noqa: FBT001 - whether the treatment works
    lift = 1.16 if moved else 1.0
    control, treated = (Units(value=np.minimum(source.lognormal(0.0, SIGMA, _N) * by, CUT)) for by in (1.0, lift))
    return control, treated


def _ratio(source: Source, moved: bool) -> Arms:  # noqa: FBT001 - whether the treatment works
    made = [visits(source, (_N,), more) for more in (0.0, 0.02 if moved else 0.0)]
    control, treated = (Units(value=value, denominator=below) for value, below in made)
    return control, treated


def _cuped(source: Source, moved: bool) -> Arms:  # noqa: FBT001 - whether the treatment works
    before = source.normal(size=(2, _N))
    value = 0.7 * before + source.normal(size=(2, _N))
    value[1] += 0.125 if moved else 0.0
    control, treated = (Units(value=y, covariate=x) for y, x in zip(value, before, strict=True))
    return control, treated


def _clustered(source: Source, moved: bool) -> Arms:  # noqa: FBT001 - whether the treatment works
    made = []
    for arm, more in enumerate((0.0, 0.4 if moved else 0.0)):
        cluster = np.repeat(np.arange(_CLUSTERS), 1 + source.poisson(20.0, _CLUSTERS))
        level = source.normal(more, 0.5, _CLUSTERS)[cluster]
        made.append(Units(value=level + source.normal(size=len(cluster)), cluster=cluster + 1_000 * arm))
    return made[0], made[1]


def _small(cut: float, *, more: float, lift: float) -> Callable[[Source, bool], Arms]:
    def draw(source: Source, moved: bool) -> Arms:  # noqa: FBT001 - whether the treatment works
        control = Units(value=np.minimum(source.lognormal(0.0, _LARGE, _MANY), cut))
        value = source.lognormal(0.0, _LARGE, _FEW)
        return control, Units(value=np.minimum(value * (1.0 + lift) + more if moved else value, cut))

    return draw


_LARGE_CUT: Final = float(np.exp(_LARGE * norm.ppf(0.999)))
_EACH: Final = f"{_N:,} units an arm"
CASES: Final = (
    Case(name="binary", kind="binary", draw=_binary, truth=0.04, about=f"rate {BASE:g}, {_EACH}, effect +.04"),
    Case(name="lognormal", kind="mean", draw=_amounts, truth=lifted(SIGMA, 0.16, CUT),
         about=f"sigma {SIGMA:g}, winsorised at the 99.9 % cut, {_EACH}, effect +16 % on every amount"),
    Case(name="ratio", kind="ratio", draw=_ratio, truth=0.02,
         about=f"purchases by visits, rate .1, {_EACH}, effect +.02"),
    Case(name="cuped", kind="mean", draw=_cuped, truth=0.125,
         about=f"normal, the covariate explains a third, {_EACH}, effect +.125"),
    Case(name="clustered", kind="mean", draw=_clustered, truth=0.4,
         about=f"{_CLUSTERS} clusters an arm of about 21 units, a fifth of the variance between them, effect +.4"),
    Case(name="lognormal_small_arm", kind="mean", draw=_small(np.inf, more=8.0, lift=0.0), truth=8.0,
         test="randomised", about=f"sigma {_LARGE:g}, uncut, {_FEW} of {_FEW + _MANY:,} treated, effect +8 for all"),
    Case(name="lognormal_small_arm_cut", kind="mean", draw=_small(_LARGE_CUT, more=0.0, lift=0.3),
         truth=lifted(_LARGE, 0.3, _LARGE_CUT),
         test="randomised", about="the same, winsorised at the 99.9 % cut, effect +30 % on every amount"),
)  # fmt: skip
