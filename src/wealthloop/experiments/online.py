"""Many strategies confirmed one after another: e-values, and which of a stream of them may be believed.

An e-value of a strategy is a number that is at most 1 on average, at whatever moment one looks, if the strategy adds
nothing; so 40 is as surprising as a p value of 1/40. Sources: the mixture of Waudby-Smith et al., arXiv 2103.06476,
one-sided by a half-normal mixture (Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 2021, section 3.2); the
stream by e-LOND (Xu and Ramdas, "Online multiple testing with e-values", AISTATS 2024), which keeps the share of
false confirmations at ``alpha`` however the strategies depend on each other.
"""

import math
from dataclasses import dataclass
from typing import Final

from scipy.special import log_ndtr

from wealthloop.errors import InvalidInput
from wealthloop.experiments.boundary import tightness
from wealthloop.experiments.effect import Effect

STREAM_ALPHA: Final = 0.05
"""The expected share of false ones among confirmed strategies."""
STREAM_LENGTH: Final = 60
"""Tests that one stream holds; each has an equal part of the risk, fixed before any of them begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A row of tests, of which some have been confirmed already."""

    confirmed: int = 0
    alpha: float = STREAM_ALPHA
    length: int = STREAM_LENGTH

    def level(self) -> float:
        """Return the risk at which the next test may be confirmed: it grows with those that are confirmed already.

        The proof of e-LOND needs no more than that, when a test is confirmed, at least ``confirmed + 1`` are; so the
        count is that of the moment, whichever tests it comes from.
        """
        return self.alpha * (self.confirmed + 1) / self.length

    def confirms(self, log_e: float) -> bool:
        """Say whether a test whose e-value has this logarithm is confirmed now."""
        return log_e >= -math.log(self.level())


def log_e_value(effect: Effect, *, n_planned: int, least: float = 0.0, alpha: float = STREAM_ALPHA) -> float:
    """Return the logarithm of the e-value against "the effect is at most ``least``".

    Args:
        effect: what an always-valid analysis shows; its ``sd`` is that of the influence values.
        n_planned: the units at which it is to be most telling, fixed before the start.
        least: the effect that must be surpassed, in the outcome's unit.
        alpha: the risk by which the mixture is tuned, as that of the interval.

    Raises:
        InvalidInput: ``n_planned`` is below 1.
    """
    if n_planned < 1:
        raise InvalidInput(f"n_planned == {n_planned}, must be at least 1")
    if not effect.sd > 0:
        return 0.0
    x = effect.n * tightness(alpha) / n_planned
    z = (effect.estimate - least) * math.sqrt(effect.n) / effect.sd
    pulled = x / (x + 1.0)
    mixed = math.log(2.0) - 0.5 * math.log(x + 1.0) + 0.5 * pulled * z**2
    return mixed + float(log_ndtr(math.sqrt(pulled) * z))
