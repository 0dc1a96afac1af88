"""Scoring: the calibrated probability of every customer by every model that has one."""

import io
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.errors import NotFound
from wealthloop.kit import Home, write_atomic
from wealthloop.scoring.fit import margins_of
from wealthloop.scoring.matrix import matrix_of, members_of
from wealthloop.scoring.registry import ModelRecord, booster_of, records
from wealthloop.scoring.types import Floats


def score(home: Home, features: pa.Table) -> pa.Table:
    """Score customers by the current version of every model.

    Args:
        home: the home whose models are used.
        features: a table of ``features.build``.

    Returns:
        ``customer_id`` and a float64 column a model id: the calibrated probability, 0 to 1; null for customers
        outside the model's population, and for everyone where the model has no scores (see its flags).

    Raises:
        InvalidInput: the features lack a column that a model learnt from.
    """
    scored = {record.model_id: _column(home, record, features) for record in records(home)}
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
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    path = _path(home, as_of)
    write_atomic(path, sink.getvalue())
    return path


def load(home: Home, as_of: date) -> pa.Table:
    """Read a day's scores.

    Raises:
        NotFound: none were saved for that day.
    """
    path = _path(home, as_of)
    if not path.exists():
        raise NotFound(f"no scores of {as_of} in this home, run 'wealthloop run --as-of {as_of}'")
    return pq.read_table(path)


def _path(home: Home, as_of: date) -> Path:
    return home.scores / f"{as_of.isoformat()}.parquet"
