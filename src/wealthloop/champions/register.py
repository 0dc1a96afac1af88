"""Writes versions from the registry down as rows; thousands at a time."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from wealthloop.champions.models import ModelVersion, VersionState
from wealthloop.kit import Home
from wealthloop.scoring import Family, ModelRecord
from wealthloop.scoring.effectmodels import EffectRecord, current_effect

_BATCH: Final = 500


def register(records: Sequence[ModelRecord], challengers: Collection[str], *, now: datetime) -> int:
    """Write versions down; those of the models in ``challengers`` wait, all others are champions from now on.

    A version that is written already keeps its state; the champion that another replaces retires. Nothing changes
    where it is repeated.

    Returns:
        How many rows are new.
    """
    waiting = set(challengers)
    new = 0
    for batch in _batches(records):
        known = {
            (row.model_id, row.version): row
            for row in ModelVersion.objects.filter(model_id__in=[record.model_id for record in batch])
        }
        fresh = [record for record in batch if (record.model_id, record.version) not in known]
        replaced = {record.model_id for record in batch if record.model_id not in waiting}
        current = {(record.model_id, record.version) for record in batch}
        older = [row for key, row in known.items() if key not in current and _gives_way(row, replaced, waiting)]
        for row in older:
            row.was_champion = row.state == VersionState.CHAMPION
            row.state, row.since = VersionState.RETIRED, now
        ModelVersion.objects.bulk_update(older, ["state", "since", "was_champion"])
        again = [known[key] for key in current & known.keys() if known[key].model_id in replaced]
        for row in again:
            if row.state != VersionState.CHAMPION:
                row.state, row.since = VersionState.CHAMPION, now
        ModelVersion.objects.bulk_update(again, ["state", "since"])
        rows = [_row(record, challenger=record.model_id in waiting, now=now) for record in fresh]
        ModelVersion.objects.bulk_create(rows)
        new += len(rows)
    return new


def register_effects(home: Home, records: Sequence[EffectRecord], *, now: datetime) -> None:
    """Write models of effects down: in use where the registry uses them, else retired at once, as not good enough."""
    for record in records:
        one = record.manifest
        used = current_effect(home, one.model_id) == record
        before = ModelVersion.objects.filter(model_id=one.model_id, state=VersionState.CHAMPION)
        if used:
            before.exclude(version=record.version).update(state=VersionState.RETIRED, since=now, was_champion=True)
        ModelVersion.objects.get_or_create(
            model_id=one.model_id, version=record.version,
            defaults={
                "family": Family.UPGRADE, "owner": one.owner, "zh": one.zh, "en": one.en, "learner": "average",
                "state": VersionState.CHAMPION if used else VersionState.RETIRED, "trained_as_of": one.trained_as_of,
                "expires_on": one.expires_on, "positives": one.conversions, "slope": one.slope.estimate,
                "flags": [str(flag) for flag in one.flags], "since": now,
            },
        )  # fmt: skip


def _gives_way(row: ModelVersion, replaced: Collection[str], waiting: Collection[str]) -> bool:
    """Say whether a version gives way to a newer one: a champion to a champion, a challenger to a challenger."""
    if row.state == VersionState.CHAMPION:
        return row.model_id in replaced
    return row.state == VersionState.CHALLENGER and row.model_id in waiting


def _batches(records: Sequence[ModelRecord]) -> Iterator[Sequence[ModelRecord]]:
    for start in range(0, len(records), _BATCH):
        yield records[start : start + _BATCH]


def _row(record: ModelRecord, *, challenger: bool, now: datetime) -> ModelVersion:
    manifest, learnt = record.manifest, record.manifest.learnt
    spec = manifest.spec
    return ModelVersion(
        model_id=record.model_id, version=record.version, family=spec.family, owner=spec.owner, zh=spec.zh, en=spec.en,
        state=VersionState.CHALLENGER if challenger else VersionState.CHAMPION,
        learner=learnt.learner if learnt else "", trained_as_of=manifest.trained_as_of,
        expires_on=manifest.expires_on, positives=manifest.sizes.positives, auc=learnt.auc if learnt else None,
        slope=learnt.slope.estimate if learnt and learnt.slope else None,
        calibration_error=learnt.calibration_error if learnt else None, flags=[str(flag) for flag in record.flags],
        since=now,
    )  # fmt: skip
