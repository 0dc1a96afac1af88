"""A model over codes and its text over values say the same of every row, and LightGBM reads both."""

import lightgbm as lgb
import numpy as np

from wealthloop.scoring.factory.binning import bins_of
from wealthloop.scoring.factory.translate import in_values


def test_the_text_over_values_scores_as_the_one_over_codes() -> None:
    draw = np.random.default_rng(3)
    x = np.column_stack([draw.normal(size=4_000), np.floor(draw.exponential(2, 4_000)), draw.integers(0, 2, 4_000)])
    x[draw.random(x.shape) < 0.1] = np.nan
    y = draw.random(4_000) < 1 / (1 + np.exp(1 - np.nan_to_num(x) @ [1.0, 0.4, 0.5] - np.isnan(x[:, 1])))
    bins = bins_of(x, ("a", "b", "c"))
    settings = {"objective": "binary", "num_leaves": 12, "max_bin": 64, "min_data_in_bin": 1, "verbosity": -1}
    codes = bins.codes(x).astype(np.float32)
    over_codes = lgb.train(settings, lgb.Dataset(codes, y.astype(float), params=settings), 30)
    text = in_values(over_codes.model_to_string(), bins.edges)
    over_values = lgb.Booster(model_str=text)
    fresh = np.column_stack([draw.normal(size=3_000) * 2, np.floor(draw.exponential(3, 3_000)), draw.random(3_000)])
    fresh[draw.random(fresh.shape) < 0.2] = np.nan
    fresh = np.concatenate([fresh, x[:500], np.full((1, 3), np.nan), np.full((1, 3), 1e300), np.full((1, 3), -1e300)])
    expected = over_codes.predict(bins.codes(fresh).astype(np.float32), raw_score=True)
    assert np.abs(np.asarray(over_values.predict(fresh, raw_score=True)) - np.asarray(expected)).max() == 0.0
    assert np.ptp(np.asarray(expected)) > 1
    assert "parameters" not in text
