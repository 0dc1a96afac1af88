"""Models handed over: as the snapshot table that Pega's open health check reads, and as runs of MLflow (an extra)."""

import os
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final

import pyarrow as pa

from wealthloop.errors import InvalidInput
from wealthloop.kit import Home
from wealthloop.scoring.registry import ModelRecord, text_of

_EXPERIMENT: Final = "wealthloop"
_NOTHING_LEARNT: Final = 0.5
_OPT_IN: Final = "MLFLOW_ALLOW_FILE_STORE"
"""MLflow writes folders only where this variable says so."""


def snapshot_table(records: Sequence[ModelRecord]) -> pa.Table:
    """Return one row a model in the columns of Pega's model snapshot; models without a labelled customer are left out.

    A model that gives no scores has the performance of chance, .5.
    """
    rows = [_row(record) for record in records if _labelled(record)]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


_SCHEMA: Final = pa.schema(
    [
        pa.field(name, pa.string())
        for name in (
            "pyModelID", "pyConfigurationName", "pyIssue", "pyGroup", "pyName", "pyChannel", "pyDirection",
            "pyModelTechnique", "pyTreatment",
        )
    ]
    + [pa.field("pySnapshotTime", pa.timestamp("us"))]
    + [
        pa.field(name, pa.float64())
        for name in (
            "pyPerformance", "pySuccessRate", "pyResponseCount", "pyPositives", "pyNegatives", "pyTotalPredictors",
            "pyActivePredictors",
        )
    ]
)  # fmt: skip


def _labelled(record: ModelRecord) -> int:
    sizes = record.manifest.sizes
    return sizes.train + sizes.calibrate + sizes.test


def _row(record: ModelRecord) -> dict[str, Any]:
    manifest, learnt = record.manifest, record.manifest.learnt
    rows, positives = _labelled(record), manifest.sizes.positives
    auc = learnt.auc if learnt and learnt.auc is not None else _NOTHING_LEARNT
    return {
        "pyModelID": f"{record.model_id}@{record.version}", "pyConfigurationName": str(manifest.spec.family),
        "pyIssue": str(manifest.spec.family), "pyGroup": manifest.spec.model_id.split("/")[1],
        "pyName": record.model_id, "pyChannel": "Any", "pyDirection": "Outbound", "pyTreatment": "",
        "pyModelTechnique": learnt.learner if learnt else "none",
        "pySnapshotTime": datetime.combine(manifest.trained_as_of, time()),
        "pyPerformance": auc, "pySuccessRate": positives / rows, "pyResponseCount": float(rows),
        "pyPositives": float(positives), "pyNegatives": float(rows - positives),
        "pyTotalPredictors": float(manifest.considered), "pyActivePredictors": float(len(manifest.predictors)),
    }  # fmt: skip


def mlflow_runs(home: Home, records: Sequence[ModelRecord], uri: str) -> int:
    """Write one run a model: what it is, its figures, its manifest and its trees' text.

    Args:
        home: whose models they are.
        records: which.
        uri: where MLflow tracks: a server, a database, or a folder.

    Returns:
        How many were written.

    Raises:
        InvalidInput: MLflow is not installed.
    """
    try:
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise InvalidInput("MLflow is not installed: pip install 'wealthloop[mlflow]'") from error
    if "://" not in uri:
        os.environ.setdefault(_OPT_IN, "true")
    client = MlflowClient(tracking_uri=uri)
    found = client.get_experiment_by_name(_EXPERIMENT)
    experiment = client.create_experiment(_EXPERIMENT) if found is None else found.experiment_id
    for record in records:
        _write_run(client, experiment, home, record)
    return len(records)


def _write_run(client: Any, experiment: str, home: Home, record: ModelRecord) -> None:  # noqa: ANN401 - an extra
    manifest, learnt = record.manifest, record.manifest.learnt
    run = client.create_run(experiment, run_name=record.model_id).info.run_id
    told = {
        "model_id": record.model_id, "version": record.version, "family": manifest.spec.family,
        "owner": manifest.spec.owner, "trained_as_of": manifest.trained_as_of, "expires_on": manifest.expires_on,
        "code_version": manifest.code_version, "predictors_hash": manifest.predictors_hash,
        "rows_digest": manifest.rows_digest, "learner": learnt.learner if learnt else "none",
        "flags": ",".join(record.flags),
    }  # fmt: skip
    for name, value in told.items():
        client.log_param(run, name, str(value))
    figures = {"positives": manifest.sizes.positives} | (
        {"auc": learnt.auc, "calibration_error": learnt.calibration_error} if learnt else {}
    )
    for name, figure in figures.items():
        if figure is not None:
            client.log_metric(run, name, float(figure))
    client.log_text(run, manifest.model_dump_json(indent=1), "manifest.json")
    if learnt is not None and learnt.model_digest:
        client.log_text(run, text_of(home, record), "model.txt")
    client.set_terminated(run)
