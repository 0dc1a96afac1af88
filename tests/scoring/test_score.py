"""Scores: calibrated, null where there is none, kept by day; drift against training."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.scoring.bank import AS_OF
from tests.scoring.conftest import Trained
from wealthloop import scoring
from wealthloop.errors import InvalidInput, NotFound
from wealthloop.kit import Home
from wealthloop.scoring import Flag
from wealthloop.scoring.matrix import column_of, matrix_of, members_of
from wealthloop.scoring.registry import booster_of, margins_of, publish, text_of
from wealthloop.scoring.types import Lives

RESPONSE = "response/wealth_management/30d"
SEGMENT = "segment/maturing/renew_or_buy_30d"


def test_every_customer_has_a_row_and_every_model_a_column(trained: Trained) -> None:
    scores = scoring.score(trained.home, trained.features)
    assert scores["customer_id"].to_pylist() == trained.features["customer_id"].to_pylist()
    assert scores.column_names[1:] == sorted(spec.model_id for spec in scoring.SPECS)
    assert all(scores.schema.field(name).type == pa.float64() for name in scores.column_names[1:])


def test_some_models_alone_give_the_same_scores_as_among_all(trained: Trained) -> None:
    every = scoring.score(trained.home, trained.features)
    assert scoring.score(trained.home, trained.features, only={RESPONSE}).equals(
        every.select(["customer_id", RESPONSE])
    )
    assert scoring.score(trained.home, trained.features, only=()).column_names == ["customer_id"]


def test_a_score_is_the_calibrated_margin_within_the_population_and_null_outside(trained: Trained) -> None:
    record = trained.record("churn/aum_half/30d")
    assert record.manifest.learnt is not None
    inside = members_of(trained.features, record.manifest.spec.population)
    assert 0 < inside.sum() < inside.size
    scores = scoring.score(trained.home, trained.features)[record.model_id]
    assert (pc.is_valid(scores).to_numpy() == inside).all()
    margins = margins_of(booster_of(trained.home, record), matrix_of(trained.features, record.manifest.predictors))
    expected = record.manifest.learnt.calibration.apply(margins)
    assert np.array(scores.drop_null().to_numpy()) == pytest.approx(expected[inside])


def test_a_model_without_scores_gives_nulls(trained: Trained) -> None:
    assert trained.record(SEGMENT).flags == (Flag.NO_POSITIVES,)
    assert scoring.score(trained.home, trained.features)[SEGMENT].null_count == trained.features.num_rows


def test_scores_are_near_what_happens_on_average(trained: Trained) -> None:
    manifest = trained.record(RESPONSE).manifest
    later = manifest.sizes.calibrate + manifest.sizes.test
    share = (manifest.sizes.calibrate_positives + manifest.sizes.test_positives) / later
    mean = np.nanmean(column_of(scoring.score(trained.home, trained.features), RESPONSE))
    assert mean == pytest.approx(share, rel=0.35)


def test_a_customer_is_scored_the_same_alone_and_among_others(trained: Trained) -> None:
    alone = scoring.score(trained.home, trained.features.slice(17, 1))
    assert alone.to_pylist() == scoring.score(trained.home, trained.features).slice(17, 1).to_pylist()


def test_no_customers_and_no_models_are_no_failure(trained: Trained) -> None:
    assert scoring.score(trained.home, trained.features.slice(0, 0)).num_rows == 0
    assert scoring.drift(trained.home, scoring.score(trained.home, trained.features.slice(0, 0)))


def test_a_column_that_the_models_need_is_named_when_it_is_missing(trained: Trained) -> None:
    needed = trained.record(RESPONSE).manifest.predictors[0]
    with pytest.raises(InvalidInput, match=f"no column {needed}"):
        scoring.score(trained.home, trained.features.drop_columns([needed]))


def test_i14_scores_are_kept_by_day_in_the_same_bytes(trained: Trained) -> None:
    scores = scoring.score(trained.home, trained.features)
    first = scoring.save(trained.home, AS_OF, scores).read_bytes()
    assert scoring.save(trained.home, AS_OF, scores).read_bytes() == first
    assert scoring.load(trained.home, AS_OF).equals(scores)
    with pytest.raises(NotFound, match="no scores of 2026-11-21"):
        scoring.load(trained.home, AS_OF + timedelta(days=1))


def test_scores_of_the_same_customers_have_not_drifted_and_pushed_ones_have(trained: Trained) -> None:
    scores = scoring.score(trained.home, trained.features)
    calm = {health.model_id: health for health in scoring.drift(trained.home, scores)}[RESPONSE]
    assert (calm.flags, calm.feeds) == ((Flag.GOOD,), "full")
    at = scores.column_names.index(RESPONSE)
    pushed = scores.set_column(at, RESPONSE, pc.multiply(scores[RESPONSE], pa.scalar(4.0)))
    moved = {health.model_id: health for health in scoring.drift(trained.home, pushed)}[RESPONSE]
    assert moved.psi is not None
    assert moved.psi > 0.25
    assert (moved.flags, moved.feeds) == ((Flag.DRIFTED,), "none")


def test_what_has_not_changed_is_taken_over_and_what_has_is_scored_anew(trained: Trained) -> None:
    yesterday, scores = trained.features, scoring.score(trained.home, trained.features)
    poisoned = scores.set_column(
        scores.column_names.index(RESPONSE), RESPONSE, pc.multiply(scores[RESPONSE], pa.scalar(0.5))
    ).replace_schema_metadata(scores.schema.metadata)
    before = scoring.Before(features=yesterday, scores=poisoned)
    needed = trained.record(RESPONSE).manifest.predictors[0]
    values = column_of(yesterday, needed).copy()
    values[:7] += 1.0
    today = yesterday.set_column(yesterday.column_names.index(needed), needed, pa.array(values)).slice(0, 400)
    found = column_of(scoring.score(trained.home, today, before=before), RESPONSE)
    anew = column_of(scoring.score(trained.home, today), RESPONSE)
    assert found[:7] == pytest.approx(anew[:7])
    assert found[7:] == pytest.approx(column_of(poisoned, RESPONSE)[7:400])
    whole = scoring.score(trained.home, today, before=scoring.Before(features=yesterday, scores=scores))
    assert whole.equals(scoring.score(trained.home, today))


def test_scores_of_another_version_or_of_nobody_known_are_not_taken_over(trained: Trained) -> None:
    scores = scoring.score(trained.home, trained.features)
    other = scores.replace_schema_metadata({b"model_versions": b'{"response/wealth_management/30d": "other"}'})
    half = other.set_column(1, other.column_names[1], pa.nulls(other.num_rows, pa.float64()))
    before = scoring.Before(features=trained.features, scores=half)
    assert scoring.score(trained.home, trained.features, before=before).equals(scores)
    few = scoring.Before(features=trained.features.slice(0, 9), scores=scores.slice(0, 5))
    assert scoring.score(trained.home, trained.features, before=few).equals(scores)


def test_who_moves_into_a_region_is_scored_though_nothing_else_has_changed(trained: Trained, tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", salt="a-test-salt")
    record = trained.record(RESPONSE)
    spec = replace(record.manifest.spec, population=(*record.manifest.spec.population, Lives(region="east")))
    publish(home, record.manifest.model_copy(update={"spec": spec}), text_of(trained.home, record))
    n = trained.features.num_rows
    west = trained.features.append_column("region", pa.array(["west"] * n))
    before = scoring.Before(features=trained.features, scores=scoring.score(home, west))
    assert before.scores[RESPONSE].null_count == n
    moved = trained.features.append_column("region", pa.array(["east"] * 9 + ["west"] * (n - 9)))
    found = scoring.score(home, moved, before=before)
    assert found.equals(scoring.score(home, moved))
    assert found[RESPONSE].null_count == n - 9
