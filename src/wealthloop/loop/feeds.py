"""How far each model may choose tonight, and the scores of it that count."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop import scoring
from wealthloop.champions.repository import reviewed
from wealthloop.kit import bucket
from wealthloop.loop.types import Night
from wealthloop.scoring import Feeds

RAMP: Final = 0.02
"""Share of customers for whom an immature model may choose."""


def feeds_of_night(night: Night) -> dict[str, Feeds]:
    """Return by model id how far it may choose, by its health and the drift of its scores."""
    signed = reviewed()
    health = scoring.load_health(night.home, night.as_of)
    if not health:
        health = scoring.drift(night.home, scoring.load(night.home, night.as_of))
    return {one.model_id: scoring.feeds_of(_unreviewed(one, signed)) for one in health}


def usable(night: Night, scores: pa.Table, model_id: str, feeds: Mapping[str, Feeds]) -> pa.Table:
    """Return the customers with the scores by which a model may choose: all, those of the ramp, or none.

    Args:
        night: the night.
        scores: a table with ``customer_id`` and, where the night has it, the model's column.
        model_id: the model.
        feeds: of ``feeds_of_night``; a model that it does not name may not choose.

    Returns:
        ``customer_id`` and the model's column.
    """
    may = feeds.get(model_id, "none")
    if may == "none" or model_id not in scores.column_names:
        return pa.table({"customer_id": pa.array([], pa.string()), model_id: pa.array([], pa.float64())})
    ours = scores.select(["customer_id", model_id])
    if may == "full":
        return ours
    salt = f"{night.home.settings.salt}/ramp/{model_id}"
    chosen = np.array([bucket(salt, str(customer)) < RAMP for customer in ours["customer_id"].to_pylist()], dtype=bool)
    return ours.filter(pa.array(chosen))


def _unreviewed(health: scoring.Health, signed: frozenset[str]) -> tuple[scoring.Flag, ...]:
    """Return what a model is flagged for, but for a leak that its owner has looked into and signed off."""
    if health.version not in signed:
        return health.flags
    return tuple(flag for flag in health.flags if flag != scoring.Flag.LEAK_SUSPECTED) or (scoring.Flag.GOOD,)
