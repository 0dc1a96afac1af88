"""The truth figures in small: single looks keep their risk, daily ones only where they are made for it."""

import pytest

from wealthloop.experiments.calibration import Row, calibrate

RUNS = 400


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return calibrate(RUNS)


def test_one_look_keeps_its_risk_for_every_kind(rows: list[Row]) -> None:
    single = [row for row in rows if not row.peek_days]
    assert {row.kind for row in single} == {"binary", "lognormal", "ratio", "cuped", "clustered"}
    for row in single:
        assert row.interval[0] <= 0.05 <= row.interval[1], row


def test_daily_looks_fool_the_ordinary_test_and_not_the_always_valid_one(rows: list[Row]) -> None:
    daily = {(row.kind, row.method, row.peek_days): row for row in rows if row.peek_days}
    for kind in ("binary", "lognormal"):
        for days in (14, 30, 60):
            assert daily[kind, "fixed", days].false_positive_rate > 0.14
            assert daily[kind, "always-valid", days].interval[0] <= 0.05
            assert daily[kind, "always-valid", days].false_positive_rate < 0.05 + 0.02
        assert daily[kind, "fixed", 14].false_positive_rate < daily[kind, "fixed", 60].false_positive_rate


def test_the_same_seed_says_the_same() -> None:
    assert calibrate(30) == calibrate(30)
    assert calibrate(30) != calibrate(30, seed=8)
