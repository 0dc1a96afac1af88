"""The average effect of a strategy's contacts, shrunk to its prior, and its spreading over customers.

The effect is causal: past contacts were planned for everyone and withheld from a random control. It is spread by a
model of effects (``effectmodels``) as soon as one is shown to rank customers. Until then the spreading assumes that a
contact raises everyone's likelihood in proportion to what it is without one: where that is wrong (customers who would
buy anyway, customers whom a contact puts off) the average is still right and the ranking is not.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.scoring.types import Floats

HIGHEST: Final = 0.95
"""No customer is expected to convert with more than this probability."""

_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContacts:
    """Planned contacts of one strategy whose outcome window has closed; a customer once, by the first contact."""

    treated: NDArray[np.bool_]
    """Contacted, or withheld as control, shape (n,)."""
    outcome: Floats
    """1 converted within the window, 0 not, shape (n,)."""
    p_no_contact: Floats
    """The propensity as it stood when the contact was planned, shape (n,); NaN where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What a strategy document expects of a contact, as a change of the conversion share."""

    mean: float
    sd: float
    """Above 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEffect:
    """The average effect of a contact on the conversion share, with its 95 % interval."""

    mean: float
    sd: float
    low: float
    high: float
    n_treated: int
    n_control: int
    source: Literal["prior", "measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """What a contact is expected to add, customer by customer; every array of shape (n_customers,)."""

    uplift: Floats
    low: Floats
    high: Floats
    """95 % interval of the strategy's average effect, spread like it; not of the customer's own effect."""
    p_contact: Floats
    p_no_contact: Floats


def estimate_uplift(past: PastContacts, prior: Prior) -> ContactEffect:
    """Estimate a strategy's average effect and shrink it to its prior by their precisions.

    The estimate is the difference of mean (outcome - propensity) between treated and control: as unbiased as the
    plain difference, because the propensity was fixed before the arm counted, and narrower the better it predicts.
    A normal estimate and a normal prior give a normal posterior (Gelman et al., "Bayesian Data Analysis", 2.5).

    Raises:
        InvalidInput: arrays of different lengths, an outcome other than 0 or 1, or a prior sd not above 0.
    """
    _check(past, prior)
    n_treated, n_control = int(past.treated.sum()), int((~past.treated).sum())
    if n_treated and n_control:
        mean, sd = _posterior(past, prior)
        return _effect(mean, sd, n_treated, n_control, source="measured")
    return _effect(prior.mean, prior.sd, n_treated, n_control, source="prior")


def _posterior(past: PastContacts, prior: Prior) -> tuple[float, float]:
    """Return mean and standard deviation of the effect given the contacts and the prior."""
    gain = past.outcome - _filled(past.p_no_contact)
    measured = float(gain[past.treated].mean() - gain[~past.treated].mean())
    variance = _variance(gain, past, arm=True) + _variance(gain, past, arm=False)
    weight = prior.sd**2 / (prior.sd**2 + variance)
    return weight * measured + (1 - weight) * prior.mean, float(np.sqrt(weight * variance))


def _effect(
    mean: float, sd: float, n_treated: int, n_control: int, *, source: Literal["prior", "measured"]
) -> ContactEffect:
    low, high = max(-1.0, mean - _Z95 * sd), min(1.0, mean + _Z95 * sd)
    return ContactEffect(mean=mean, sd=sd, low=low, high=high, n_treated=n_treated, n_control=n_control, source=source)


def incremental(
    effect: ContactEffect, p_no_contact: Floats, *, base_rate: float, relative: Floats | None = None
) -> Increment:
    """Spread a strategy's average effect over customers, by a model of effects or in proportion to their propensity.

    Args:
        effect: the average effect, from ``estimate_uplift``.
        p_no_contact: each customer's propensity, shape (n_customers,); NaN counts as ``base_rate``.
        base_rate: the mean propensity of the customers to whom the average applies; 0 gives everyone the average.
        relative: each customer's effect as a multiple of the average one, from a model of effects; None where there
            is none that may be used: propensity stands in for it.

    Returns:
        Uplifts such that the probability with a contact stays between 0 and .95.
    """
    without = np.where(np.isnan(p_no_contact), base_rate, p_no_contact)
    if relative is None:
        relative = without / base_rate if base_rate > 0 else np.ones_like(without)

    def spread(amount: float) -> Floats:
        return np.clip(amount * relative, -without, np.maximum(0.0, HIGHEST - without))

    uplift = spread(effect.mean)
    return Increment(
        uplift=uplift,
        low=spread(effect.low),
        high=spread(effect.high),
        p_contact=without + uplift,
        p_no_contact=without,
    )


def _check(past: PastContacts, prior: Prior) -> None:
    if not past.treated.shape == past.outcome.shape == past.p_no_contact.shape:
        raise InvalidInput("treated, outcome and p_no_contact must have one entry each for every contact")
    odd = past.outcome[(past.outcome != 0) & (past.outcome != 1)]
    if odd.size:
        raise InvalidInput(f"outcome == {odd[0]}, must be 0 or 1")
    if not prior.sd > 0:
        raise InvalidInput(f"prior sd == {prior.sd}, must be above 0")


def _filled(propensity: Floats) -> Floats:
    """Fill what is not known with the mean of what is, so that it moves no difference; 0 when nothing is known."""
    known = propensity[~np.isnan(propensity)]
    return np.where(np.isnan(propensity), known.mean() if known.size else 0.0, propensity)


def _variance(gain: Floats, past: PastContacts, *, arm: bool) -> float:
    """Return the variance of an arm's mean gain.

    Two pseudo-contacts with the variance of the share smoothed by one success and one failure keep an arm without
    any conversion from claiming to be certain (after Agresti and Caffo, 2000).
    """
    chosen = past.treated == arm
    n = int(chosen.sum())
    share = (float(past.outcome[chosen].sum()) + 1) / (n + 2)
    squares = float(((gain[chosen] - gain[chosen].mean()) ** 2).sum())
    return (squares + 2 * share * (1 - share)) / (n + 1) / n
