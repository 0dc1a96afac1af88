"""How good a score is: discrimination, calibration, stability of its distribution."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import rankdata

from wealthloop.scoring.types import Floats

BINS: Final = 10
_Z95: Final = 1.959963984540054
_EMPTY: Final = 1e-4
_STEPS: Final = 50
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Calibration slope: the outcome's logistic regression on the predicted log-odds; 1 is perfect."""

    estimate: float
    low: float
    high: float
    """95 % interval."""


def auc(scores: Floats, outcomes: Floats) -> float | None:
    """Return the area under the ROC curve, ties counted half; None where one class is missing.

    Source: Mann and Whitney (1947), U statistic over n_positives x n_negatives.
    """
    positives = float(outcomes.sum())
    negatives = outcomes.size - positives
    if positives == 0 or negatives == 0:
        return None
    ranks = rankdata(scores)
    return float((ranks[outcomes > 0].sum() - positives * (positives + 1) / 2) / (positives * negatives))


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Customers with like scores: what was foretold, and what was seen."""

    expected: float
    """Mean score."""
    share: float
    """Share of positives."""
    half: float
    """Half of the share's 95 % interval (Agresti and Coull, 1998)."""


def reliability(probabilities: Floats, outcomes: Floats, weight: Floats) -> tuple[Observed, ...]:
    """Return what was foretold and seen by tenth of the score; see ``expected_calibration_error``."""
    order, group = _tenths(probabilities, weight)
    found = []
    for place in range(BINS):
        rows = order[group == place]
        if not len(rows):
            continue
        share = float(np.average(outcomes[rows], weights=weight[rows]))
        size = float(weight[rows].sum()) ** 2 / float((weight[rows] ** 2).sum()) + _Z95**2
        middle = (share * (size - _Z95**2) + _Z95**2 / 2) / size
        half = _Z95 * float(np.sqrt(middle * (1 - middle) / size))
        expected = float(np.average(probabilities[rows], weights=weight[rows]))
        found.append(Observed(expected=expected, share=share, half=half))
    return tuple(found)


def expected_calibration_error(probabilities: Floats, outcomes: Floats, weight: Floats | None = None) -> float | None:
    """Return the mean absolute gap of predicted and observed shares over 10 groups of equal weight; None when empty.

    Args:
        probabilities: shape (n,).
        outcomes: 0 or 1, shape (n,).
        weight: how many customers each row stands for, shape (n,); None for one each.
    """
    if probabilities.size == 0:
        return None
    given = np.ones(probabilities.size) if weight is None else weight
    order, group = _tenths(probabilities, given)
    gap = np.bincount(group, weights=given[order] * (probabilities[order] - outcomes[order]), minlength=BINS)
    return float(np.abs(gap).sum() / given.sum())


def _tenths(probabilities: Floats, weight: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows from the lowest score up, and the tenth by weight that each falls into."""
    order = np.argsort(probabilities, kind="stable")
    ours = weight[order]
    middle = np.cumsum(ours) - ours / 2
    total = float(ours.sum()) or 1.0
    return order, np.minimum((middle / total * BINS).astype(np.int64), BINS - 1)


def calibration_slope(probabilities: Floats, outcomes: Floats) -> Slope | None:
    """Return the calibration slope with its 95 % interval; None where it cannot be estimated.

    Newton's method on the two-parameter logistic likelihood; the interval is Wald's. Source: Cox (1958), "Two
    further applications of a model for binary regression".
    """
    if outcomes.size == 0 or outcomes.min() == outcomes.max() or np.ptp(probabilities) == 0:
        return None
    odds = logit(np.clip(probabilities, _TINY, 1 - _TINY))
    centred = odds - odds.mean()
    design = np.column_stack([np.ones_like(centred), centred])
    mean = float(outcomes.mean())
    beta = np.array([np.log(mean / (1 - mean)), 0.0])
    for _ in range(_STEPS):
        fitted = expit(design @ beta)
        information = (design * (fitted * (1 - fitted))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (outcomes - fitted))
        beta = beta + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-9:
            error = float(np.sqrt(np.linalg.inv(information)[1, 1]))
            estimate = float(beta[1])
            return Slope(estimate=estimate, low=estimate - _Z95 * error, high=estimate + _Z95 * error)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A score's distribution: inner edges of its quantile bins and the share of customers in each."""

    edges: tuple[float, ...]
    """Ascending, at most 9; fewer where scores are tied."""
    shares: tuple[float, ...]
    """One more than ``edges``, adding up to 1."""


def distribution(scores: Floats, weight: Floats | None = None) -> Distribution:
    """Return the distribution of scores over their own deciles; ``weight`` as in ``expected_calibration_error``.

    Example:
        >>> distribution(np.arange(100.0)).shares[0]
        0.1
    """
    if not scores.size:
        return Distribution(edges=(), shares=(1.0,))
    ours = np.ones(scores.size) if weight is None else weight
    steps = np.linspace(0, 1, BINS + 1)[1:-1]
    cuts = (
        np.quantile(scores, steps)
        if weight is None
        else np.quantile(scores, steps, weights=ours, method="inverted_cdf")
    )
    edges = np.unique(cuts)
    return Distribution(edges=tuple(edges.tolist()), shares=tuple(_shares(scores, edges, ours).tolist()))


def psi(reference: Distribution, scores: Floats) -> float | None:
    """Return the population stability index of scores against a reference; None without scores.

    Sum over bins of (now - then) ln(now / then); an empty bin counts as a share of 1e-4. Scores that are not known
    (NaN) do not count.
    """
    known = scores[~np.isnan(scores)]
    if known.size == 0:
        return None
    now = np.maximum(_shares(known, np.array(reference.edges), np.ones(known.size)), _EMPTY)
    then = np.maximum(np.array(reference.shares), _EMPTY)
    return float(((now - then) * np.log(now / then)).sum())


def _shares(scores: Floats, edges: Floats, weight: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, scores, side="left"), weights=weight, minlength=edges.size + 1)
    return np.asarray(counts / weight.sum(), dtype=np.float64)
