"""How good a score is: discrimination, calibration, stability of its distribution."""

from dataclasses import dataclass
from typing import Final

import numpy as np
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


def expected_calibration_error(probabilities: Floats, outcomes: Floats) -> float | None:
    """Return the mean absolute gap of predicted and observed shares over 10 groups of equal size; None when empty."""
    if probabilities.size == 0:
        return None
    order = np.argsort(probabilities, kind="stable")
    groups = [group for group in np.array_split(order, BINS) if group.size]
    gaps = [abs(float(probabilities[group].mean() - outcomes[group].mean())) * group.size for group in groups]
    return float(sum(gaps) / probabilities.size)


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


def distribution(scores: Floats) -> Distribution:
    """Return the distribution of scores over their own deciles.

    Example:
        >>> distribution(np.arange(100.0)).shares[0]
        0.1
    """
    cuts = np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1]) if scores.size else np.zeros(0)
    edges = np.unique(cuts)
    shares = _shares(scores, edges) if scores.size else np.ones(1)
    return Distribution(edges=tuple(edges.tolist()), shares=tuple(shares.tolist()))


def psi(reference: Distribution, scores: Floats) -> float | None:
    """Return the population stability index of scores against a reference; None without scores.

    Sum over bins of (now - then) ln(now / then); an empty bin counts as a share of 1e-4. Scores that are not known
    (NaN) do not count.
    """
    known = scores[~np.isnan(scores)]
    if known.size == 0:
        return None
    now = np.maximum(_shares(known, np.array(reference.edges)), _EMPTY)
    then = np.maximum(np.array(reference.shares), _EMPTY)
    return float(((now - then) * np.log(now / then)).sum())


def _shares(scores: Floats, edges: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, scores, side="left"), minlength=edges.size + 1)
    return counts / scores.size
