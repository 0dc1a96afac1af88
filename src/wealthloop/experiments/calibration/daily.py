"""Trials that are looked at every day for two weeks, a month or two, many at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from wealthloop.experiments.anytime import stretched
from wealthloop.experiments.boundary import boundaries
from wealthloop.experiments.calibration.draws import BASE, CUT, SIGMA, Source, lifted, visits
from wealthloop.experiments.clusters import LEAST_CLUSTERS
from wealthloop.experiments.effect import Trial, seen_at
from wealthloop.experiments.fixed import Floats
from wealthloop.experiments.moments import SumsKind, compare_sums
from wealthloop.experiments.spread import cluster_spread

DAYS: Final = (14, 30, 60)
A_DAY: Final = 100
"""Units of both arms that enter on a day."""
ENTERING: Final = 2
"""Clusters of each arm that enter on a day, of about 21 units each."""
GROWING: Final = 30
"""Clusters of each arm that all stand from the first day."""
_SIZE: Final = 20.0
_BETWEEN: Final = 0.5
_AT_ONCE: Final = 200
_ALPHA: Final = 0.05

Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What trials said at each look, shape (n_runs, n_looks); ``always`` by the last day of the plan."""

    effect: Floats
    once: Floats
    """Half-widths of the interval of a single look."""
    always_effect: dict[int, Floats]
    always: dict[int, Floats]
    """Half-widths of the always-valid interval, by days planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A kind of trial that is looked at daily."""

    name: str
    watch: Callable[[Source, int, bool], Seen]
    truth: float
    about: str


