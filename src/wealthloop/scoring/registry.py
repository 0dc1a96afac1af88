"""The model registry: plain files, a folder a model, a folder a version, ``CURRENT`` swapped atomically."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import lightgbm as lgb
import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from wealthloop.errors import HomeError, InvalidInput, NotFound
from wealthloop.kit import Home, content_hash, write_atomic
from wealthloop.scoring.calibrate import BetaCalibration
from wealthloop.scoring.health import feeds_of
from wealthloop.scoring.measure import Distribution, Observed, Slope
from wealthloop.scoring.types import Feeds, Flag, Floats, Learner, ModelSpec, Why

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


class Pinned(_Document):
    """The very version of a wider model on which a slice stands."""

    model_id: str
    version: str


class Learnt(_Document):
    """What was fitted, and what the test half of the newest snapshot says of it."""

    learner: Learner
    why: Why
    """Why it got this learner."""
    rounds: int
    """Trees kept by early stopping."""
    parent: Pinned | None
    """Its calibrated log-odds are added to the trees' margin."""
    offset: float
    """Added to the margin before it is calibrated: what the thinning of negatives moved."""
    leaks: tuple[str, ...]
    """Features that tell the target nearly by themselves."""
    calibration: BetaCalibration
    distribution: Distribution
    """Of the calibrated scores of the newest snapshot: what drift is measured against."""
    auc: float | None
    slope: Slope | None
    calibration_error: float | None
    """Expected calibration error."""
    reliability: tuple[Observed, ...]
    """Foretold and seen, by tenth of the score."""
    model_digest: str
    """Of ``model.txt``; empty where the model has no trees of its own."""


class Manifest(_Document):
    """All that is known of a model version; a digest of it and of the model text is the version's name."""

    schema_version: Literal[2] = 2
    spec: ModelSpec
    trained_as_of: date
    expires_on: date
    """The first day on which it may no longer be used."""
    seed: int
    code_version: str
    settings: dict[str, str | int | float]
    """Of the learner of trees."""
    predictors: tuple[str, ...]
    """The features that its trees read."""
    considered: int
    """Features among which these were found."""
    predictors_hash: str
    """Of the names and lineage of all that were considered."""
    training_days: tuple[date, ...]
    later_day: date | None
    """The snapshot of calibration and test; its label window is later than every training window."""
    labels_until: date | None
    sizes: Sizes
    rows_digest: str
    """Of the labelled customers and their labels, part by part."""
    learnt: Learnt | None
    untrained: Literal["history_too_short", "too_few_positives", "failed"] | None
    """Why there is no model."""
    failed: str = ""
    """What went wrong while it was made."""
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


def publish(home: Home, manifest: Manifest, model_text: str | None, *, current: bool = True) -> ModelRecord:
    """Write a version and make it the model's current one; the same content makes the same version.

    Args:
        home: whose registry it is.
        manifest: what is known of the version.
        model_text: its trees, None where it has none of its own.
        current: whether it is used from now on; else it waits as a challenger.

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
    if current:
        make_current(home, model_id, version)
    return ModelRecord(version=version, manifest=manifest)


def make_current(home: Home, model_id: str, version: str) -> None:
    """Use a version from now on.

    Raises:
        NotFound: no such version.
    """
    if not _MODEL_ID.fullmatch(model_id) or not (home.models / model_id / version / _MANIFEST).exists():
        raise NotFound(f"model {model_id}: no version {version}")
    write_atomic(home.models / model_id / _CURRENT, version.encode())


def records(home: Home, only: Collection[str] | None = None) -> tuple[ModelRecord, ...]:
    """Return the current version of every model, or of those named that there are, by id.

    Raises:
        HomeError: a manifest is missing or broken.
    """
    if only is None:
        found = list(home.models.rglob(_CURRENT))
    else:
        named = (home.models / model_id / _CURRENT for model_id in only if _MODEL_ID.fullmatch(model_id))
        found = [pointer for pointer in named if pointer.exists()]
    return tuple(sorted((_read(pointer) for pointer in found), key=lambda record: record.model_id))


def version_of(home: Home, model_id: str, version: str) -> ModelRecord:
    """Return one version of a model, current or not.

    Raises:
        HomeError: its manifest is missing or broken.
    """
    return _read_version(home.models / model_id, version)


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
        NotFound: the version has no trees (see its flags and its learner).
        HomeError: the file is missing or not the one that was written.
    """
    learnt = record.manifest.learnt
    if learnt is None or not learnt.model_digest:
        raise NotFound(f"model {record.model_id}: version {record.version} has no trees ({record.flags[0]})")
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


def margins_of(booster: lgb.Booster, x: Floats) -> Floats:
    """Return a model's log-odds before calibration, shape (n,)."""
    if x.shape[0] == 0:
        return np.zeros(0)
    return np.asarray(booster.predict(x, raw_score=True, num_threads=1), dtype=np.float64)


def contributions_of(booster: lgb.Booster, x: Floats) -> Floats:
    """Return what each predictor adds to each margin, in log-odds, shape (n, n_predictors + 1).

    The last column is the base; a row adds up to the customer's margin exactly (LightGBM's ``pred_contrib``, after
    Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020).
    """
    if x.shape[0] == 0:
        return np.zeros((0, x.shape[1] + 1))
    return np.asarray(booster.predict(x, pred_contrib=True, num_threads=1), dtype=np.float64)


def digest_of(model_text: str) -> str:
    """Return the digest of a model's text as a manifest names it."""
    return content_hash(model_text.encode())


def _bytes_of(manifest: Manifest) -> bytes:
    return (json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _read(pointer: Path) -> ModelRecord:
    return _read_version(pointer.parent, pointer.read_text(encoding="utf-8"))


def _read_version(folder: Path, version: str) -> ModelRecord:
    path = folder / version / _MANIFEST
    try:
        return ModelRecord(version=version, manifest=Manifest.model_validate_json(path.read_bytes()))
    except (OSError, ValidationError) as error:
        raise HomeError(f"{path}: not readable as a model's manifest, restore it or train again") from error
