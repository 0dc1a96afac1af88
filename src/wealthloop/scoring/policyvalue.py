"""What a policy that nobody has played would have been worth: from logged arms and the probabilities of their draw.

Inverse probability weighting (Horvitz and Thompson, 1952; ratio form after Hájek, 1971) and doubly robust estimation
(Dudík, Langford and Li, "Doubly robust policy evaluation and learning", ICML 2011). The first needs the logged
probabilities alone; the second is as right, and narrower where the models of outcomes are good.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.scoring.qini import Measured
from wealthloop.scoring.types import Floats

_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What was done, with which probability, and what came of it; arrays of shape (n,) unless said otherwise."""

    arm: NDArray[np.int64]
    """Which arm, from 0."""
    probability: Floats
    """With which that arm was drawn, above 0."""
    outcome: Floats
    expected: Floats
    """What models that had not seen the row expect of each arm, shape (n, n_arms)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """The average outcome under a policy."""

    ipw: Measured
    dr: Measured
    effective: float
    """How many rows the weights are worth (Kish): few, where the policy does what was seldom logged."""


def policy_value(logged: Logged, policy: Floats) -> PolicyValue:
    """Estimate a policy's value with 95 % intervals.

    Args:
        logged: rows in which every arm that the policy uses had a chance.
        policy: with which probability it would choose each arm, shape (n, n_arms).

    Raises:
        InvalidInput: shapes differ, a probability is not within (0, 1], or the policy's do not add up to 1.
    """
    _check(logged, policy)
    rows = np.arange(len(logged.arm))
    weight = policy[rows, logged.arm] / logged.probability
    total = float(weight.sum())
    mean = float((weight * logged.outcome).sum() / total) if total else 0.0
    spread = weight * (logged.outcome - mean) / (total / len(weight)) if total else np.zeros(len(weight))
    surprise = weight * (logged.outcome - logged.expected[rows, logged.arm])
    robust = (policy * logged.expected).sum(axis=1) + surprise
    return PolicyValue(
        ipw=_around(mean, spread), dr=averaged(robust),
        effective=total**2 / float((weight**2).sum()) if total else 0.0,
    )  # fmt: skip


def difference(logged: Logged, policy: Floats, other: Floats) -> Measured:
    """Return how much more a policy is worth than another, doubly robust, with its 95 % interval."""
    _check(logged, policy)
    _check(logged, other)
    rows = np.arange(len(logged.arm))
    more = policy - other
    surprise = more[rows, logged.arm] / logged.probability
    surprise = surprise * (logged.outcome - logged.expected[rows, logged.arm])
    each = (more * logged.expected).sum(axis=1) + surprise
    return averaged(each)


def averaged(each: Floats) -> Measured:
    """Return the mean of some units with its 95 % interval."""
    return _around(float(each.mean()), each)


def _around(mean: float, each: Floats) -> Measured:
    half = _Z95 * float(each.std(ddof=1) / np.sqrt(len(each)))
    return Measured(estimate=mean, low=mean - half, high=mean + half)


def _check(logged: Logged, policy: Floats) -> None:
    n = len(logged.arm)
    if not n == len(logged.probability) == len(logged.outcome) or not policy.shape == logged.expected.shape:
        raise InvalidInput("arms, probabilities, outcomes, expectations and the policy must have one row for each unit")
    if n < 2 or ((logged.probability <= 0) | (logged.probability > 1)).any():
        raise InvalidInput("at least two rows are needed, each with a logged probability above 0 and at most 1")
    if not np.allclose(policy.sum(axis=1), 1.0) or (policy < 0).any():
        raise InvalidInput("a policy's probabilities of the arms must be 0 or more and add up to 1 in each row")
