"""A small arm with heavy tails, read by a randomisation test.

Welch's t of the adjusted value is computed for arms redrawn at random and compared with that of the arms as they were.
The test is exact where the treatment does nothing or adds the same to everyone, and keeps its risk in large samples
where it does more to some (Janssen 1997; Chung and Romano, Annals of Statistics 2013), which the plain difference
does not. The arms as they were count among the redrawn ones (Phipson and Smyth 2010). The interval holds all effects
that the test does not refuse.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.experiments.fixed import Compared, Floats, Units, check
from wealthloop.experiments.redrawn import Redrawn, redraw

SMALL_ARM: Final = 0.1
"""Share of the two arms under which an amount is read by this test."""
_DRAWS: Final = 9_999
_FEWEST_DRAWS: Final = 999
_MOST_READ: Final = 200_000_000
"""Rows that are read for all redrawn arms together; larger arms are redrawn less often."""


def compare_randomised(
    control: Units, treated: Units, *, alpha: float = 0.05, draws: int = _DRAWS, seed: int = 7
) -> Compared:
    """Compare a treatment with control by redrawing units, or whole clusters, between the arms.

    Args:
        control: its units.
        treated: the treatment's; with denominators both are ratios of sums.
        alpha: the risk that the interval leaves the effect out.
        draws: redrawn arms; fewer, but at least 999, where the smaller arm is large.
        seed: of the redrawing.

    Raises:
        InvalidInput: see ``fixed.compare``; a cluster in both arms, or too few units for an interval.
    """
    drawn = redrawn(control, treated, draws=draws, seed=seed)
    effect, (low, high) = drawn.estimate, drawn.interval(alpha)
    below = len(control.value) if control.denominator is None else control.denominator.sum()
    base = float(control.value.sum() / below)
    return Compared(
        effect=effect, relative_effect=effect / base if base else None, low=low, high=high, pvalue=drawn.pvalue(),
        n_control=len(control.value), n_treatment=len(treated.value), freedom=float("inf"),
        method=_named(control, len(drawn.as_might)),
    )  # fmt: skip


def redrawn(control: Units, treated: Units, *, draws: int = _DRAWS, seed: int = 7) -> Redrawn:
    """Return the arms redrawn; see ``compare_randomised``."""
    check(control, treated, "mean" if control.denominator is None else "ratio")
    columns, arm = _residuals(control, treated), np.repeat([False, True], [len(control.value), len(treated.value)])
    if control.cluster is not None and treated.cluster is not None:
        columns, arm = _by_cluster(columns, arm, np.concatenate([control.cluster, treated.cluster]))
    small = min(int(arm.sum()), int((~arm).sum()))
    if small < 2:
        raise InvalidInput("an arm holds one cluster alone, at least two are needed")
    swapped = int(arm.sum()) != small
    many = min(draws, max(_FEWEST_DRAWS, _MOST_READ // small))
    return redraw(columns, ~arm if swapped else arm, draws=many, seed=seed, control_is_small=swapped)


def _residuals(control: Units, treated: Units) -> Floats:
    """Return value and arm above what is expected of a unit, and its denominator; control first, shape (n, 3).

    What is expected knows no arms: the common ratio, the stratum's level and a slope on the covariate.
    """
    sizes = (len(control.value), len(treated.value))
    below = _both(control.denominator, treated.denominator, np.ones(sum(sizes)))
    _, place = np.unique(_both(control.stratum, treated.stratum, np.zeros(sum(sizes))), return_inverse=True)
    counts = np.bincount(place)

    def off(column: Floats) -> Floats:
        return np.asarray(column - (np.bincount(place, weights=column) / counts)[place], dtype=np.float64)

    x = off(_both(control.covariate, treated.covariate, np.zeros(sum(sizes))))
    spread = float(x @ x)

    def left(column: Floats) -> Floats:
        plain = off(column - column.sum() / below.sum() * below)
        return plain - (float(x @ plain) / spread if spread > 0 else 0.0) * x

    value = np.concatenate([control.value, treated.value])
    return np.column_stack([left(value), left(np.repeat([0.0, 1.0], sizes) * below), below])


def _both(
    control: NDArray[np.float64] | NDArray[np.int64] | None,
    treated: NDArray[np.float64] | NDArray[np.int64] | None,
    otherwise: Floats,
) -> Floats:
    if control is None or treated is None:
        return otherwise
    return np.concatenate([control, treated]).astype(np.float64)


def _by_cluster(
    columns: Floats, arm: NDArray[np.bool_], cluster: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the same by cluster."""
    names, place = np.unique(cluster, return_inverse=True)
    treated = np.bincount(place, weights=arm)
    sizes = np.bincount(place)
    mixed = int(((treated > 0) & (treated < sizes)).sum())
    if mixed:
        raise InvalidInput(f"{mixed} cluster(s) have units in both arms: they cannot be redrawn as a whole")
    summed = np.column_stack([np.bincount(place, weights=column, minlength=len(names)) for column in columns.T])
    return summed.astype(np.float64), treated > 0


def _named(control: Units, draws: int) -> str:
    parts = [f"randomisation test of Welch's t over {draws:,} redrawn arms, interval by inversion"]
    parts += ["clusters redrawn whole"] if control.cluster is not None else []
    parts += ["ratio of sums"] if control.denominator is not None else []
    parts += ["covariate taken off"] if control.covariate is not None else []
    parts += ["strata taken off"] if control.stratum is not None else []
    return ", ".join(parts)
