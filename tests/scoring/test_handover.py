"""Models handed over: Pega's own health check agrees on every flag that it computes; MLflow reads the runs."""

import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from mlflow.tracking import MlflowClient
from pdstools import ADMDatamart

from tests.scoring.conftest import Trained
from wealthloop.errors import InvalidInput
from wealthloop.scoring import Flag, ModelRecord, flags_of
from wealthloop.scoring.handover import mlflow_runs, snapshot_table
from wealthloop.scoring.registry import Sizes

RESPONSE = "response/wealth_management/30d"
THEIRS = {
    Flag.NO_POSITIVES: "responses_no_positives", Flag.IMMATURE: "immature", Flag.STUCK: "stuck_at_50",
    Flag.LOW: "low_performance",
}  # fmt: skip


def like(record: ModelRecord, place: int, *, positives: int, auc: float | None) -> ModelRecord:
    """Return a record with other figures and the flags that follow from them."""
    manifest = record.manifest
    learnt = (
        None
        if auc is None or manifest.learnt is None
        else manifest.learnt.model_copy(update={"auc": auc, "slope": None})
    )
    sizes = Sizes(
        train=9_000, train_positives=positives, calibrate=500, calibrate_positives=0, test=500, test_positives=0
    )
    spec = manifest.model_copy(
        update={
            "sizes": sizes, "learnt": learnt, "trained_as_of": date(2026, 11, 20),
            "flags": flags_of(positives=positives, trained=learnt is not None, auc=auc),
        }
    )  # fmt: skip
    return ModelRecord(version=f"{place:032d}", manifest=spec)


def criteria(records: list[ModelRecord]) -> dict[str, set[str]]:
    """Return by model version which buckets Pega's check puts it into."""
    table = pl.from_arrow(snapshot_table(records))
    assert isinstance(table, pl.DataFrame)
    datamart = ADMDatamart(model_df=table.lazy(), extract_pyname_keys=False)
    last = datamart.aggregates.last().collect()
    found: dict[str, set[str]] = {str(one): set() for one in last["ModelID"].to_list()}
    for name, _, test in datamart.analysis.health_check_maturity_criteria():
        for model in last.filter(test)["ModelID"].to_list():
            found[str(model)].add(name)
    return found


def test_pegas_health_check_agrees_on_every_flag_that_it_computes(trained: Trained) -> None:
    base = trained.record(RESPONSE)
    figures = [
        (0, None), (1, None), (50, 0.7), (199, 0.55), (200, 0.5), (5_000, 0.5), (5_000, None), (200, 0.505),
        (900, 0.5199), (900, 0.52), (900, 0.55), (900, 0.8), (900, 0.9), (900, 0.95),
    ]  # fmt: skip
    records = [like(base, place, positives=ones, auc=auc) for place, (ones, auc) in enumerate(figures)]
    theirs = criteria(records)
    assert len(theirs) == len(records)
    for record in records:
        said = theirs[f"{record.model_id}@{record.version}"]
        for ours, name in THEIRS.items():
            assert (ours in record.flags) == (name in said), (record.flags, said)
        assert ("mature_decent" in said) == (not set(record.flags) & set(THEIRS))
    assert {flag for record in records for flag in record.flags} >= set(THEIRS)


def test_the_homes_own_models_agree_too(trained: Trained) -> None:
    records = [one for one in trained.records if one.manifest.sizes.train]
    assert len(records) < len(trained.records), "a model without any labelled customer is not in their table"
    theirs = criteria(records)
    for record in records:
        said = theirs[f"{record.model_id}@{record.version}"]
        for ours, name in THEIRS.items():
            assert (ours in record.flags) == (name in said), (record.model_id, record.flags, said)


def test_mlflow_reads_what_was_written(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    folder = str(tmp_path / "runs")
    assert mlflow_runs(trained.home, trained.records, folder) == len(trained.records)
    client = MlflowClient(tracking_uri=folder)
    experiment = client.get_experiment_by_name("wealthloop")
    assert experiment is not None
    runs = {run.data.params["model_id"]: run for run in client.search_runs([experiment.experiment_id])}
    record = trained.record(RESPONSE)
    assert set(runs) == {one.model_id for one in trained.records}
    assert runs[RESPONSE].data.params["version"] == record.version
    assert record.manifest.learnt is not None
    assert runs[RESPONSE].data.metrics["auc"] == pytest.approx(record.manifest.learnt.auc)
    assert {item.path for item in client.list_artifacts(runs[RESPONSE].info.run_id)} == {"manifest.json", "model.txt"}


def test_without_mlflow_it_says_how_to_have_it(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(InvalidInput, match=r"pip install 'wealthloop\[mlflow\]'"):
        mlflow_runs(trained.home, trained.records, "anywhere")
