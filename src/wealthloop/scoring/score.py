"""Scoring: the calibrated probability of every customer by every model that has one."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from wealthloop.engines import load_snapshot, save_snapshot
from wealthloop.kit import Home
from wealthloop.scoring.fit import margins_of
from wealthloop.scoring.matrix import matrix_of, members_of
from wealthloop.scoring.registry import ModelRecord, booster_of, records
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
    scored = {record.model_id: _column(home, record, features) for record in chosen}
    columns = {name: pa.array(values, from_pandas=True, type=pa.float64()) for name, values in scored.items()}
    return pa.table({"customer_id": features["customer_id"].combine_chunks(), **columns})


def _column(home: Home, record: ModelRecord, features: pa.Table) -> Floats:
    """Return one model's probabilities, shape (n_customers,), NaN where there is none."""
    scores = np.full(features.num_rows, np.nan)
    learnt = record.manifest.learnt
    members = members_of(features, record.manifest.spec.population)
    if learnt is None or not members.any():
        return scores
    x = matrix_of(features, record.manifest.predictors)[members]
    scores[members] = learnt.calibration.apply(margins_of(booster_of(home, record), x))
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
