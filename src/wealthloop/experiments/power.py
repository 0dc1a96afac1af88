"""How many units an experiment needs, and what it can find with those it has.

Normal approximation with unpooled variances (Cohen 1988, chapters 2 and 6; Chow, Shao, Wang 2008, section 4.2). Where
clusters draw the arms: times the design effect, with Student's law of the clusters' freedom (Donner and Klar 2000,
chapter 5).
"""

import math
from dataclasses import dataclass

from scipy.special import ndtri, stdtrit

from wealthloop.errors import InvalidInput
from wealthloop.experiments.boundary import boundary
from wealthloop.experiments.clusters import Clusters
from wealthloop.experiments.spread import welch_freedom


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Standard deviation of the outcome in each arm, in the outcome's unit."""

    treated: float
    control: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How an experiment is read.

    ``share`` is the treatment arm's share of its pair with control; ``always_valid``: looked at on any day, which
    needs about 1.9 times the units of a single look at the end; clusters are read once, whatever it says.
    """

    share: float = 0.5
    alpha: float = 0.05
    power: float = 0.8
    always_valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Units by arm."""

    treated: int
    control: int

    @property
    def total(self) -> int:
        """Units of both arms."""
        return self.treated + self.control


def binary_spread(base: float, effect: float) -> Spread:
    """Return the spread of a yes-or-no outcome with rate ``base`` in control and ``base + effect`` in treatment.

    Raises:
        InvalidInput: a rate is not between 0 and 1.
    """
    lifted = base + effect
    if not (0.0 < base < 1.0 and 0.0 < lifted < 1.0):
        raise InvalidInput(f"rates == ({base}, {lifted}), must lie between 0 and 1")
    return Spread(treated=math.sqrt(lifted * (1.0 - lifted)), control=math.sqrt(base * (1.0 - base)))


def needed_n(effect: float, spread: Spread, design: Design, clusters: Clusters | None = None) -> Needed:
    """Return the units by arm with which an effect of that size is found with the design's power.

    Args:
        effect: in the outcome's unit.
        spread: of the outcome.
        design: how it is read.
        clusters: those of both arms, where clusters draw them.

    Raises:
        InvalidInput: the effect is 0 or the design is out of range.

    Example:
        >>> needed_n(0.02, binary_spread(0.05, 0.02), Design(always_valid=False)).total
        4420
    """
    if effect == 0.0:
        raise InvalidInput("effect == 0, must differ from 0")
    total = (_distance(spread, design, clusters) / abs(effect)) ** 2 * _unit_variance(spread, design)
    total = total if clusters is None else clusters.needed(total)
    return Needed(treated=math.ceil(total * design.share), control=math.ceil(total * (1.0 - design.share)))


def detectable_effect(n: int, spread: Spread, design: Design, clusters: Clusters | None = None) -> float:
    """Return the smallest effect that ``n`` units of both arms find with the design's power; see ``needed_n``.

    Raises:
        InvalidInput: n is below 1 or the design is out of range.
    """
    if n < 1:
        raise InvalidInput(f"n == {n}, must be at least 1")
    variance = _unit_variance(spread, design) * (1.0 if clusters is None else clusters.design_effect(n))
    return _distance(spread, design, clusters) * math.sqrt(variance / n)


def _distance(spread: Spread, design: Design, clusters: Clusters | None) -> float:
    """Return how many standard errors lie between no effect and an effect that is found."""
    if not (0.0 < design.share < 1.0 and 0.0 < design.alpha < 0.5 and 0.0 < design.power < 1.0):
        raise InvalidInput(f"design == {design}, must have share and power in (0, 1) and alpha in (0, 0.5)")
    if clusters is None:
        return _edge(design) + float(ndtri(design.power))
    freedom = _freedom(spread, design, clusters)
    return float(stdtrit(freedom, 1.0 - design.alpha / 2.0) + stdtrit(freedom, design.power))


def _edge(design: Design) -> float:
    """Return the half-width of the interval in standard errors at the planned number of units."""
    if design.always_valid:
        return boundary(1, n_planned=1, alpha=design.alpha)
    return float(ndtri(1.0 - design.alpha / 2.0))


def _freedom(spread: Spread, design: Design, clusters: Clusters) -> float:
    """Return the degrees of freedom of a difference of two arms' clusters, which is read once."""
    shares = (design.share, 1.0 - design.share)
    variances = [sd**2 / share for sd, share in zip((spread.treated, spread.control), shares, strict=True)]
    return welch_freedom(variances, [max(2, math.floor(clusters.count * share)) for share in shares])


def _unit_variance(spread: Spread, design: Design) -> float:
    """Return n times the variance of the difference in means."""
    return spread.treated**2 / design.share + spread.control**2 / (1.0 - design.share)
