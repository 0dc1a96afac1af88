"""Training the declared models of a home on the bank's own past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop import __version__, features
from wealthloop.bank import BankTables
from wealthloop.engines import Engine
from wealthloop.kit import Home, buckets, content_hash
from wealthloop.scoring.fit import Fitted, Sample, fit, joined, learner_of
from wealthloop.scoring.health import flags_of
from wealthloop.scoring.labels import labels_of
from wealthloop.scoring.matrix import PREDICTORS, matrix_of, members_of, predictors_hash
from wealthloop.scoring.registry import Learnt, Manifest, ModelRecord, Sizes, digest_of, publish, records
from wealthloop.scoring.snapshots import Snapshot, reach_of, snapshots_of
from wealthloop.scoring.specs import SPECS
from wealthloop.scoring.types import ModelSpec

LIFE_DAYS: Final = 30
"""A model may be used for this many days from the day of its training."""

_LEAST_TO_TRAIN: Final = 10
_LEAST_TO_CALIBRATE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What every model of a training learns from."""

    bank: BankTables
    engine: Engine
    tables: Mapping[date, pa.Table]
    """Features by snapshot day."""
    as_of: date
    seed: int


def train(
    bank: BankTables, engine: Engine, home: Home, *, as_of: date, seed: int, specs: Sequence[ModelSpec] = SPECS
) -> tuple[ModelRecord, ...]:
    """Train, calibrate, check and publish models; only rows known at 24:00 of ``as_of`` count.

    Each model learns from up to three past snapshots. The newest one, whose label window is later than every
    other, stops the boosting and calibrates (one half of its customers, by hash) and measures (the other half). A
    model with too few positives or too short a history is published without scores, with its flag.

    Returns:
        The new current versions in the order of ``specs``; the same inputs give the same versions.
    """
    reach = reach_of(bank, engine, as_of=as_of)
    plan = {spec.model_id: snapshots_of(spec, reach, as_of=as_of) for spec in specs}
    days = sorted({snapshot.day for snapshots in plan.values() for snapshot in snapshots})
    tables = {day: features.build(bank, engine, as_of=day, home=home) for day in days}
    past = _Past(bank=bank, engine=engine, tables=tables, as_of=as_of, seed=seed)
    return tuple(_train_one(home, spec, past, plan[spec.model_id]) for spec in specs)


def fresh(home: Home, *, as_of: date, specs: Sequence[ModelSpec] = SPECS) -> bool:
    """Return whether each of these models is trained, of this declaration and catalogue, and not expired."""
    current = {record.model_id: record.manifest for record in records(home)}
    return all(spec.model_id in current and _usable(current[spec.model_id], spec, as_of) for spec in specs)


def _usable(manifest: Manifest, spec: ModelSpec, as_of: date) -> bool:
    in_time = manifest.trained_as_of <= as_of < manifest.expires_on
    return in_time and manifest.spec == spec and manifest.predictors_hash == predictors_hash()


def _train_one(home: Home, spec: ModelSpec, past: _Past, snapshots: tuple[Snapshot, ...]) -> ModelRecord:
    samples = [_sample(past, spec, snapshot) for snapshot in snapshots]
    older = joined(samples[1:]) if len(samples) > 1 else _NOBODY
    later = samples[0] if samples else _NOBODY
    half = buckets(f"{past.seed}/halves/{spec.model_id}", later.ids) < 0.5
    parts = (older, later.part(half), later.part(~half))
    fitted = _fitted(parts, spec, past.seed) if len(samples) > 1 else None
    manifest = _manifest(spec, parts, fitted, past=past, snapshots=snapshots)
    return publish(home, manifest, fitted.text if fitted else None)


_NOBODY: Final = Sample(ids=(), x=np.zeros((0, len(PREDICTORS))), y=np.zeros(0))


def _sample(past: _Past, spec: ModelSpec, snapshot: Snapshot) -> Sample:
    """Return the population of a snapshot with its labels."""
    table = past.tables[snapshot.day]
    members = table.filter(pa.array(members_of(table, spec.population)))
    labels = labels_of(past.bank, past.engine, spec.target, snapshot=snapshot, features=members)
    ids = tuple(str(customer) for customer in members["customer_id"].to_pylist())
    return Sample(ids=ids, x=matrix_of(members, PREDICTORS), y=labels.astype(np.float64))


def _fitted(parts: tuple[Sample, Sample, Sample], spec: ModelSpec, seed: int) -> Fitted | None:
    older, calibrate, test = parts
    enough = _both(older, _LEAST_TO_TRAIN) and _both(calibrate, _LEAST_TO_CALIBRATE)
    if not enough:
        return None
    return fit(older, calibrate, test, names=PREDICTORS, monotone=dict(spec.monotone), seed=seed)


def _both(sample: Sample, least: int) -> bool:
    return least <= sample.positives < len(sample.ids)


def _manifest(
    spec: ModelSpec,
    parts: tuple[Sample, Sample, Sample],
    fitted: Fitted | None,
    *,
    past: _Past,
    snapshots: tuple[Snapshot, ...],
) -> Manifest:
    sizes = _sizes(parts)
    learnt = _learnt(fitted) if fitted else None
    auc, slope = (learnt.auc, learnt.slope) if learnt else (None, None)
    return Manifest(
        spec=spec,
        trained_as_of=past.as_of,
        expires_on=past.as_of + timedelta(days=LIFE_DAYS),
        seed=past.seed,
        code_version=__version__,
        learner=learner_of(PREDICTORS, dict(spec.monotone)),
        predictors=PREDICTORS,
        predictors_hash=predictors_hash(),
        training_days=tuple(sorted(snapshot.day for snapshot in snapshots[1:])),
        later_day=snapshots[0].day if snapshots else None,
        labels_until=snapshots[0].last if snapshots else None,
        sizes=sizes,
        rows_digest=_rows_digest(parts),
        learnt=learnt,
        untrained=None if learnt else ("history_too_short" if len(snapshots) < 2 else "too_few_positives"),
        flags=flags_of(positives=sizes.positives, trained=learnt is not None, auc=auc, slope=slope),
    )


def _learnt(fitted: Fitted) -> Learnt:
    return Learnt(
        rounds=fitted.rounds,
        calibration=fitted.calibration,
        distribution=fitted.distribution,
        auc=fitted.auc,
        slope=fitted.slope,
        calibration_error=fitted.calibration_error,
        model_digest=digest_of(fitted.text),
    )


def _sizes(parts: tuple[Sample, Sample, Sample]) -> Sizes:
    older, calibrate, test = parts
    return Sizes(
        train=len(older.ids),
        train_positives=older.positives,
        calibrate=len(calibrate.ids),
        calibrate_positives=calibrate.positives,
        test=len(test.ids),
        test_positives=test.positives,
    )


def _rows_digest(parts: tuple[Sample, Sample, Sample]) -> str:
    text = repr([(sample.ids, sample.y.astype(int).tolist()) for sample in parts])
    return content_hash(text.encode())[:32]
