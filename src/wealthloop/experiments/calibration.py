"""Do the tests keep their word? Thousands of experiments in which nothing happens, read as experiments are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import binomtest

from wealthloop.experiments.boundary import boundary
from wealthloop.experiments.fixed import Floats, Kind, Units, compare

ALPHA: Final = 0.05
_N: Final = 1_000
"""Units of each arm of a comparison that is read once."""
_A_DAY: Final = 100
"""Units of both arms that enter on a day of a test that is looked at daily."""
_DAYS: Final = (14, 30, 60)
_CLUSTERS: Final = 60
_SIGMA: Final = 1.0
_BASE: Final = 0.1
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a kind of test did over many experiments without an effect."""

    kind: str
    method: str
    peek_days: int
    """Daily looks; 0 for one look at the end."""
    runs: int
    false_positive_rate: float
    interval: tuple[float, float]
    """95 %, Wilson (1927)."""
    coverage: float
    """How often the interval, or all of a sequence's, held the truth."""


def calibrate(runs: int, *, seed: int = 7, told: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Run experiments of every kind in which both arms are alike.

    Args:
        runs: of each kind.
        seed: of the draws.
        told: the name of each kind as it begins.
    """
    rows = []
    for place, (name, (draw, kind)) in enumerate(_KINDS.items()):
        told(name)
        source = np.random.default_rng([seed, place])
        hits = 0
        for _ in range(runs):
            found = compare(draw(source, 0), draw(source, 1), kind=kind, alpha=ALPHA)
            hits += not found.low <= 0 <= found.high
        rows.append(_row(name, "fixed", 0, runs, hits))
    for place, (name, values) in enumerate(_STREAMS.items()):
        told(f"{name}, daily")
        for method in ("fixed", "always-valid"):
            firsts = _first_alarms(values, np.random.default_rng([seed, 100 + place]), runs, method)
            rows += [_row(name, method, days, runs, int((firsts <= days).sum())) for days in _DAYS]
    return rows


def _row(kind: str, method: str, days: int, runs: int, hits: int) -> Row:
    ends = binomtest(hits, runs).proportion_ci(method="wilson")
    return Row(
        kind=kind, method=method, peek_days=days, runs=runs, false_positive_rate=hits / runs,
        interval=(float(ends.low), float(ends.high)), coverage=1 - hits / runs,
    )  # fmt: skip


def _first_alarms(
    values: Callable[[np.random.Generator, tuple[int, ...]], Floats],
    source: np.random.Generator,
    runs: int,
    method: str,
) -> Floats:
    """Return the first day on which each run's interval left out 0, infinite where none did."""
    days, half = max(_DAYS), _A_DAY // 2
    firsts = np.full(runs, np.inf)
    for run in range(runs):
        both = values(source, (2, days, half))
        n = np.arange(1, days + 1) * half
        mean = np.cumsum(both.sum(axis=2), axis=1) / n
        variance = np.cumsum((both**2).sum(axis=2), axis=1) / n - mean**2
        error = np.sqrt(variance.sum(axis=0) / n)
        edge = _EDGES[method](2 * n, 2 * days * half)
        out = np.flatnonzero(np.abs(mean[1] - mean[0]) > edge * error)
        firsts[run] = out[0] + 1 if len(out) else np.inf
    return firsts


_EDGES: Final[Mapping[str, Callable[[Any, int], Floats]]] = {
    "fixed": lambda n, _: np.full(len(n), _Z95),
    "always-valid": lambda n, planned: np.array([boundary(int(one), n_planned=planned, alpha=ALPHA) for one in n]),
}


def _binary(source: np.random.Generator, _: int) -> Units:
    return Units(value=(source.random(_N) < _BASE).astype(np.float64))


def _lognormal(source: np.random.Generator, _: int) -> Units:
    return Units(value=source.lognormal(0.0, _SIGMA, _N))


def _ratio(source: np.random.Generator, _: int) -> Units:
    visits: Floats = np.asarray(1 + source.poisson(3.0, _N), dtype=np.float64)
    keen = source.beta(2.0, 18.0, _N)
    return Units(value=source.binomial(visits.astype(np.int64), keen).astype(np.float64), denominator=visits)


def _cuped(source: np.random.Generator, _: int) -> Units:
    before = source.normal(size=_N)
    return Units(value=0.7 * before + source.normal(size=_N), covariate=before)


def _clustered(source: np.random.Generator, arm: int) -> Units:
    cluster = np.repeat(np.arange(_CLUSTERS // 2), 1 + source.poisson(20.0, _CLUSTERS // 2))
    level = source.normal(0.0, 0.5, _CLUSTERS // 2)[cluster]
    return Units(value=level + source.normal(size=len(cluster)), cluster=cluster + 1_000 * arm)


_KINDS: Final[Mapping[str, tuple[Callable[[np.random.Generator, int], Units], Kind]]] = {
    "binary": (_binary, "binary"), "lognormal": (_lognormal, "mean"), "ratio": (_ratio, "ratio"),
    "cuped": (_cuped, "mean"), "clustered": (_clustered, "mean"),
}  # fmt: skip
_STREAMS: Final[Mapping[str, Callable[[np.random.Generator, tuple[int, ...]], Floats]]] = {
    "binary": lambda source, shape: (source.random(shape) < _BASE).astype(np.float64),
    "lognormal": lambda source, shape: source.lognormal(0.0, _SIGMA, shape),
}
ABOUT: Final = (
    f"{_N} units an arm (clustered: {_CLUSTERS // 2} clusters of about 21), binary rate {_BASE:g}, lognormal sigma "
    f"{_SIGMA:g}, equal arms; daily: {_A_DAY} units a day"
)


def markdown(rows: Sequence[Row], *, seed: int) -> str:
    """Return the table as a document."""
    lines = [
        "# Do the tests keep their word?", "",
        f"Experiments in which both arms are alike; {ABOUT}. Seed {seed}, `make calibration` repeats it.", "",
        "An ordinary test is right when it is read once. Read daily until it is significant, it finds winners where",
        "there are none; the always-valid interval does not.", "",
        "| kind | method | looks | runs | false positives | 95 % interval | coverage |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in rows:
        looked = f"daily, {row.peek_days} days" if row.peek_days else "one"
        low, high = row.interval
        lines.append(
            f"| {row.kind} | {row.method} | {looked} | {row.runs:,} | {row.false_positive_rate:.2%} | "
            f"{low:.2%} to {high:.2%} | {row.coverage:.2%} |"
        )
    return "\n".join(lines) + "\n"
