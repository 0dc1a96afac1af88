"""Reasons add up to the score and read as sentences."""

import math

import numpy as np
import pyarrow as pa
import pytest

from tests.scoring.conftest import Trained
from wealthloop import scoring
from wealthloop.errors import NotFound
from wealthloop.features import FEATURES, describe
from wealthloop.scoring.matrix import matrix_of
from wealthloop.scoring.reasons import _in_words
from wealthloop.scoring.registry import booster_of, contributions_of, margins_of

RESPONSE = "response/wealth_management/30d"


def test_contributions_add_up_to_the_margin(trained: Trained) -> None:
    record = trained.record(RESPONSE)
    booster, x = booster_of(trained.home, record), matrix_of(trained.features, record.manifest.predictors)
    weights = contributions_of(booster, x)
    assert weights.shape == (x.shape[0], x.shape[1] + 1)
    assert weights.sum(axis=1) == pytest.approx(margins_of(booster, x), abs=1e-9)


def test_reasons_are_the_strongest_contributions_each_feature_once(trained: Trained) -> None:
    record = trained.record(RESPONSE)
    rows = trained.features.slice(0, 40)
    names = record.manifest.predictors
    x = matrix_of(rows, names)
    weights = contributions_of(booster_of(trained.home, record), x)[:, :-1]
    found = scoring.reasons_for(trained.home, RESPONSE, rows)
    assert len(found) == 40
    for row, reasons in enumerate(found.values()):
        strengths = [abs(reason.contribution) for reason in reasons]
        assert strengths == sorted(strengths, reverse=True)
        assert strengths[0] == pytest.approx(np.abs(weights[row]).max())
        stems = [reason.feature.rsplit("_", 1)[0] for reason in reasons if reason.feature.endswith("d")]
        assert len(set(stems)) == len(stems)
        for reason in reasons:
            assert reason.contribution == pytest.approx(weights[row, names.index(reason.feature)])
            value = x[row, names.index(reason.feature)]
            assert reason.value == (None if math.isnan(value) else pytest.approx(value))


def test_sentences_use_the_features_own_words_in_both_languages(trained: Trained) -> None:
    for reasons in scoring.reasons_for(trained.home, RESPONSE, trained.features.slice(0, 40)).values():
        for reason in reasons:
            feature = describe(reason.feature)
            up = reason.contribution > 0
            assert reason.zh.startswith(f"{feature.zh}：")
            assert reason.zh.endswith("提高可能性" if up else "降低可能性")
            assert reason.en.startswith(f"{feature.en}: ")
            assert reason.en.endswith("raises the likelihood" if up else "lowers the likelihood")


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("aum", 12_345_600.0, ("12.3 万元", "CNY 123 k")),
        ("login_count_7d", 5.0, ("5", "5")),
        ("days_since_login", 3.0, ("3 天", "3 days")),
        ("age", 47.0, ("47 岁", "47 years")),
        ("concentration", 0.256, ("26%", "26%")),
        ("has_rm", 0.0, ("否", "no")),
        ("suitability_level", 3.0, ("C3", "C3")),
        ("spend_slope_180d", -12_345.0, ("每天 -123元", "CNY -123 a day")),
        ("salary_day_mean_365d", 10.25, ("10.2 日", "day 10.2")),
        ("login_hour_mean_90d", 20.5, ("20.5 时", "20.5 o'clock")),
        ("spend_pace_30d", 1.5, ("1.50 倍", "1.50 times")),
        ("aum", math.nan, ("未知", "not known")),
    ],
)
def test_values_are_written_in_their_unit(feature: str, value: float, words: tuple[str, str]) -> None:
    assert _in_words(describe(feature), value, "CNY") == words


def test_one_customers_reasons_are_those_of_the_bulk(trained: Trained) -> None:
    rows = trained.features.slice(0, 10)
    bulk = scoring.reasons_for(trained.home, RESPONSE, rows, top=2)
    customer = rows["customer_id"][4].as_py()
    assert scoring.reasons(trained.home, RESPONSE, rows, customer, top=2) == bulk[customer]
    assert len(bulk[customer]) <= 2


def test_who_has_no_score_has_no_reasons(trained: Trained) -> None:
    assert scoring.reasons_for(trained.home, "segment/maturing/renew_or_buy_30d", trained.features) == {}
    poor = trained.features.slice(0, 1)
    poor = poor.set_column(poor.column_names.index("aum"), "aum", pa.array([0.0]))
    assert scoring.reasons(trained.home, RESPONSE, poor, poor["customer_id"][0].as_py()) == ()
    with pytest.raises(NotFound):
        scoring.reasons(trained.home, RESPONSE, poor, "nobody")


def test_every_unit_of_the_catalogue_has_words() -> None:
    for feature in FEATURES:
        assert all(_in_words(feature, 1.0, "CNY")), feature.name