def batches(stream: Stream, source: Source, runs: int, *, moved: bool) -> Iterator[Seen]:
    """Watch many trials, some at a time."""
    for first in range(0, runs, _AT_ONCE):
        yield stream.watch(source, min(_AT_ONCE, runs - first), moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    """Units of trials by day, shape (n_runs, n_days, units a day)."""

    treated: Bools
    value: Floats
    other: Floats | None = None
    """Covariate or denominator."""


def _watch_units(kind: SumsKind, draw: Callable[[Source, Bools, float], _Units], effect: float) -> Callable[..., Seen]:
    def watch(source: Source, runs: int, moved: bool) -> Seen:  # noqa: FBT001 - whether the treatment works
        treated = source.random((runs, max(DAYS), A_DAY)) < 0.5
        units = draw(source, treated, effect if moved else 0.0)
        treatment, control = (_sums(units, arm) for arm in (treated, ~treated))
        found = compare_sums(control, treatment, kind=kind)
        if kind == "ratio":
            n = np.arange(1, max(DAYS) + 1) * A_DAY
            always = {
                days: found.error[:, :days] * boundaries(n[:days], n_planned=days * A_DAY, alpha=_ALPHA)
                for days in DAYS
            }
            centre = {days: found.effect[:, :days] for days in DAYS}
        else:
            centre, always = _influence(units)
        return Seen(effect=found.effect, once=found.halves(_ALPHA), always_effect=centre, always=always)

    return watch


def _sums(units: _Units, arm: Bools) -> Floats:
    y = units.value
    x = np.zeros_like(y) if units.other is None else units.other
    columns = (np.ones_like(y), y, x, y * y, x * x, x * y)
    return np.stack([np.cumsum((column * arm).sum(axis=2), axis=1) for column in columns], axis=-1)


def _influence(units: _Units) -> tuple[dict[int, Floats], dict[int, Floats]]:
    runs = len(units.value)
    centre, always = ({days: np.empty((runs, days)) for days in DAYS} for _ in range(2))
    for run in range(runs):
        trial = Trial(
            treated=units.treated[run].ravel(), outcome=units.value[run].ravel(), share=0.5,
            covariate=None if units.other is None else units.other[run].ravel(),
        )  # fmt: skip
        for days in DAYS:
            looks = np.arange(1, days + 1) * A_DAY
            centre[days][run], always[days][run], _ = seen_at(trial, looks, days * A_DAY, alpha=_ALPHA)
    return centre, always


def _binary(source: Source, treated: Bools, effect: float) -> _Units:
    return _Units(treated=treated, value=(source.random(treated.shape) < BASE + effect * treated).astype(np.float64))


def _amounts(source: Source, treated: Bools, effect: float) -> _Units:
    value = source.lognormal(0.0, SIGMA, treated.shape) * (1.0 + effect * treated)
    return _Units(treated=treated, value=np.minimum(value, CUT))


def _ratio(source: Source, treated: Bools, effect: float) -> _Units:
    value, below = visits(source, treated.shape, np.where(treated, effect, 0.0))
    return _Units(treated=treated, value=value, other=below)


def _cuped(source: Source, treated: Bools, effect: float) -> _Units:
    before = source.normal(size=treated.shape)
    return _Units(
        treated=treated, value=0.7 * before + source.normal(size=treated.shape) + effect * treated, other=before
    )


def _entering(source: Source, runs: int) -> Iterator[tuple[int, Floats, Floats]]:
    """Draw clusters that enter whole; yield day, sums without effect and sizes, shape (n_runs, 2, n_clusters)."""
    shape = (runs, 2, ENTERING * max(DAYS))
    sizes = (1 + source.poisson(_SIZE, shape)).astype(np.float64)
    sums = sizes * source.normal(0.0, _BETWEEN, shape) + np.sqrt(sizes) * source.normal(size=shape)
    for day in range(1, max(DAYS) + 1):
        yield day, sums[..., : ENTERING * day], sizes[..., : ENTERING * day]


def _growing(source: Source, runs: int) -> Iterator[tuple[int, Floats, Floats]]:
    """Draw clusters that all stand from the first day and grow."""
    shape = (runs, 2, GROWING)
    level, sizes, sums = source.normal(0.0, _BETWEEN, shape), np.zeros(shape), np.zeros(shape)
    for day in range(1, max(DAYS) + 1):
        more = source.poisson(A_DAY / (2 * GROWING), shape)
        sizes, sums = sizes + more, sums + more * level + np.sqrt(more) * source.normal(size=shape)
        yield day, sums, sizes


def _watch_clusters(
    draw: Callable[[Source, int], Iterator[tuple[int, Floats, Floats]]], effect: float, a_day: float
) -> Callable[..., Seen]:
    def watch(source: Source, runs: int, moved: bool) -> Seen:  # noqa: FBT001 - whether the treatment works
        shape = (runs, max(DAYS))
        centre, once = np.zeros(shape), np.full(shape, np.inf)
        always = {days: np.full((runs, days), np.inf) for days in DAYS}
        for day, sums, sizes in draw(source, runs):
            means = sums.sum(axis=2) / sizes.sum(axis=2)
            variance, trace, squares = cluster_spread(sums - means[..., None] * sizes, sizes)
            error, freedom = np.sqrt(variance.sum(axis=1)), trace.sum(axis=1) ** 2 / squares.sum(axis=1)
            ready = (sizes > 0).sum(axis=2).min(axis=1) >= LEAST_CLUSTERS
            centre[:, day - 1] = means[:, 1] - means[:, 0] + (effect if moved else 0.0)
            once[:, day - 1] = np.where(ready, stats.t.isf(_ALPHA / 2, freedom) * error, np.inf)
            for days in (one for one in DAYS if one >= day):
                n = sizes.sum(axis=(1, 2))
                edge = stretched(boundaries(n, n_planned=round(a_day * days), alpha=_ALPHA), freedom)
                always[days][:, day - 1] = np.where(ready, edge * error, np.inf)
        return Seen(effect=centre, once=once, always=always, always_effect={days: centre[:, :days] for days in DAYS})

    return watch


STREAMS: Final = (
    Stream(name="binary", watch=_watch_units("mean", _binary, 0.03), truth=0.03, about=f"rate {BASE:g}, effect +.03"),
    Stream(name="lognormal", watch=_watch_units("mean", _amounts, 0.12), truth=lifted(SIGMA, 0.12, CUT),
           about=f"sigma {SIGMA:g}, winsorised at the 99.9 % cut, effect +12 % on every amount"),
    Stream(name="ratio", watch=_watch_units("ratio", _ratio, 0.015), truth=0.015, about="rate .1, effect +.015"),
    Stream(name="cuped", watch=_watch_units("cuped", _cuped, 0.1), truth=0.1, about="effect +.1"),
    Stream(name="clustered", watch=_watch_clusters(_entering, 0.3, 2 * ENTERING * (1 + _SIZE)), truth=0.3,
           about=f"{ENTERING} clusters an arm enter each day, of about 21 units, effect +.3"),
    Stream(name="clustered_growing", watch=_watch_clusters(_growing, 0.5, A_DAY), truth=0.5,
           about=f"{GROWING} clusters an arm stand from the first day and grow by {A_DAY} units a day, effect +.5"),
)  # fmt: skip
