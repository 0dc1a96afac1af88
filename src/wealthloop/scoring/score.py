"""Scoring: the calibrated probability of every customer by every model that has one, and only what has changed."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from wealthloop.engines import load_snapshot, save_snapshot
from wealthloop.kit import Home
from wealthloop.scoring.forest import Tree, coding_of, pack, read_trees
from wealthloop.scoring.matrix import column_of, matrix_of, members_of, places_of
from wealthloop.scoring.registry import ModelRecord, records, text_of, version_of
from wealthloop.scoring.types import Bound, Floats, Lives

_VERSIONS: Final = b"model_versions"
"""Where a table of scores says by which version each model scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """An earlier day's features and scores: a row that reads the same scores the same by the same version."""

    features: pa.Table
    scores: pa.Table

    def version(self, model_id: str) -> str | None:
        """Return the version that scored then; None where the model did not, or the scores do not say."""
        return versions_in(self.scores).get(model_id)


def versions_in(scores: pa.Table) -> dict[str, str]:
    """Return by model id which version made a table of scores; empty where it does not say."""
    told: dict[str, str] = json.loads((scores.schema.metadata or {}).get(_VERSIONS, b"{}"))
    return told


def score(
    home: Home, features: pa.Table, *, only: Collection[str] | None = None, before: Before | None = None
) -> pa.Table:
    """Score customers by the current version of every model, or of some.

    Args:
        home: the home whose models are used.
        features: a table of ``features.build``; with regions where a model's population names one.
        only: the ids of the models to score by; None: all that are in the registry.
        before: what a customer's scores are taken over from where neither the model nor what it reads has changed.

    Returns:
        ``customer_id`` and a float64 column a model id: the calibrated probability, 0 to 1; null for customers
        outside the model's population, and for everyone where the model has no scores (see its flags).

    Raises:
        InvalidInput: the features lack a column that a model learnt from.
    """
    chosen = records(home, only)
    trained = {record.model_id: record for record in chosen if record.has_scores}
    kept = _kept(home, trained, features, before)
    asked = np.flatnonzero(~kept.same)
    fresh = _log_odds(home, list(trained.values()), features.take(asked))
    changed = [record for name, record in trained.items() if name not in kept.scores]
    rest = _log_odds(home, changed, features.take(np.flatnonzero(kept.same)))
    columns = {}
    for record in chosen:
        values = np.full(features.num_rows, np.nan)
        if record.has_scores:
            values[asked] = expit(fresh[record.model_id])
            values[kept.same] = kept.scores.get(record.model_id, expit(rest.get(record.model_id, np.zeros(0))))
            values[~members_of(features, record.manifest.spec.population)] = np.nan
        columns[record.model_id] = pa.array(values, from_pandas=True, type=pa.float64())
    versions = json.dumps({record.model_id: record.version for record in chosen}, sort_keys=True)
    table = pa.table({"customer_id": features["customer_id"].combine_chunks(), **columns})
    return table.replace_schema_metadata({_VERSIONS: versions.encode()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What stays of an earlier day."""

    same: NDArray[np.bool_]
    """Customers all of whose values that any model reads are as they were, shape (n_customers,)."""
    scores: Mapping[str, Floats]
    """Their scores then, by models whose version is the same."""


def _kept(home: Home, trained: Mapping[str, ModelRecord], features: pa.Table, before: Before | None) -> _Kept:
    if before is None:
        return _Kept(same=np.zeros(features.num_rows, dtype=np.bool_), scores={})
    same_version = [
        name for name, record in trained.items()
        if before.version(name) == record.version and name in before.scores.column_names and not _by_region(record)
    ]  # fmt: skip
    at = places_of(features, before.features)
    same = at >= 0
    for name in _read_by(home, trained.values()):
        now, then = column_of(features, name), column_of(before.features, name)[at]
        same &= (now == then) | (np.isnan(now) & np.isnan(then))
    there = places_of(features, before.scores)
    same &= there >= 0
    return _Kept(same=same, scores={name: column_of(before.scores, name)[there[same]] for name in same_version})


def _by_region(record: ModelRecord) -> bool:
    """Say whether a model's population is a region: where people lived before is not kept, so all are scored."""
    return any(isinstance(one, Lives) for one in record.manifest.spec.population)


def _read_by(home: Home, trained: Collection[ModelRecord]) -> set[str]:
    """Return every column that some models read, for their trees, for whom they are, and for what they stand on."""
    every = [*trained, *_parents(home, trained).values()]
    conditions = [one for record in every for one in record.manifest.spec.population]
    bounds = {one.feature for one in conditions if isinstance(one, Bound)}
    return bounds | {name for record in every for name in record.manifest.predictors}


def _parents(home: Home, chosen: Collection[ModelRecord]) -> dict[str, ModelRecord]:
    """Return the versions on which slices stand, by version."""
    pinned = [record.manifest.learnt.parent for record in chosen if record.manifest.learnt is not None]
    wanted = {one.version: one.model_id for one in pinned if one is not None}
    return {version: version_of(home, model_id, version) for version, model_id in wanted.items()}


def _log_odds(home: Home, trained: Sequence[ModelRecord], features: pa.Table) -> dict[str, Floats]:
    """Return each model's calibrated log-odds of every customer, shape (n_customers,), by model id."""
    if not trained or not features.num_rows:
        return {record.model_id: np.zeros(features.num_rows) for record in trained}
    parents = _parents(home, trained)
    own = _margins(home, list({record.version: record for record in (*trained, *parents.values())}.values()), features)
    bases = {version: _calibrated(record, own[version], 0.0) for version, record in parents.items()}
    found = {}
    for record in trained:
        pinned = record.manifest.learnt.parent if record.manifest.learnt else None
        found[record.model_id] = _calibrated(record, own[record.version], bases[pinned.version] if pinned else 0.0)
    return found


def log_odds_of(home: Home, record: ModelRecord, features: pa.Table) -> Floats:
    """Return the calibrated log-odds of one version, current or not, shape (n_customers,), of whoever is asked for."""
    return _log_odds(home, [record], features)[record.model_id]


def _calibrated(record: ModelRecord, own: Floats, base: Floats | float) -> Floats:
    learnt = record.manifest.learnt
    assert learnt is not None
    return learnt.calibration.log_odds(own + base + learnt.offset)


def _margins(home: Home, several: Sequence[ModelRecord], features: pa.Table) -> dict[str, Floats]:
    """Return what each version's own trees say, shape (n_customers,): rows are coded once for all models."""
    names = tuple(dict.fromkeys(name for record in several for name in record.manifest.predictors))
    place = {name: at for at, name in enumerate(names)}
    trees = [
        [_placed(tree, record, place) for tree in read_trees(text_of(home, record))] if _has_trees(record) else []
        for record in several
    ]  # fmt: skip
    coding = coding_of(trees)
    found = pack(trees, coding).margins(coding.apply(matrix_of(features, names)))
    return {record.version: found[:, at] for at, record in enumerate(several)}


def _has_trees(record: ModelRecord) -> bool:
    return record.manifest.learnt is not None and bool(record.manifest.learnt.model_digest)


def _placed(tree: Tree, record: ModelRecord, place: Mapping[str, int]) -> Tree:
    """Return a tree whose nodes name the columns that all models share."""
    ours = np.array([place[name] for name in record.manifest.predictors], dtype=np.int64)
    return replace(tree, feature=ours[tree.feature])


def save(home: Home, as_of: date, table: pa.Table) -> Path:
    """Write a day's scores as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(home.scores, as_of, table)


def load(home: Home, as_of: date, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a day's scores, of some columns alone where these are named.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(home.scores, as_of, columns=columns)
