"""The truth figures in small: single looks keep their risk, daily ones only where they are made for it."""

import numpy as np
import pytest

from wealthloop.experiments.anytime import compare_anytime
from wealthloop.experiments.calibration import Row, calibrate, markdown
from wealthloop.experiments.calibration.daily import DAYS, STREAMS, Seen
from wealthloop.experiments.calibration.draws import limited_mean
from wealthloop.experiments.fixed import Compared, Units

RUNS = 250
BAND = 3.3 * np.sqrt(0.05 * 0.95 / RUNS)
KINDS = {"binary", "lognormal", "ratio", "cuped", "clustered"}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return calibrate(RUNS)


def test_one_look_keeps_its_risk_and_holds_the_truth_for_every_kind(rows: list[Row]) -> None:
    single = [row for row in rows if not row.peek_days and row.method == "fixed"]
    assert {row.kind for row in single} == KINDS | {"lognormal_small_arm", "lognormal_small_arm_cut"}
    for row in single:
        assert abs(row.false_positive_rate - 0.05) < BAND, row
        assert row.coverage > 0.95 - BAND, row
        assert row.power > row.false_positive_rate + 0.05, row


def test_welch_finds_false_winners_with_a_small_arm_of_a_heavy_tail(rows: list[Row]) -> None:
    (welch,) = (row for row in rows if (row.kind, row.method) == ("lognormal_small_arm", "welch"))
    assert welch.interval[0] > 0.1


def test_daily_looks_fool_the_ordinary_test_and_not_the_always_valid_one(rows: list[Row]) -> None:
    daily = {(row.kind, row.method, row.peek_days): row for row in rows if row.peek_days}
    assert {kind for kind, _, _ in daily} == KINDS | {"clustered_growing"}
    for (kind, method, days), row in daily.items():
        if method == "always-valid":
            assert row.false_positive_rate <= 0.05, row
            assert row.coverage >= 0.95, row
            assert row.width_ratio is not None
            assert row.width_ratio <= 1.61, row
        elif not kind.startswith("clustered"):
            assert row.false_positive_rate > 0.14, row
            assert row.false_positive_rate < daily[kind, "fixed", 60].false_positive_rate or days == 60


def test_many_trials_at_once_are_read_as_one_is() -> None:
    stream = next(one for one in STREAMS if one.name == "clustered")
    seen: Seen = stream.watch(np.random.default_rng(3), 2, False)
    assert np.isinf(seen.always[14][:, :9]).all()
    source = np.random.default_rng(3)
    sizes = 1 + source.poisson(20.0, (2, 2, 120))
    sums = sizes * source.normal(0.0, 0.5, sizes.shape) + np.sqrt(sizes) * source.normal(size=sizes.shape)
    arms = []
    for arm in (0, 1):
        size, total = sizes[1, arm, :28], sums[1, arm, :28]
        cluster = np.repeat(np.arange(28), size)
        arms.append(Units(value=np.repeat(total / size, size), cluster=cluster + 100 * arm))
    one = compare_anytime(arms[0], arms[1], n_planned=84 * 14)
    assert isinstance(one, Compared)
    assert seen.always_effect[14][1, 13] == pytest.approx(one.effect)
    assert seen.always[14][1, 13] == pytest.approx((one.high - one.low) / 2)


def test_the_mean_of_an_amount_held_at_a_cut_is_that_of_many_draws() -> None:
    drawn = np.minimum(np.random.default_rng(1).lognormal(0.2, 1.0, 400_000), 9.0)
    assert limited_mean(0.2, 1.0, 9.0) == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(400_000))


def test_the_same_seed_says_the_same_and_the_table_says_it() -> None:
    rows = calibrate(20)
    assert rows == calibrate(20)
    assert rows != calibrate(20, seed=8)
    table = markdown(rows, seed=7)
    assert table.count("| always-valid |") == len(STREAMS) * len(DAYS)
