"""The cheap look: equal to scipy's chi-squared and to the AUC, blind to noise, and it names what leaks."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from wealthloop.scoring.factory.binning import bins_of
from wealthloop.scoring.factory.screen import _CODES, _GROUP, _alone, _count, _excess, screen
from wealthloop.scoring.measure import auc

N = 6_000


def bank(seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(N, 30))
    label = draw.random(N) < 1 / (1 + np.exp(3 - x[:, 4] + 0.8 * x[:, 9]))
    return x, label


def test_the_excess_is_that_of_chi_squared_and_the_single_auc_is_the_auc() -> None:
    x, label = bank()
    codes = bins_of(x, [str(place) for place in range(30)]).codes(x)
    counts = np.zeros((2, 30, _CODES), dtype=np.int64)
    _count(codes, label, counts)
    excess, alone = _excess(counts), _alone(counts)
    for column in (0, 4, 9):
        table = np.array(
            [np.bincount(codes[label == one, column] // _GROUP, minlength=_CODES // _GROUP) for one in (0, 1)]
        )
        table = table[:, table.sum(axis=0) > 0]
        found = chi2_contingency(table, correction=False)
        assert excess[column] == pytest.approx((found.statistic - found.dof) / np.sqrt(2 * found.dof))
        measured = auc(codes[:, column].astype(float), label.astype(float))
        assert measured is not None
        assert alone[column] == pytest.approx(max(measured, 1 - measured))


def test_what_tells_something_is_kept_and_noise_alone_is_no_signal() -> None:
    x, label = bank()
    codes = bins_of(x, [str(place) for place in range(30)]).codes(x)
    kept = screen(codes, label)
    assert {4, 9} <= set(kept.columns.tolist())
    assert len(kept.columns) < 12
    assert kept.leaks == ()
    shuffled = [screen(codes, np.random.default_rng(seed).permutation(label)) for seed in range(20)]
    assert sum(len(one.columns) > 0 for one in shuffled) <= 6


def test_a_column_that_knows_the_answer_is_named() -> None:
    x, label = bank()
    x[:, 17] = -1.0 * label + np.random.default_rng(5).normal(size=N) * 0.3
    codes = bins_of(x, [str(place) for place in range(30)]).codes(x)
    assert screen(codes, label).leaks == (17,)


def test_one_class_and_constant_columns_say_nothing() -> None:
    codes = np.ones((100, 3), dtype=np.uint8)
    for label in (np.zeros(100, dtype=bool), np.ones(100, dtype=bool), np.arange(100) % 2 == 0):
        found = screen(codes, label)
        assert len(found.columns) == 0
        assert found.leaks == ()
