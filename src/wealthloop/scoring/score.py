"""Scoring: the calibrated probability of every customer by every model that has one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from wealthloop.engines import load_snapshot, save_snapshot
from wealthloop.kit import Home
from wealthloop.scoring.forest import Tree, coding_of, pack, read_trees
from wealthloop.scoring.matrix import matrix_of, members_of
from wealthloop.scoring.registry import ModelRecord, records, text_of
from wealthloop.scoring.types import Floats


def score(home: Home, features: pa.Table, *, only: Collection[str] | None = None) -> pa.Table:
    """Score customers by the current version of every model, or of some.

    Args:
        home: the home whose models are used.
        features: a table of ``features.build``.
        only: the ids of the models to score by; None: all that are in the registry.

    Returns:
        ``customer_id`` and a float64 column a model id: the calibrated probability, 0 to 1; null for customers
        outside the model's population, and for everyone where the model has no scores (see its flags).

    Raises:
        InvalidInput: the features lack a column that a model learnt from.
    """
    chosen = [record for record in records(home) if only is None or record.model_id in only]
    margins = _margins(home, [record for record in chosen if record.has_scores], features)
    scored = {record.model_id: _column(record, margins, features) for record in chosen}
    columns = {name: pa.array(values, from_pandas=True, type=pa.float64()) for name, values in scored.items()}
    return pa.table({"customer_id": features["customer_id"].combine_chunks(), **columns})


def _margins(home: Home, trained: Sequence[ModelRecord], features: pa.Table) -> dict[str, Floats]:
    """Return each model's log-odds of every customer, shape (n_customers,): rows are coded once for all models."""
    names = tuple(dict.fromkeys(name for record in trained for name in record.manifest.predictors))
    place = {name: at for at, name in enumerate(names)}
    models = [
        [_placed(tree, record, place) for tree in read_trees(text_of(home, record))] for record in trained
    ]  # fmt: skip
    coding = coding_of(models)
    found = pack(models, coding).margins(coding.apply(matrix_of(features, names)))
    return {record.model_id: found[:, at] for at, record in enumerate(trained)}


def _placed(tree: Tree, record: ModelRecord, place: Mapping[str, int]) -> Tree:
    """Return a tree whose nodes name the columns that all models share."""
    ours = np.array([place[name] for name in record.manifest.predictors], dtype=np.int64)
    return replace(tree, feature=ours[tree.feature])


def _column(record: ModelRecord, margins: Mapping[str, Floats], features: pa.Table) -> Floats:
    """Return one model's probabilities, shape (n_customers,), NaN where there is none."""
    scores = np.full(features.num_rows, np.nan)
    learnt = record.manifest.learnt
    if learnt is not None:
        members = members_of(features, record.manifest.spec.population)
        scores[members] = learnt.calibration.apply(margins[record.model_id][members])
    return scores


def save(home: Home, as_of: date, table: pa.Table) -> Path:
    """Write a day's scores as Parquet, atomically; the same table gives the same bytes."""
    return save_snapshot(home.scores, as_of, table)


def load(home: Home, as_of: date) -> pa.Table:
    """Read a day's scores.

    Raises:
        NotFound: none were saved for that day.
    """
    return load_snapshot(home.scores, as_of)
