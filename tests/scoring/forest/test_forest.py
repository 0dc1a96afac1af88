"""The forest against LightGBM itself, row by row: unknown values, ties, one leaf, many leaves, wide codes."""

import lightgbm as lgb
import numpy as np
import pytest

from wealthloop.scoring.forest import CannotRead, coding_of, pack, read_trees
from wealthloop.scoring.types import Floats

N, P = 1500, 6


def _matrix(seed: int, *, unknown: float = 0.15, rows: int = N) -> Floats:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, P))
    x[:, 1] = np.round(x[:, 1])
    x[:, 2] = np.abs(x[:, 2])
    x[draw.random(x.shape) < unknown] = np.nan
    return x


def _model(seed: int, x: Floats, **settings: int) -> lgb.Booster:
    draw = np.random.default_rng(seed)
    odds = np.nan_to_num(x[:, seed % P]) - np.isnan(x[:, 1]) + np.nan_to_num(x[:, 2])
    y = (draw.random(len(x)) < 1 / (1 + np.exp(-odds))).astype(float)
    told = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, **settings}
    return lgb.train(told, lgb.Dataset(x, y), num_boost_round=12)


def _compared(boosters: list[lgb.Booster], x: Floats, threads: int = 1) -> tuple[Floats, Floats]:
    models = [read_trees(booster.model_to_string()) for booster in boosters]
    coding = coding_of(models)
    theirs = np.column_stack([np.asarray(one.predict(x, raw_score=True, num_threads=1)) for one in boosters])
    return pack(models, coding).margins(coding.apply(x), threads=threads), theirs


@pytest.mark.parametrize("leaves", [2, 7, 15, 31, 60])
@pytest.mark.parametrize("trained_on", [0.0, 0.2])
def test_every_row_has_lightgbms_margin(leaves: int, trained_on: float) -> None:
    boosters = [_model(seed, _matrix(seed, unknown=trained_on), num_leaves=leaves) for seed in range(3)]
    asked = _matrix(99)
    asked[0] = [np.inf, -np.inf, 0.0, -0.0, 1e300, np.nan]
    ours, theirs = _compared(boosters, asked)
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_values_on_a_threshold_go_left_as_they_do_there() -> None:
    x = _matrix(1)
    booster = _model(1, x)
    thresholds = np.concatenate([tree.threshold for tree in read_trees(booster.model_to_string())])
    asked = np.repeat(np.sort(thresholds)[:, None], P, axis=1)
    ours, theirs = _compared([booster], np.concatenate([asked, np.nextafter(asked, np.inf)]))
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_threads_and_blocks_change_nothing_and_codes_grow_when_they_must() -> None:
    x = _matrix(2, rows=5000)
    boosters = [_model(seed, _matrix(seed, rows=5000), num_leaves=31, max_bin=255) for seed in range(30)]
    models = [read_trees(booster.model_to_string()) for booster in boosters]
    assert coding_of(models).dtype is np.uint16
    assert coding_of(models[:1]).dtype is np.uint8
    ours, theirs = _compared(boosters, x, threads=3)
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_a_model_that_learnt_nothing_and_no_model_at_all() -> None:
    x = _matrix(3)
    flat = lgb.train(
        {"objective": "binary", "verbosity": -1, "min_data_in_leaf": N}, lgb.Dataset(x, np.arange(N) % 2), 3
    )
    ours, theirs = _compared([flat], x)
    assert ours == pytest.approx(theirs, abs=1e-12)
    coding = coding_of([])
    assert pack([], coding).margins(coding.apply(x)).shape == (N, 0)


def test_what_is_not_scored_here_is_refused() -> None:
    draw = np.random.default_rng(4)
    x = np.column_stack([draw.integers(0, 6, N), draw.normal(size=N)]).astype(float)
    y = (draw.random(N) < 0.2 + 0.1 * (x[:, 0] % 2)).astype(float)
    words = lgb.train({"objective": "binary", "verbosity": -1}, lgb.Dataset(x, y, categorical_feature=[0]), 5)
    with pytest.raises(CannotRead, match="categorical"):
        read_trees(words.model_to_string())
    zero = lgb.train({"objective": "binary", "verbosity": -1, "zero_as_missing": True}, lgb.Dataset(x, y), 5)
    with pytest.raises(CannotRead, match="zero"):
        read_trees(zero.model_to_string())
    wide = _model(5, _matrix(5), num_leaves=100)
    models = [read_trees(wide.model_to_string())]
    with pytest.raises(CannotRead, match="leaves"):
        pack(models, coding_of(models))
