"""The boundary that a mean's interval may be looked at by, at any number of looks.

Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", arXiv 2103.06476, theorem 2.2: the boundary of a normal mixture.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw

_SMALLEST = 1e-300


def boundary(n: int, *, n_planned: int, alpha: float) -> float:
    """Return the half-width of the interval of a mean in standard errors, after ``n`` of ``n_planned`` units."""
    return float(boundaries(np.array([n]), n_planned=n_planned, alpha=alpha)[0])


def boundaries(n: NDArray[np.int64], *, n_planned: int, alpha: float) -> NDArray[np.float64]:
    """Return ``boundary`` of many numbers of units, in their shape."""
    x = n * tightness(alpha) / n_planned
    return np.asarray(np.sqrt(2.0 * (x + 1.0) / x * np.log(np.sqrt(x + 1.0) / alpha)), dtype=np.float64)


def tightness(alpha: float) -> float:
    """Return n_planned times r2, the value that makes the boundary smallest at ``n_planned`` units.

    Setting the derivative of (x+1)/x * (ln(x+1) - 2 ln alpha) to 0 gives x + 1 = -W(-alpha^2 / e) on the lower
    branch of Lambert's function.

    Example:
        >>> round(tightness(0.05), 1)
        8.2
    """
    return float(-lambertw(-(alpha**2) / np.e, k=-1).real - 1.0)


def always_valid_pvalue(effect: float, error: float, n: int, *, n_planned: int, alpha: float = 0.05) -> float:
    """Return a p value that holds at every look: one over the mixture's evidence against no effect.

    The mixture is that whose interval is tightest at ``n_planned`` for the risk ``alpha``, so that the p value is
    below ``alpha`` where that interval leaves out 0, and by Ville's inequality ever below any q with a chance of q.

    Args:
        effect: the estimate.
        error: its standard error.
        n: units of both arms.
        n_planned: units at which the interval is tightest.
        alpha: the risk of that interval.
    """
    if not error > 0:
        return float(effect == 0)
    x = n * tightness(alpha) / n_planned
    log_p = 0.5 * np.log1p(x) - 0.5 * (effect / error) ** 2 * x / (x + 1.0)
    return float(np.clip(np.exp(min(log_p, 0.0)), _SMALLEST, 1.0))
