"""Drift: are today's scores still spread as they were when the model was calibrated?"""

from dataclasses import dataclass

import pyarrow as pa

from wealthloop.kit import Home
from wealthloop.scoring.health import feeds_of, flags_of
from wealthloop.scoring.matrix import column_of
from wealthloop.scoring.measure import psi
from wealthloop.scoring.registry import ModelRecord, records
from wealthloop.scoring.types import Feeds, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A model's health on a night: what training found, and drift since."""

    model_id: str
    version: str
    psi: float | None
    """Population stability index of tonight's scores; None without scores."""
    flags: tuple[Flag, ...]
    feeds: Feeds


def drift(home: Home, scores: pa.Table) -> tuple[Health, ...]:
    """Return the health of every model of a night's scores (a table of ``score``), by model id."""
    return tuple(_health(record, scores) for record in records(home, scores.column_names[1:]))


def _health(record: ModelRecord, scores: pa.Table) -> Health:
    manifest = record.manifest
    stability = None
    learnt = manifest.learnt
    if learnt is not None and record.model_id in scores.column_names:
        stability = psi(learnt.distribution, column_of(scores, record.model_id))
    flags = flags_of(
        positives=manifest.sizes.positives,
        trained=learnt is not None,
        auc=learnt.auc if learnt else None,
        slope=learnt.slope if learnt else None,
        psi=stability,
    )
    return Health(model_id=record.model_id, version=record.version, psi=stability, flags=flags, feeds=feeds_of(flags))
