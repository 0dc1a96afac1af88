"""Learners compared on rows that they have not seen: in time order by later ones, else fold by fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.kit import buckets
from wealthloop.scoring.measure import auc
from wealthloop.scoring.tabular.encode import Encoding
from wealthloop.scoring.tabular.learners import CHECKPOINTS, LEARNERS, Learner, Model, fit_linear, fit_trees, fits
from wealthloop.scoring.types import Floats

Split: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows to learn from, and rows to validate on."""

_FOLDS: Final = 5
_FIRST: Final = 0.4
"""Share of the rows in time order that the first validation trains on."""
_MOST: Final = 100_000
"""Rows on which learners are compared; the chosen one learns from all."""
_SEEDS: Final = 5
_CLEAR: Final = 0.01
"""AUC by which one learner must be ahead to stand alone."""
_CHANCE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A learner and how it did on rows that it had not seen."""

    name: str
    rounds: int | None
    aucs: tuple[float, ...]
    """By validation part."""
    margins: Floats
    """Log-odds of every validated row, NaN of the others, shape (n_rows,)."""

    @property
    def auc(self) -> float:
        """The mean over validation parts."""
        return float(np.mean(self.aucs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """What is used: one learner, or the average of two."""

    name: str
    why: str
    parts: tuple[Tried, ...]
    margins: Floats


def later(y: Floats) -> list[Split]:
    """Cut rows in time order: each part is validated by what comes before it; parts without both classes are joined."""
    size = len(y)
    cuts = np.linspace(_FIRST * size, size, _FOLDS).astype(int).tolist()
    splits: list[Split] = []
    begin = cuts[0]
    for end in cuts[1:]:
        ours, before = y[begin:end], y[:begin]
        if min(ours.sum(), len(ours) - ours.sum()) > 0 and min(before.sum(), len(before) - before.sum()) > 1:
            splits.append((np.arange(begin), np.arange(begin, end)))
            begin = end
    if not splits:
        raise InvalidInput("the target's two values do not occur both early and late: validation by time is impossible")
    return splits


def hashed(x: Floats, y: Floats) -> list[Split]:
    """Deal rows into folds, the classes evenly; rows of the same content stay together, whatever their class."""
    draws, content = np.unique(buckets("folds", [row.tobytes().hex() for row in x]), return_inverse=True)
    share = np.bincount(content, weights=y) / np.bincount(content)
    rank = np.empty(len(draws), dtype=np.int64)
    rank[np.lexsort((draws, share))] = np.arange(len(draws))
    many = int(min(_FOLDS, y.sum(), len(y) - y.sum(), len(draws)))
    folds = rank[content] % many
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(many)]


def try_all(x: Floats, y: Floats, encoding: Encoding, splits: Sequence[Split], seed: int) -> list[Tried]:
    """Try every learner that the table is small enough for, on every split."""
    tried = []
    for learner in LEARNERS:
        if fits(learner, x):
            tried += _try(learner, x, y, encoding, splits, seed)
    return tried


def _try(
    learner: Learner, x: Floats, y: Floats, encoding: Encoding, splits: Sequence[Split], seed: int
) -> list[Tried]:  # fmt: skip
    """Return how a learner does, once for each number of rounds."""
    rounds: Sequence[int | None] = (None,) if learner.kind == "linear" else CHECKPOINTS
    margins = {many: np.full(len(y), np.nan) for many in rounds}
    for train, test in splits:
        some = train if len(train) <= _MOST else train[:: len(train) // _MOST + 1]
        if learner.kind == "linear":
            margins[None][test] = fit_linear(learner, x[some], y[some], encoding.categorical).margins(x[test])
            continue
        trees = fit_trees(learner, x[some], y[some], encoding.categorical, rounds=CHECKPOINTS[-1], seeds=1, seed=seed)
        for many in CHECKPOINTS:
            margins[many][test] = trees.at(many).margins(x[test])
    return [
        Tried(name=learner.name, rounds=many, aucs=aucs_of(found, y, splits), margins=found)
        for many, found in margins.items()
    ]


def aucs_of(margins: Floats, y: Floats, splits: Sequence[Split]) -> tuple[float, ...]:
    """Return the AUC on each validation part with both classes."""
    found = [auc(margins[test], y[test]) for _, test in splits]
    return tuple(one for one in found if one is not None)


def chosen(tried: Sequence[Tried], y: Floats) -> Best:
    """Average the best linear learner and the best trees, unless one alone is better by more than its noise.

    Where not even the best can be told from chance, the first that was tried, which is the most cautious, stands alone.
    """
    kinds = {"linear": [one for one in tried if one.rounds is None], "trees": [one for one in tried if one.rounds]}
    firsts = [max(ours, key=lambda one: one.auc) for ours in kinds.values() if ours]
    best = max(firsts, key=lambda one: one.auc)
    if best.auc - 2 * _chance_noise(y[~np.isnan(best.margins)]) <= _CHANCE:
        calm = tried[0]
        why = (
            f"no learner is told from chance (best AUC {best.auc:.3f}, within twice its noise of .5): the most cautious"
        )
        return Best(name=calm.name, why=why, parts=(calm,), margins=calm.margins)
    if len(firsts) == 1:
        return Best(name=best.name, why="the only kind that fits the table", parts=(best,), margins=best.margins)
    other = min(firsts, key=lambda one: one.auc)
    gaps = np.array(best.aucs) - np.array(other.aucs)
    noise = _noise(gaps)
    if gaps.mean() > 2 * noise and gaps.mean() > _CLEAR:
        why = f"better than {other.name} by {gaps.mean():.3f} of AUC, more than twice its noise"
        return Best(name=best.name, why=why, parts=(best,), margins=best.margins)
    why = f"{best.name} and {other.name} differ by {gaps.mean():.3f} of AUC, within noise: averaged"
    return Best(
        name=f"{firsts[0].name} + {firsts[1].name}", why=why, parts=tuple(firsts),
        margins=np.mean([one.margins for one in firsts], axis=0),
    )  # fmt: skip


def _chance_noise(y: Floats) -> float:
    """Return the standard error of the AUC of scores that know nothing (Mann and Whitney, 1947)."""
    ones = float(y.sum())
    return float(np.sqrt((len(y) + 1) / (12 * ones * (len(y) - ones))))


def _noise(values: Floats) -> float:
    """Return the standard error of a mean over validation parts; infinite of a single one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float(np.inf)


def refit(one: Tried, x: Floats, y: Floats, encoding: Encoding, seed: int) -> Model:
    """Let what was tried learn from every row; trees from several seeds, averaged."""
    learner = next(learner for learner in LEARNERS if learner.name == one.name)
    if one.rounds is None:
        return fit_linear(learner, x, y, encoding.categorical)
    return fit_trees(learner, x, y, encoding.categorical, rounds=one.rounds, seeds=_SEEDS, seed=seed)
