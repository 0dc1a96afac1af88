"""Arms drawn again, many times, as they might have been: where the arms as they were lie among them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput

Floats = NDArray[np.float64]
_AT_ONCE: Final = 2_000_000
_TIES: Final = 1e-9
_DOUBLINGS: Final = 60
_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """Sums over the smaller arm, as it was and as it might have been.

    The columns are the sums of e, q, d, ee, eq, qq, ed, qd, dd: e is a unit's value above what is expected of it, q
    the treatment (0 or 1) above what is expected of it, d the denominator; without effect a unit adds e, with an
    effect of t it adds e - t q.
    """

    as_was: Floats
    """Shape (9,)."""
    as_might: Floats
    """Shape (n_draws, 9)."""
    total: Floats
    """Over both arms, shape (9,)."""
    small: int
    large: int
    control_is_small: bool

    @property
    def estimate(self) -> float:
        """The effect at which both arms as they were are alike."""
        mine, others = self.as_was, self.total - self.as_was
        return float((mine[0] / mine[2] - others[0] / others[2]) / (mine[1] / mine[2] - others[1] / others[2]))

    def tails(self, effect: float) -> tuple[float, float]:
        """Return how often redrawn arms lie as high, and as low, as those that were, if the effect were that."""
        was = float(self._distance(self.as_was, effect))
        might = self._distance(self.as_might, effect)
        slack = _TIES * max(1.0, abs(was))
        above, below = int((might >= was - slack).sum()), int((might <= was + slack).sum())
        high, low = (1 + above) / (1 + len(might)), (1 + below) / (1 + len(might))
        return (low, high) if self.control_is_small else (high, low)

    def pvalue(self, effect: float = 0.0) -> float:
        """Return the two-sided p value of an effect: twice the smaller tail."""
        return min(1.0, 2.0 * min(self.tails(effect)))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the least and the largest effect that are not refused at the risk ``alpha``.

        Raises:
            InvalidInput: the arms are so small that no effect is refused.
        """
        return self._end(alpha, -1.0), self._end(alpha, 1.0)

    def _end(self, alpha: float, side: float) -> float:
        tail = 0 if side < 0 else 1
        inside, step = self.estimate, self._error()
        outside = inside + side * step
        for _ in range(_DOUBLINGS):
            if self.tails(outside)[tail] <= alpha / 2:
                break
            step *= 2
            inside, outside = outside, outside + side * step
        else:
            raise InvalidInput(f"an arm of {self.small} is too small for an interval at the risk {alpha:g}")
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            refused = self.tails(middle)[tail] <= alpha / 2
            inside, outside = (inside, middle) if refused else (middle, outside)
        return inside

    def _error(self) -> float:
        effect = self.estimate
        variances = [
            float(_moments(sums, effect, size)[1])
            for sums, size in ((self.as_was, self.small), (self.total - self.as_was, self.large))
        ]
        return float(np.sqrt(sum(variances))) or 1.0

    def _distance(self, sums: Floats, effect: float) -> Floats:
        """Return Welch's t of the smaller arm against the larger one, shape (...,)."""
        mine, mine_variance = _moments(sums, effect, self.small)
        others, others_variance = _moments(self.total - sums, effect, self.large)
        apart, error = mine - others, np.sqrt(mine_variance + others_variance)
        far = np.where(np.abs(apart) > _TIES, np.sign(apart) * np.inf, 0.0)
        return np.divide(apart, error, out=far, where=error > 0)


def redraw(columns: Floats, chosen: NDArray[np.bool_], *, draws: int, seed: int, control_is_small: bool) -> Redrawn:
    """Redraw the smaller arm.

    Args:
        columns: e, q and d of each unit, shape (n, 3).
        chosen: the smaller arm as it was, shape (n,).
        draws: how often.
        seed: of the draws.
        control_is_small: whether the smaller arm is control.

    Raises:
        InvalidInput: a redrawn arm's denominators add up to nothing.
    """
    e, q, d = columns.T
    wide = np.ascontiguousarray(np.column_stack([columns, e * e, e * q, q * q, e * d, q * d, d * d]))
    small, source, order = int(chosen.sum()), np.random.default_rng(seed), np.arange(len(wide))
    parts, at_once = [], max(1, _AT_ONCE // small)
    for first in range(0, draws, at_once):
        part = np.zeros((min(at_once, draws - first), wide.shape[1]))
        add_up(wide, source.random((len(part), small)), order, part)
        parts.append(part)
    might, total = np.concatenate(parts), wide.sum(axis=0)
    if not ((might[:, 2] > 0) & (might[:, 2] < total[2])).all():
        raise InvalidInput("denominators of nothing fill an arm that might have been drawn: leave such rows out")
    return Redrawn(
        as_was=wide[chosen].sum(axis=0), as_might=might, total=total, small=small, large=len(wide) - small,
        control_is_small=control_is_small,
    )  # fmt: skip


def _moments(sums: Floats, effect: float, size: int) -> tuple[Floats, Floats]:
    """Return mean (or ratio of sums) and its variance at an effect, from sums of shape (..., 9)."""
    e, q, d, ee, eq, qq, ed, qd, dd = np.moveaxis(sums, -1, 0)
    mean = (e - effect * q) / d
    squares = ee - 2 * effect * eq + effect**2 * qq - 2 * mean * (ed - effect * qd) + mean**2 * dd
    return mean, np.maximum(squares, 0.0) / d**2 * (size / (size - 1))


def _add_up(columns: Floats, drawn: Floats, order: NDArray[np.int64], sums: Floats) -> None:
    """Add up as many rows as ``drawn`` has columns, anew for each of its rows; ``order`` is shuffled on the way."""
    for row in range(drawn.shape[0]):
        for place in range(drawn.shape[1]):
            other = place + int(drawn[row, place] * (order.size - place))
            unit = order[other]
            order[other] = order[place]
            order[place] = unit
            for column in range(columns.shape[1]):
                sums[row, column] += columns[unit, column]


add_up: Final[Callable[[Floats, Floats, NDArray[np.int64], Floats], None]] = njit(cache=True, nogil=True)(_add_up)
