"""Drift: are scores still spread as they were, and did those whose window has closed come true?"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter

from wealthloop.bank import BankTables
from wealthloop.engines import Engine, load_snapshot
from wealthloop.kit import Home, write_atomic
from wealthloop.scoring.health import feeds_of, flags_of
from wealthloop.scoring.labels import labels_of
from wealthloop.scoring.matrix import column_of
from wealthloop.scoring.measure import Slope, calibration_slope, psi
from wealthloop.scoring.registry import ModelRecord, records
from wealthloop.scoring.score import versions_in
from wealthloop.scoring.snapshots import EMBARGO_DAYS, Snapshot
from wealthloop.scoring.types import Feeds, Flag, Floats, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """What came of a past night's scores."""

    day: date
    """Whose scores they were."""
    version: str
    customers: int
    expected: float
    """Mean score."""
    observed: float
    """Share that did it; a base rate that has moved shows here."""
    slope: Slope | None
    """Calibration slope of the scores against what was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A model's health on a night: what training found, and drift since."""

    model_id: str
    version: str
    psi: float | None
    """Population stability index of tonight's scores; None without scores."""
    flags: tuple[Flag, ...]
    feeds: Feeds
    hindsight: Hindsight | None = None
    """Of the newest scores whose window has closed; None where none are kept."""


_HEALTH = TypeAdapter(tuple[Health, ...])


def drift(home: Home, scores: pa.Table, hindsights: Mapping[str, Hindsight] | None = None) -> tuple[Health, ...]:
    """Return the health of every model of a night's scores (a table of ``score``), by model id.

    Args:
        home: whose models they are.
        scores: of the night.
        hindsights: by model id, of ``look_back``; a version counts as drifted where its own scores did not come true.
    """
    known = hindsights or {}
    return tuple(_health(record, scores, known.get(record.model_id)) for record in records(home, _models(scores)))


def look_back(
    bank: BankTables, engine: Engine, home: Home, only: Collection[str], *, as_of: date
) -> dict[str, Hindsight]:
    """Compare the newest kept scores whose label window is over with what their customers did.

    Returns:
        By model id, for the models in ``only`` whose scores of that day are kept.
    """
    by_day: dict[date, list[ModelRecord]] = {}
    for record in records(home, only):
        ended = as_of - timedelta(days=EMBARGO_DAYS + record.manifest.spec.horizon_days)
        by_day.setdefault(ended, []).append(record)
    found: dict[str, Hindsight] = {}
    for day, several in by_day.items():
        if not all((folder / f"{day.isoformat()}.parquet").exists() for folder in (home.scores, home.features)):
            continue
        scores, features = load_snapshot(home.scores, day), load_snapshot(home.features, day)
        if scores["customer_id"].equals(features["customer_id"]):
            found |= _seen(bank, engine, several, scores, features, day)
    return found


def _seen(
    bank: BankTables, engine: Engine, several: Sequence[ModelRecord], scores: pa.Table, features: pa.Table, day: date
) -> dict[str, Hindsight]:
    """Judge the models of one horizon by the scores of a day; models of the same target share its labels."""
    labels: dict[Target, Floats] = {}
    versions, found = versions_in(scores), {}
    for record in several:
        spec = record.manifest.spec
        if record.model_id not in _models(scores):
            continue
        if spec.target not in labels:
            snapshot = Snapshot(day=day, last=day + timedelta(days=spec.horizon_days))
            did = labels_of(bank, engine, spec.target, snapshot=snapshot, features=features)
            labels[spec.target] = did.astype(np.float64)
        values, label = column_of(scores, record.model_id), labels[spec.target]
        scored = ~np.isnan(values)
        if scored.any():
            found[record.model_id] = Hindsight(
                day=day, version=versions.get(record.model_id, ""), customers=int(scored.sum()),
                expected=float(values[scored].mean()), observed=float(label[scored].mean()),
                slope=calibration_slope(values[scored], label[scored]),
            )  # fmt: skip
    return found


def save_health(home: Home, as_of: date, health: tuple[Health, ...]) -> None:
    """Keep a night's findings, beside its scores."""
    told = _HEALTH.dump_python(health, mode="json")
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_atomic(home.scores / f"{as_of.isoformat()}.health.json", text.encode())


def load_health(home: Home, as_of: date) -> tuple[Health, ...]:
    """Read a night's findings; none where none were kept."""
    path = home.scores / f"{as_of.isoformat()}.health.json"
    return _HEALTH.validate_json(path.read_bytes()) if path.exists() else ()


def _models(scores: pa.Table) -> list[str]:
    return [name for name in scores.column_names if name != "customer_id"]


def _health(record: ModelRecord, scores: pa.Table, hindsight: Hindsight | None) -> Health:
    manifest, learnt = record.manifest, record.manifest.learnt
    stability = None
    if learnt is not None and record.model_id in scores.column_names:
        stability = psi(learnt.distribution, column_of(scores, record.model_id))
    flags = flags_of(
        positives=manifest.sizes.positives,
        trained=learnt is not None,
        auc=learnt.auc if learnt else None,
        slope=_worst(learnt.slope if learnt else None, hindsight, record.version),
        psi=stability,
    )
    return Health(
        model_id=record.model_id, version=record.version, psi=stability, flags=flags, feeds=feeds_of(flags),
        hindsight=hindsight,
    )  # fmt: skip


def _worst(trained: Slope | None, hindsight: Hindsight | None, version: str) -> Slope | None:
    """Return the slope to judge by: what came of this very version's scores, else what training found."""
    if hindsight is not None and hindsight.version == version and hindsight.slope is not None:
        return hindsight.slope
    return trained
