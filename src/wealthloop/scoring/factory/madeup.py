"""A made-up bank for the factory's bench: columns that move together, and labels of many shapes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from wealthloop.scoring.types import Floats

_UNKNOWN: Final = 0.03
_SHARED: Final = 8
"""Columns for each hidden thing that several of them tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """Rows to learn from and as many fresh ones."""

    x: Floats
    """Shape (n_rows, n_columns), NaN where not known."""
    labels: NDArray[np.bool_]
    """Shape (n_targets, n_rows)."""
    fresh: Floats
    fresh_labels: NDArray[np.bool_]


def made_up(*, rows: int, columns: int, targets: int, positive: float, seed: int) -> MadeUp:
    """Draw a bank.

    A third of the columns are about normal, a third skewed like money, a third counts. Targets take turns: linear in
    many columns; bent, stepped and crossed in a few.
    """
    draw = np.random.default_rng(seed)
    hidden = max(2, columns // _SHARED)
    weight = draw.normal(size=(hidden, columns)) * (draw.random((hidden, columns)) < 0.25)
    shape = draw.permutation(np.arange(columns) % 3)
    plain, x = _columns(draw, 2 * rows, weight, shape)
    odds = [(_linear if target % 2 else _bent)(draw, columns) for target in range(targets)]
    labels = np.array([_label(draw, one(plain), positive) for one in odds])
    return MadeUp(x=x[:rows], labels=labels[:, :rows], fresh=x[rows:], fresh_labels=labels[:, rows:])


def _columns(draw: np.random.Generator, rows: int, weight: Floats, shape: NDArray[np.int64]) -> tuple[Floats, Floats]:
    alone = draw.normal(size=(rows, weight.shape[1]))
    plain = draw.normal(size=(rows, weight.shape[0])) @ weight * 0.8 + alone
    plain /= np.sqrt(1 + 0.64 * (weight**2).sum(axis=0))
    money, counts = np.exp(1.2 * plain), np.floor(np.exp(0.8 * plain + 0.3))
    x = np.select([shape == 0, shape == 1], [plain, money], counts)
    x[draw.random(x.shape) < _UNKNOWN] = np.nan
    return plain, x


def _linear(draw: np.random.Generator, columns: int) -> Callable[[Floats], Floats]:
    chosen = draw.choice(columns, min(30, columns), replace=False)
    weights = draw.normal(size=len(chosen)) * 0.3

    def odds(plain: Floats) -> Floats:
        found: Floats = plain[:, chosen] @ weights
        return found

    return odds


def _bent(draw: np.random.Generator, columns: int) -> Callable[[Floats], Floats]:
    a, b, c, d = np.array_split(draw.choice(columns, 12, replace=columns < 12), (4, 7, 10))
    straight, bent, steps = draw.normal(size=4) * 0.45, draw.normal(size=3) * 0.5, draw.normal(size=3) * 0.9
    crossed = draw.normal(size=2) * 0.5

    def odds(plain: Floats) -> Floats:
        found: Floats = plain[:, a] @ straight + np.tanh(1.5 * plain[:, b]) @ bent + (plain[:, c] > 0.8) @ steps
        found += crossed[0] * plain[:, a[0]] * plain[:, d[0]]
        found += crossed[1] * np.maximum(plain[:, a[1]], 0) * np.maximum(plain[:, d[1]], 0)
        return found

    return odds


def _label(draw: np.random.Generator, odds: Floats, positive: float) -> NDArray[np.bool_]:
    """Draw outcomes of which about the given share is positive."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if float(expit(odds + middle).mean()) > positive else (middle, high)
    return np.asarray(draw.random(len(odds)) < expit(odds + low), dtype=np.bool_)
