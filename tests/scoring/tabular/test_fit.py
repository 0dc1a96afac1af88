"""A model of any table: it finds what is there, not what is not, and says what is wrong with the table."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from tests.scoring.tabular.making import table_of
from wealthloop.errors import InvalidInput
from wealthloop.scoring.measure import auc
from wealthloop.scoring.tabular.compare import hashed, later
from wealthloop.scoring.tabular.fit import FittedTable, fit_table
from wealthloop.scoring.tabular.judge import strongest
from wealthloop.scoring.tabular.learners import LEARNERS, Blend, fit_linear, fit_trees
from wealthloop.scoring.types import Flag

KEYS = ("key", "day")


@pytest.fixture(scope="module")
def fitted() -> FittedTable:
    return fit_table(table_of(1500), target="y", drop=KEYS)


def test_it_finds_what_is_there_and_says_so(fitted: FittedTable) -> None:
    fresh = table_of(3000, seed=2)
    truth = np.array([float(value == "yes") for value in fresh["y"].to_pylist()])
    found = auc(fitted.score(fresh), truth)
    assert found is not None
    assert found > 0.8
    assert abs(np.mean(fitted.aucs) - found) < 0.03
    assert fitted.flags == (Flag.GOOD,)
    assert fitted.slope is not None
    assert fitted.slope.low < 1 < fitted.slope.high
    assert fitted.calibration_error is not None
    assert fitted.calibration_error < 0.04
    assert fitted.measured_on == fitted.rows
    told = strongest(fitted.model, fitted.encoding, fitted.encoding.apply(fresh), top=3)
    assert {one["column"] for one in told} == {"amount", "age", "city"}
    assert {one["column"]: one["en"] for one in told}["amount"] == "more raises the score"
    assert {one["column"]: one["en"] for one in told}["city"] == "highest for 上海"


def test_the_same_table_gives_the_same_scores(fitted: FittedTable) -> None:
    again = fit_table(table_of(1500), target="y", drop=KEYS)
    fresh = table_of(50, seed=3)
    assert again.score(fresh).tolist() == fitted.score(fresh).tolist()


def test_from_noise_it_learns_nothing_to_speak_of() -> None:
    draw = np.random.default_rng(4)
    noise = {f"n{place}": draw.normal(size=120) for place in range(60)}
    table = pa.table({**noise, "y": draw.integers(0, 2, 120)})
    found = fit_table(table, target="y")
    assert np.ptp(found.score(table)) < 0.5
    assert found.flags != (Flag.GOOD,)


def test_a_column_that_tells_the_target_is_named() -> None:
    table = table_of(600)
    won, days = [value == "yes" for value in table["y"].to_pylist()], table["day"].to_pylist()
    guilty: dict[str, list[Any]] = {
        "told": [float(one) + 0.01 * place / 600 for place, one in enumerate(won)],
        "word": ["won" if one else "lost" for one in won],
        "late": [day if one else None for day, one in zip(days, won, strict=True)],
    }
    leaky = table
    for name, values in guilty.items():
        leaky = leaky.append_column(name, pa.array(values))
    leaky = leaky.append_column("toss", pa.array([("a", "b")[place % 2] for place in range(600)]))
    found = fit_table(leaky, target="y", drop=KEYS)
    assert set(found.leaks) == {"told", "word", "late"}
    assert Flag.LEAK_SUSPECTED in found.flags


def test_by_time_validation_is_always_on_later_rows_and_disorder_is_told() -> None:
    table = table_of(800)
    ordered = table.sort_by("day")
    mixed = ordered.take(np.random.default_rng(5).permutation(800))
    assert "out_of_order" not in {note.rule for note in fit_table(ordered, target="y", time="day", drop=KEYS).notes}
    found = fit_table(mixed, target="y", time="day", drop=KEYS)
    assert found.by_time
    assert "out_of_order" in {note.rule for note in found.notes}
    assert found.measured_on < found.rows / 2
    for train, test in later((np.arange(100) % 2).astype(np.float64)):
        assert train.max() < test.min()


@pytest.mark.parametrize("mixed", [False, True])
def test_equal_rows_are_never_on_both_sides(mixed: bool) -> None:
    x = np.repeat(np.random.default_rng(6).normal(size=(60, 2)), 2, axis=0)
    y = np.repeat(np.arange(60) % 2 * 1.0, 2)
    if mixed:
        y[::8] = 1 - y[::8]
    splits = hashed(x, y)
    assert sorted(np.concatenate([test for _, test in splits]).tolist()) == list(range(120))
    for train, test in splits:
        assert not {row.tobytes() for row in x[train]} & {row.tobytes() for row in x[test]}
        assert 0 < y[test].sum() < len(test)


def test_reasons_add_up_to_the_score() -> None:
    draw = np.random.default_rng(7)
    x = np.column_stack([draw.normal(size=400), draw.integers(0, 3, 400), draw.normal(size=400)])
    x[::7, 2] = np.nan
    y = (draw.random(400) < 1 / (1 + np.exp(-x[:, 0] - x[:, 1]))).astype(float)
    linear = fit_linear(LEARNERS[4], x, y, [1])
    trees = fit_trees(LEARNERS[5], x, y, [1], rounds=30, seeds=2, seed=1)
    for model in (linear, trees, Blend(models=(linear, trees))):
        base = model.margins(x) - model.contributions(x).sum(axis=1)
        assert np.ptp(base) < 1e-9


def test_the_linear_learner_is_the_regression_that_it_says() -> None:
    draw = np.random.default_rng(8)
    x = draw.uniform(-1, 1, size=(500, 2))
    y = (draw.random(500) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)
    found = fit_linear(LEARNERS[4], x, y, []).margins(x)
    drawn = np.column_stack([np.clip(column, *np.quantile(column, (0.005, 0.995))) for column in x.T])
    z = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
    oracle = LogisticRegression(C=1.0, tol=1e-10).fit(z, y).decision_function(z)
    assert found == pytest.approx(oracle, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"target": "nothing"}, "column nothing: there is none"),
        ({"target": "city"}, "3 value"),
        ({"drop": ("amount", "age", "city", "noise_0", "noise_1", *KEYS)}, "no column says anything"),
        ({"time": "city"}, "column city, row 1: no day and no number"),
    ],
)
def test_what_cannot_be_learnt_from_is_named(change: dict[str, object], told: str) -> None:
    asked: dict[str, object] = {"target": "y", "drop": KEYS, **change}
    with pytest.raises(InvalidInput, match=told):
        fit_table(table_of(100), **asked)  # type: ignore[arg-type]


def test_too_few_of_a_class_are_refused() -> None:
    table = table_of(100)
    rare = pa.array(["yes"] * 3 + ["no"] * 97)
    with pytest.raises(InvalidInput, match=r"3 row\(s\) of the rarer value"):
        fit_table(table.set_column(table.schema.get_field_index("y"), "y", rare), target="y", drop=KEYS)
