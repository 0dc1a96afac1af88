"""The registry: plain files that are read back as they were written, and are checked."""

import json
import shutil
from pathlib import Path

import pytest

from tests.scoring.bank import AS_OF
from tests.scoring.conftest import Trained
from wealthloop import scoring
from wealthloop.errors import HomeError, InvalidInput, NotFound
from wealthloop.kit import Home, content_hash
from wealthloop.scoring.registry import booster_of, publish

CHURN = "churn/aum_half/30d"
RESPONSE = "response/wealth_management/30d"


@pytest.fixture
def copied(trained: Trained, tmp_path: Path) -> Home:
    shutil.copytree(trained.home.root, tmp_path / "home")
    return Home.open(tmp_path / "home")


def test_records_are_read_back_as_they_were_published(trained: Trained) -> None:
    assert scoring.records(trained.home) == tuple(sorted(trained.records, key=lambda record: record.model_id))
    assert scoring.record_of(trained.home, CHURN) == trained.record(CHURN)


def test_a_model_is_folders_of_plain_files(trained: Trained) -> None:
    folder = trained.home.models / "response" / "wealth_management" / "30d"
    version = (folder / "CURRENT").read_text()
    assert sorted(path.name for path in (folder / version).iterdir()) == ["manifest.json", "model.txt"]
    data, model = (folder / version / "manifest.json").read_bytes(), (folder / version / "model.txt").read_bytes()
    assert content_hash(data + model)[:32] == version
    assert model.startswith(b"tree\n")
    manifest = json.loads(data)
    assert manifest["spec"]["owner"] == "retail_analytics"
    assert manifest["trained_as_of"] == AS_OF.isoformat()
    assert manifest["seed"] == 7


def test_publishing_again_changes_nothing_and_another_content_makes_another_version(copied: Home) -> None:
    record = scoring.record_of(copied, RESPONSE)
    text = (copied.models / RESPONSE / record.version / "model.txt").read_text(encoding="utf-8")
    assert publish(copied, record.manifest, text) == record
    other = publish(copied, record.manifest.model_copy(update={"seed": 8}), text)
    assert other.version != record.version
    assert scoring.record_of(copied, RESPONSE).manifest.seed == 8


def test_a_changed_model_is_refused(copied: Home) -> None:
    record = scoring.record_of(copied, RESPONSE)
    path = copied.models / RESPONSE / record.version / "model.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=9"))
    with pytest.raises(HomeError, match="not the model that was written"):
        booster_of(copied, record)


def test_a_broken_or_missing_manifest_is_named(copied: Home) -> None:
    record = scoring.record_of(copied, RESPONSE)
    path = copied.models / RESPONSE / record.version / "manifest.json"
    path.write_text("{}")
    with pytest.raises(HomeError, match=r"manifest\.json: not readable"):
        scoring.records(copied)
    path.unlink()
    with pytest.raises(HomeError, match=r"manifest\.json: not readable"):
        scoring.record_of(copied, RESPONSE)


def test_an_unknown_model_is_not_found(trained: Trained) -> None:
    for model_id in ("response/nothing/30d", "../models", ""):
        with pytest.raises(NotFound):
            scoring.record_of(trained.home, model_id)


def test_an_id_that_is_no_folder_is_refused(copied: Home) -> None:
    manifest = scoring.record_of(copied, RESPONSE).manifest
    spec = scoring.ModelSpec(
        model_id="../../x", family=manifest.spec.family, target=manifest.spec.target, population=(), horizon_days=30,
        owner="o", zh="z", en="e",
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="model_id"):
        publish(copied, manifest.model_copy(update={"spec": spec}), None)
