"""The model registry: plain files, a folder a model, a folder a version, ``CURRENT`` swapped atomically."""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import lightgbm as lgb
from pydantic import BaseModel, ConfigDict, ValidationError

from wealthloop.errors import HomeError, InvalidInput, NotFound
from wealthloop.kit import Home, content_hash, write_atomic
from wealthloop.scoring.calibrate import BetaCalibration
from wealthloop.scoring.health import feeds_of
from wealthloop.scoring.measure import Distribution, Slope
from wealthloop.scoring.types import Feeds, Flag, ModelSpec

_MODEL: Final = "model.txt"
_MANIFEST: Final = "manifest.json"
_CURRENT: Final = "CURRENT"
_MODEL_ID: Final = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)+")
_SHORT: Final = 32


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sizes(_Document):
    """Rows and positives of the parts."""

    train: int
    train_positives: int
    calibrate: int
    calibrate_positives: int
    test: int
    test_positives: int

    @property
    def positives(self) -> int:
        """Positives in all parts."""
        return self.train_positives + self.calibrate_positives + self.test_positives


class Learnt(_Document):
    """What was fitted, and what the test half of the newest snapshot says of it."""

    rounds: int
    """Trees kept by early stopping."""
    calibration: BetaCalibration
    distribution: Distribution
    """Of the calibrated scores of the newest snapshot: what drift is measured against."""
    auc: float | None
    slope: Slope | None
    calibration_error: float | None
    """Expected calibration error."""
    model_digest: str


class Manifest(_Document):
    """All that is known of a model version; a digest of it and of the model text is the version's name."""

    schema_version: Literal[1] = 1
    spec: ModelSpec
    trained_as_of: date
    expires_on: date
    """The first day on which it may no longer be used."""
    seed: int
    code_version: str
    learner: dict[str, str | int | float]
    predictors: tuple[str, ...]
    predictors_hash: str
    training_days: tuple[date, ...]
    later_day: date | None
    """The snapshot of calibration and test; its label window is later than every training window."""
    labels_until: date | None
    sizes: Sizes
    rows_digest: str
    """Of the labelled customers and their labels, part by part."""
    learnt: Learnt | None
    untrained: Literal["history_too_short", "too_few_positives"] | None
    """Why there is no model."""
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One version of a model in the registry."""

    version: str
    manifest: Manifest

    @property
    def model_id(self) -> str:
        """The model's id."""
        return self.manifest.spec.model_id

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Health flags as of training."""
        return self.manifest.flags

    @property
    def feeds(self) -> Feeds:
        """How far it may choose new customers, by its flags as of training."""
        return feeds_of(self.manifest.flags)

    @property
    def has_scores(self) -> bool:
        """Whether there is a model that gives scores."""
        return self.manifest.learnt is not None


def publish(home: Home, manifest: Manifest, model_text: str | None) -> ModelRecord:
    """Write a version and make it the model's current one; the same content makes the same version.

    Raises:
        InvalidInput: the model's id cannot be a folder.
    """
    model_id = manifest.spec.model_id
    if not _MODEL_ID.fullmatch(model_id):
        raise InvalidInput(f"model_id == {model_id!r}, must be small letters, digits and _ between slashes")
    data = _bytes_of(manifest)
    model = b"" if model_text is None else model_text.encode()
    version = content_hash(data + model)[:_SHORT]
    folder = home.models / model_id / version
    if model_text is not None:
        write_atomic(folder / _MODEL, model)
    write_atomic(folder / _MANIFEST, data)
    write_atomic(home.models / model_id / _CURRENT, version.encode())
    return ModelRecord(version=version, manifest=manifest)


def records(home: Home) -> tuple[ModelRecord, ...]:
    """Return the current version of every model, by id.

    Raises:
        HomeError: a manifest is missing or broken.
    """
    found = home.models.rglob(_CURRENT)
    return tuple(sorted((_read(pointer) for pointer in found), key=lambda record: record.model_id))


def record_of(home: Home, model_id: str) -> ModelRecord:
    """Return the current version of one model.

    Raises:
        NotFound: no such model.
        HomeError: its manifest is missing or broken.
    """
    pointer = home.models / model_id / _CURRENT
    if not _MODEL_ID.fullmatch(model_id) or not pointer.exists():
        raise NotFound(f"model {model_id}: none is trained in this home")
    return _read(pointer)


def text_of(home: Home, record: ModelRecord) -> str:
    """Return the LightGBM text of a version.

    Raises:
        NotFound: the version has no model (see its flags).
        HomeError: the file is missing or not the one that was written.
    """
    learnt = record.manifest.learnt
    if learnt is None:
        raise NotFound(f"model {record.model_id}: version {record.version} gives no scores ({record.flags[0]})")
    path = home.models / record.model_id / record.version / _MODEL
    if not path.exists() or content_hash(path.read_bytes()) != learnt.model_digest:
        raise HomeError(f"{path}: not the model that was written, restore it or train again")
    return path.read_text(encoding="utf-8")


def booster_of(home: Home, record: ModelRecord) -> lgb.Booster:
    """Return the LightGBM model of a version.

    Raises:
        NotFound: the version has no model (see its flags).
        HomeError: the file is missing or not the one that was written.
    """
    return lgb.Booster(model_str=text_of(home, record))


def digest_of(model_text: str) -> str:
    """Return the digest of a model's text as a manifest names it."""
    return content_hash(model_text.encode())


def _bytes_of(manifest: Manifest) -> bytes:
    return (json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _read(pointer: Path) -> ModelRecord:
    version = pointer.read_text(encoding="utf-8")
    path = pointer.parent / version / _MANIFEST
    try:
        return ModelRecord(version=version, manifest=Manifest.model_validate_json(path.read_bytes()))
    except (OSError, ValidationError) as error:
        raise HomeError(f"{path}: not readable as a model's manifest, restore it or train again") from error
