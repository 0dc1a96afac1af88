"""Whether a wallet model's intervals keep their word: coverage of audited customers who were left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from wealthloop.insight.columns import Floats, Integers
from wealthloop.insight.tiers import TIERS
from wealthloop.insight.wallet.conformal import fit_band
from wealthloop.insight.wallet.estimate import SAME_SHARE
from wealthloop.insight.wallet.types import LEVELS, LeftOut, Sample, WalletModel

_PARTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How many of some customers an interval held."""

    n: int
    held: int

    @property
    def share(self) -> float | None:
        """The coverage, 0..1; None of nobody."""
        return self.held / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the coverage (Wilson); None of nobody."""
        if not self.n:
            return None
        found = binomtest(self.held, self.n).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletHealth:
    """What the audited sample says of a model."""

    audited: int
    coverage: Mapping[float, Covered]
    """By level; absent where too few are left to calibrate once a part is left out."""
    by_tier: Mapping[float, Mapping[str, Covered]]
    """The same by the tier that the wealth here meets, tiers without an audited customer left out."""
    left_out: Mapping[LeftOut, int]


def wallet_health(model: WalletModel) -> WalletHealth:
    """Return the coverage of audited customers by intervals that were fitted and calibrated without them.

    A fifth of the sample at a time is left out of everything but the comparable customers' model: it knows no report.
    """
    sample = model.sample
    tier = tiers_met(sample.here)
    found = {level: _held(sample, level) for level in LEVELS}
    told = {level: held for level, held in found.items() if held is not None}
    return WalletHealth(
        audited=len(sample.y),
        coverage={level: covered(held) for level, held in told.items()},
        by_tier={
            level: {one.name: covered(held[tier == k]) for k, one in enumerate(TIERS) if (tier == k).any()}
            for level, held in told.items()
        },
        left_out=model.left_out,
    )


def tiers_met(here: Floats) -> Integers:
    """Return the place in ``TIERS`` of the highest tier whose floor some wealth (fen) meets, shape (n,)."""
    floors = np.array([one.floor for one in TIERS])
    return np.asarray(np.searchsorted(floors, here, side="right") - 1, dtype=np.int64)


def covered(held: NDArray[np.bool_]) -> Covered:
    """Count who was held, of shape (n,)."""
    return Covered(n=len(held), held=int(held.sum()))


def _held(sample: Sample, level: float) -> NDArray[np.bool_] | None:
    """Return who lies in the interval made without the own part, shape (n_audited,); None where too few are left."""
    held = np.zeros(len(sample.y), dtype=np.bool_)
    part = sample.folds % _PARTS
    for k in range(_PARTS):
        out = part == k
        rest = ~out
        band = fit_band(sample.x[rest], sample.y[rest], level, folds=sample.folds[rest], prior=SAME_SHARE)
        if band is None:
            return None
        low, high = band.at(sample.x[out])
        held[out] = (low <= sample.y[out]) & (sample.y[out] <= high)
    return held
