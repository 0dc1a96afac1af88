"""Sample ratio: do the arms have the sizes that the hash should give, at every look.

Source: Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022 (Dirichlet mixture).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from wealthloop.errors import InvalidInput

SRM_ALPHA: Final = 0.001
"""The risk that a good experiment is ever locked, over all its days together."""
_CONCENTRATION: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """The verdict; once not ``ok`` it stays so, because ``e_value`` is the largest that was ever seen."""

    ok: bool
    e_value: float
    p_value: float
    counts: tuple[int, ...]


def sample_ratio(counts: ArrayLike, shares: Sequence[float], *, alpha: float = SRM_ALPHA) -> SampleRatio:
    """Test the arms' sizes against their shares.

    The alternative is a Dirichlet mixture centred on the shares with the weight of 100 units: it looks for
    deviations of a few points, as a bug in a filter makes. By Ville's inequality the risk of ever locking a good
    experiment is at most ``alpha``, whenever and however often one looks.

    Args:
        counts: units by arm so far, shape (n_arms,), or at each look, shape (n_looks, n_arms), growing.
        shares: what each arm should get, in the same order, adding up to 1.
        alpha: the risk of a false lock.

    Raises:
        InvalidInput: shapes differ, a count is negative or falls from one look to the next.
    """
    looks = np.atleast_2d(np.asarray(counts, dtype=np.int64))
    expected = np.asarray(shares, dtype=np.float64)
    _check(looks, expected)
    largest = float(np.max(_log_e(looks, expected)))
    e_value = float(np.exp(min(max(largest, 0.0), 700.0)))
    return SampleRatio(
        ok=e_value < 1.0 / alpha,
        e_value=e_value,
        p_value=1.0 / e_value,
        counts=tuple(int(count) for count in looks[-1]),
    )


def _log_e(looks: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the mixture's likelihood over that of the shares, shape (n_looks,)."""
    prior = _CONCENTRATION * shares
    mixture = gammaln(prior + looks).sum(axis=1) - gammaln(prior).sum()
    mixture += gammaln(_CONCENTRATION) - gammaln(_CONCENTRATION + looks.sum(axis=1))
    return np.asarray(mixture - looks @ np.log(shares))


def _check(looks: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    if looks.ndim != 2 or looks.shape[1] != shares.size or not looks.shape[0]:
        raise InvalidInput(f"shape of counts == {looks.shape}, must be (n_looks, {shares.size})")
    if (looks < 0).any() or (np.diff(looks, axis=0) < 0).any():
        raise InvalidInput("counts fall or are negative, must be totals so far")
    if (shares <= 0).any() or abs(shares.sum() - 1.0) > 1e-9:
        raise InvalidInput(f"shares == {shares.tolist()}, must be above 0 and add up to 1")
