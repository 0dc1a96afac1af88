"""One model of many: calibrated under thinning, borrowing where it is thin, honest where nothing is to be learnt."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from tests.scoring.factory.making import drawn, floor_of, odds, rows, spec
from wealthloop.scoring.factory.binning import bins_of
from wealthloop.scoring.factory.floor import log_odds
from wealthloop.scoring.factory.learn import Learned, Lesson, learn, learnable
from wealthloop.scoring.factory.work import Made, with_roots
from wealthloop.scoring.measure import auc, calibration_slope
from wealthloop.scoring.types import Floats

N = 60_000
ROOT, SLICE = spec("response/made/30d"), spec("response/made/30d/some", parent="response/made/30d")


def probabilities(learned: Learned, codes: np.ndarray, base: Floats | float = 0.0) -> Floats:
    return learned.calibration.apply(log_odds(learned.text, learned.columns, codes) + base + learned.offset)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    x = rows(N, 1)
    everybody = np.ones(N, dtype=bool)
    return floor_of(x, [drawn(x, odds(x) - 1.0, 2)], [everybody], [(ROOT, 0, 0)]).lesson(ROOT)


@pytest.fixture(scope="module")
def learned(lesson: Lesson) -> Learned:
    return learn(lesson, seed=7)


def test_thinned_negatives_leave_probabilities_as_they_are(lesson: Lesson, learned: Learned) -> None:
    assert lesson.label.mean() < 0.04
    x = rows(N, 11)
    floor = floor_of(rows(N, 1), [lesson.label], [np.ones(N, dtype=bool)], [(ROOT, 0, 0)])
    fresh, label = floor.bins.codes(x), drawn(x, odds(x) - 1.0, 12)
    found = probabilities(learned, fresh)
    assert found.mean() == pytest.approx(label.mean(), rel=0.08)
    slope = calibration_slope(found, label.astype(float))
    assert slope is not None
    assert slope.low < 1.1
    assert slope.high > 0.9
    truth = expit(odds(x) - 1.0)
    best, ours = auc(truth, label.astype(float)), auc(found, label.astype(float))
    assert best is not None
    assert ours is not None
    assert ours > best - 0.015


def test_measures_on_later_rows_are_those_of_the_whole_part(lesson: Lesson, learned: Learned) -> None:
    found = probabilities(learned, lesson.codes[lesson.test])
    measured = auc(found, lesson.label[lesson.test].astype(float))
    assert learned.auc == pytest.approx(measured, abs=0.01)
    assert learned.calibration_error is not None
    assert learned.calibration_error < 0.01
    assert learned.learner == "trees"
    assert learned.why.rule == "signal"
    assert {0, 1} <= set(learned.columns)


def test_the_same_lesson_and_seed_make_the_same_text(lesson: Lesson, learned: Learned) -> None:
    assert learn(lesson, seed=7) == learned
    assert learn(lesson, seed=8).text != learned.text


def test_noise_alone_gives_a_constant(lesson: Lesson) -> None:
    shuffled = replace(lesson, label=np.random.default_rng(5).permutation(lesson.label))
    found = learn(shuffled, seed=7)
    assert (found.learner, found.why.rule, found.text) == ("constant", "no_signal", None)
    assert found.auc == 0.5
    assert probabilities(found, lesson.codes[:5]) == pytest.approx(np.full(5, lesson.label.mean()), rel=0.15)


def test_few_positives_make_additive_trees(lesson: Lesson) -> None:
    ones = np.flatnonzero(lesson.label)
    thin = replace(lesson, label=np.isin(np.arange(N), ones[:: len(ones) // 200]))
    found = learn(thin, seed=7)
    assert found.learner == "additive"
    assert found.why.rule == "few_positives"
    assert found.text is not None
    assert "num_leaves=3" not in found.text


def test_a_monotone_column_never_lowers_the_score(lesson: Lesson) -> None:
    label = drawn(rows(N, 1), -2 + np.sin(3 * rows(N, 1)[:, 0]), 3)
    wavy = replace(lesson, label=label)
    bound = learn(replace(wavy, monotone=((0, 1),)), seed=7)
    grid = np.tile(lesson.codes[:1], (60, 1))
    grid[:, 0] = np.arange(1, 61)
    assert (np.diff(log_odds(bound.text, bound.columns, grid)) >= 0).all()
    free = learn(wavy, seed=7)
    assert (np.diff(log_odds(free.text, free.columns, grid)) < 0).any()


def slices(*, otherwise: float) -> tuple[Lesson, np.ndarray]:
    """Return the lesson of a slice that stands on its root, and the truth of its rows."""
    x = rows(N, 1)
    inside = np.arange(N) % 4 == 0
    truth = odds(x) - np.where(inside, otherwise * x[:, 5], 0.0)
    floor = floor_of(x, [drawn(x, truth, 2)], [np.ones(N, dtype=bool), inside], [(ROOT, 0, 0), (SLICE, 0, 1)])
    root = learn(floor.lesson(ROOT), seed=7)
    return with_roots(floor, [Made(spec=ROOT, learned=root)]).lesson(SLICE), truth


def test_a_slice_like_its_root_stands_on_it_alone() -> None:
    lesson, _ = slices(otherwise=0.0)
    found = learn(lesson, seed=7)
    assert (found.learner, found.text) == ("pooled", None)
    assert found.why.rule in {"no_gain", "no_signal"}
    assert found.slope is not None
    assert 0.8 < found.slope.estimate < 1.25


def test_a_slice_that_does_otherwise_learns_what_is_its_own() -> None:
    lesson, truth = slices(otherwise=1.2)
    found = learn(lesson, seed=7)
    assert found.learner == "trees"
    assert found.why.rule == "gain"
    assert 5 in found.columns
    assert lesson.base is not None
    label = lesson.label[lesson.test].astype(float)
    ours = auc(probabilities(found, lesson.codes[lesson.test], lesson.base[lesson.test]), label)
    roots, best = auc(lesson.base[lesson.test].astype(float), label), auc(truth[lesson.test], label)
    assert ours is not None
    assert roots is not None
    assert best is not None
    assert ours > roots + 0.02
    assert ours > best - 0.04


def test_a_thin_slice_does_better_on_its_root_than_alone() -> None:
    lesson, _ = slices(otherwise=0.0)
    thin = replace(lesson, train=lesson.train[::12])
    alone, borrowed = learn(replace(thin, base=None), seed=7), learn(thin, seed=7)
    assert alone.auc is not None
    assert borrowed.auc is not None
    assert borrowed.auc > alone.auc + 0.02


def test_what_cannot_be_learnt_is_told(lesson: Lesson) -> None:
    assert learnable(lesson)
    assert not learnable(replace(lesson, label=np.zeros(N, dtype=bool)))
    assert not learnable(replace(lesson, label=np.ones(N, dtype=bool)))
    assert not learnable(replace(lesson, train=lesson.train[:0]))


def test_a_wide_and_dirty_matrix_is_no_failure() -> None:
    draw = np.random.default_rng(8)
    n, wide = 3_000, 5_000
    x = np.zeros((n, wide))
    x[:, :40] = draw.normal(size=(n, 40))
    x[:, 40:80] = x[:, :40]
    x[:, 80] = np.where(draw.random(n) < 0.5, np.inf, -np.inf)
    x[:, 81] = np.nan
    label = draw.random(n) < expit(x[:, 3] - 1)
    x[:, 82] = label
    codes = bins_of(x, [str(place) for place in range(wide)]).codes(x)
    place = np.arange(n)
    lesson = Lesson(
        key="wide", codes=codes, label=label, train=place[place % 10 < 6], calibrate=place[place % 10 == 7],
        test=place[place % 10 > 7],
    )  # fmt: skip
    found = learn(lesson, seed=7)
    assert found.leaks == (82,)
    assert {3, 43, 82} & set(found.columns)
    assert len(found.columns) <= 64
