"""How often tests find what is not there, find what is there, and hold the truth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binomtest

from wealthloop.experiments.calibration.daily import DAYS, STREAMS, Seen, Stream, batches
from wealthloop.experiments.calibration.draws import CASES, Arms, Case
from wealthloop.experiments.fixed import Floats, compare
from wealthloop.experiments.randomised import redrawn

ALPHA: Final = 0.05
_REDRAWN: Final = 399
"""Redrawn arms of a randomisation test; its risk does not depend on how many they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a test did over many trials of a kind."""

    kind: str
    method: str
    """``fixed`` and ``always-valid`` as the command reads them; ``welch`` where it does not, for comparison."""
    peek_days: int
    """Daily looks, on a plan of as many days; 0 for one look at the end."""
    runs: int
    false_positive_rate: float
    """Of trials without effect, those in which any look left out 0."""
    interval: tuple[float, float]
    """Of that rate, 95 %, Wilson (1927)."""
    coverage: float
    """Of trials with an effect, those in which every look held the truth of the named estimand."""
    power: float
    """Of trials with an effect, those in which any look left out 0."""
    width_ratio: float | None
    """Mean width on the last planned day over that of the interval of a single look."""
    about: str


@dataclass(slots=True, kw_only=True)
class _Counts:
    """How many trials of a row had a false winner, held the truth, found the effect; and summed widths."""

    false: int = 0
    held: int = 0
    found: int = 0
    width: float = 0.0
    width_once: float = 0.0


def calibrate(runs: int, *, seed: int = 7, told: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Run trials of every kind, without an effect and with one.

    Args:
        runs: of each kind, and as many with an effect.
        seed: of the draws.
        told: the name of each kind as it begins.
    """
    rows = []
    for place, case in enumerate(CASES):
        told(case.name)
        rows += _once(case, runs, [seed, place])
    for place, stream in enumerate(STREAMS):
        told(f"{stream.name}, daily")
        rows += _daily(stream, runs, [seed, 100 + place])
    return rows


def _once(case: Case, runs: int, seed: list[int]) -> list[Row]:
    source = np.random.default_rng(seed)
    counts = {method: _Counts() for method in (("fixed", "welch") if case.test == "randomised" else ("fixed",))}
    for _ in range(runs):
        for moved in (False, True):
            arms = case.draw(source, moved)
            truth = case.truth if moved else 0.0
            for method, count in counts.items():
                ordinary = method == "welch" or case.test == "ordinary"
                finds, holds = (_ordinary if ordinary else _redrawn)(case, arms, truth, int(source.integers(2**31)))
                count.false += finds and not moved
                count.found += finds and moved
                count.held += holds and moved
    return [_row(case.name, method, 0, runs, case.about, count) for method, count in counts.items()]


def _ordinary(case: Case, arms: Arms, truth: float, _: int) -> tuple[bool, bool]:
    one = compare(*arms, kind=case.kind, alpha=ALPHA)
    return not one.low <= 0 <= one.high, one.low <= truth <= one.high


def _redrawn(_: Case, arms: Arms, truth: float, seed: int) -> tuple[bool, bool]:
    drawn = redrawn(*arms, draws=_REDRAWN, seed=seed)
    return drawn.pvalue() <= ALPHA, drawn.pvalue(truth) > ALPHA


def _daily(stream: Stream, runs: int, seed: list[int]) -> list[Row]:
    source = np.random.default_rng(seed)
    counts = {(method, days): _Counts() for method in ("fixed", "always-valid") for days in DAYS}
    for moved in (False, True):
        for seen in batches(stream, source, runs, moved=moved):
            for (method, days), count in counts.items():
                _count(count, seen, method, days, stream.truth if moved else None)
    return [_row(stream.name, method, days, runs, stream.about, one) for (method, days), one in counts.items()]


def _count(count: _Counts, seen: Seen, method: str, days: int, truth: float | None) -> None:
    once = seen.once[:, :days]
    if method == "fixed":
        centre, half = seen.effect[:, :days], once
    else:
        centre, half = seen.always_effect[days], seen.always[days]
    finds = int(_any_outside(centre, half, 0.0))
    if truth is None:
        count.false += finds
        count.width += float(half[:, -1].sum())
        count.width_once += float(once[:, -1].sum())
        return
    count.found += finds
    count.held += len(centre) - int(_any_outside(centre, half, truth))


def _any_outside(centre: Floats, half: Floats, truth: float) -> int:
    return int((np.abs(centre - truth) > half).any(axis=1).sum())


def _row(kind: str, method: str, days: int, runs: int, about: str, count: _Counts) -> Row:
    ends = binomtest(count.false, runs).proportion_ci(method="wilson")
    return Row(
        kind=kind, method=method, peek_days=days, runs=runs, false_positive_rate=count.false / runs,
        interval=(float(ends.low), float(ends.high)), coverage=count.held / runs, power=count.found / runs,
        width_ratio=count.width / count.width_once if method == "always-valid" else None, about=about,
    )  # fmt: skip
