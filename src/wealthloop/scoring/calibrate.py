"""Calibration: from a model's margin to a probability, strictly increasing so that ranking survives."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import fmin_l_bfgs_b
from scipy.special import expit

from wealthloop.scoring.types import Floats

_LEAST: Final = 0.05
_SPREAD: Final = 0.5
_FURTHEST: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaCalibration:
    """Beta calibration: log-odds = a ln s - b ln(1 - s) + c, with s the logistic function of the margin.

    With ``a`` and ``b`` above 0 it is strictly increasing; a = b is Platt's scaling, a = b = 1 and c = 0 changes
    nothing. Source: Kull, Silva Filho and Flach (AISTATS 2017), section 4.
    """

    a: float
    b: float
    c: float

    def apply(self, margins: Floats) -> Floats:
        """Return probabilities for margins, any shape; NaN stays NaN."""
        return np.asarray(expit(self.log_odds(margins)))

    def log_odds(self, margins: Floats) -> Floats:
        """Return the same as log-odds."""
        return np.asarray(self.a * -_softplus(-margins) + self.b * _softplus(margins) + self.c)


def fit_beta(margins: Floats, outcomes: Floats) -> BetaCalibration:
    """Fit a calibration on data later than what the model learnt from.

    The likelihood has a normal prior (mean 1, standard deviation 0.5) on ``a`` and ``b``, so that few positives
    leave the model's own probabilities; both are held at 0.05 or above, which keeps the order of scores.

    Args:
        margins: the model's log-odds, shape (n,).
        outcomes: 0 or 1, shape (n,); both must occur.
    """
    left, right = -_softplus(-margins), _softplus(margins)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        a, b, c = parameters
        odds = a * left + b * right + c
        error = expit(odds) - outcomes
        prior = (parameters[:2] - 1.0) / _SPREAD**2
        value = float(_softplus(odds).sum() - (odds * outcomes).sum()) + float(
            ((parameters[:2] - 1.0) * prior).sum() / 2
        )
        return value, np.array([error @ left + prior[0], error @ right + prior[1], error.sum()])

    bounds = [(_LEAST, None), (_LEAST, None), (-_FURTHEST, _FURTHEST)]
    parameters, _, _ = fmin_l_bfgs_b(loss, np.array([1.0, 1.0, 0.0]), bounds=bounds, factr=10.0, pgtol=1e-9)
    a, b, c = (float(parameter) for parameter in parameters)
    return BetaCalibration(a=a, b=b, c=c)


def _softplus(values: Floats) -> Floats:
    return np.logaddexp(0.0, values)
