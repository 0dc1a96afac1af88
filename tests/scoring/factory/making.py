"""Floors of made-up rows."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from wealthloop.scoring.factory.binning import bins_of
from wealthloop.scoring.factory.floor import CALIBRATE, TEST, TRAIN, Floor, packed
from wealthloop.scoring.types import Bound, Buys, Family, Floats, ModelSpec

COLUMNS = 12


def spec(name: str, *, parent: str = "", low: float = 0.0) -> ModelSpec:
    return ModelSpec(
        model_id=name, family=Family.RESPONSE, target=Buys(categories=("gold",)),
        population=(Bound(feature="a0", low=low),), horizon_days=30, owner="o", zh="z", en="e", parent=parent,
    )  # fmt: skip


def odds(x: Floats) -> Floats:
    found: Floats = -3.5 + x[:, 0] + np.where(x[:, 1] > 0.5, 0.9, -0.3) + 0.6 * x[:, 0] * x[:, 2]
    return found


def rows(n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(size=(n, COLUMNS))


def floor_of(
    x: Floats, labels: Sequence[np.ndarray], members: Sequence[np.ndarray], specs: Sequence[tuple[ModelSpec, int, int]]
) -> Floor:
    """Lay out rows; each model with the places of its target and its population."""
    size = len(x)
    part = np.select([np.arange(size) % 10 < 6, np.arange(size) % 10 < 8], [TRAIN, CALIBRATE], TEST).astype(np.uint8)
    bins = bins_of(x[part == TRAIN], [f"a{place}" for place in range(COLUMNS)])
    return Floor(
        name="made", snapshots=(), bins=bins, codes=bins.codes(x), part=part, labels=packed(labels, size),
        members=packed(members, size), bases=np.zeros((0, size), dtype=np.float32),
        target_of={one.model_id: target for one, target, _ in specs},
        population_of={one.model_id: population for one, _, population in specs}, base_of={}, rows_digest="made",
    )  # fmt: skip


def drawn(x: Floats, margins: Floats, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(len(x)) < expit(margins)
