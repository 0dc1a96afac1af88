"""Many experiments at once: what one by one says, from any kind of arm column, with what is wrong named."""

import numpy as np
import pyarrow as pa
import pytest

from tests.conftest import json_of
from wealthloop.errors import InvalidInput
from wealthloop.experiments import many
from wealthloop.experiments.fixed import Units, compare
from wealthloop.experiments.many import Experiment, Found, Metric, analyze_many

ARMS = ("control", "mail", "call")
N = 3_000


def customers() -> pa.Table:
    draw = np.random.default_rng(1)
    x = draw.lognormal(0, 1, N)
    text = np.array([*ARMS, None], dtype=object)[draw.integers(0, 4, N)]
    number = pa.array(draw.integers(0, 2, N).astype(np.int8), mask=draw.random(N) < 0.2)
    return pa.table({
        "text": pa.array(text.tolist(), pa.string()), "coded": pa.array(text.tolist(), pa.string()).dictionary_encode(),
        "whole": pa.array(draw.integers(0, 2, N)), "part": number, "before": x, "y": 0.5 * x + draw.normal(size=N),
        "bought": (draw.random(N) < 0.2).astype(np.int64),
    })  # fmt: skip


EXPERIMENTS = (
    Experiment(column="text", arms=ARMS), Experiment(column="coded", arms=ARMS),
    Experiment(column="whole", arms=(0, 1)), Experiment(column="part", arms=(1, 0)),
)  # fmt: skip
METRICS = (Metric(column="y", covariate="before"), Metric(column="bought"))


@pytest.fixture(scope="module")
def found() -> list[Found]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many, "_BLOCK", 700)
        return analyze_many(customers().to_batches(max_chunksize=1_100), EXPERIMENTS, METRICS)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.column)
def test_many_at_once_are_read_as_one_alone(found: list[Found], experiment: Experiment) -> None:
    table = customers()
    arm = np.array(table[experiment.column].to_pylist(), dtype=object)
    told = {(one.variant, one.metric): one for one in found if one.experiment == experiment.column}
    assert len(told) == 2 * (len(experiment.arms) - 1)
    for (variant, metric), one in told.items():
        y, x = (np.asarray(table[name].to_numpy(), dtype=np.float64) for name in (metric, "before"))
        units = [
            Units(value=y[arm == name], covariate=x[arm == name] if metric == "y" else None)
            for name in (experiment.arms[0], variant)
        ]
        alone = compare(*units)
        assert one.effect == pytest.approx(alone.effect, abs=1e-6)
        assert (one.low, one.high) == pytest.approx((alone.low, alone.high), abs=1e-6)
        assert one.pvalue == pytest.approx(alone.pvalue, abs=1e-5)
        assert (one.n_control, one.n_treatment) == (alone.n_control, alone.n_treatment)


def test_amounts_far_from_nought_lose_nothing() -> None:
    draw = np.random.default_rng(2)
    arm, y = draw.integers(0, 2, 20_000), 1e9 + draw.normal(size=20_000)
    (one,) = analyze_many(
        pa.table({"arm": arm, "y": y}).to_batches(), [Experiment(column="arm", arms=(0, 1))], [Metric(column="y")]
    )
    assert one.pvalue == pytest.approx(compare(Units(value=y[arm == 0]), Units(value=y[arm == 1])).pvalue, abs=1e-5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"y": [1.0] * 10 + [None] + [1.0] * 9}, "column y, row 11: no number"),
        ({"y": ["a"] * 20}, "must hold numbers"),
        ({"arm": [0] * 19 + [1]}, r"arm 1 holds 1 row\(s\)"),
        ({"arm": ["0"] * 20}, r"arm 1 holds 0 row\(s\)"),
        ({"z": [0] * 20}, "column arm: there is none"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, list[object]], told: str) -> None:
    columns: dict[str, list[object]] = {"y": [1.0] * 20, **({} if "z" in change else {"arm": [0, 1] * 10}), **change}
    with pytest.raises(InvalidInput, match=told):
        analyze_many(
            pa.table(columns).to_batches(max_chunksize=8), [Experiment(column="arm", arms=(0, 1))], [Metric(column="y")]
        )
    with pytest.raises(InvalidInput, match="no rows"):
        analyze_many([], [Experiment(column="arm", arms=(0, 1))], [Metric(column="y")])


def test_the_bench_agrees_with_grouping_sets() -> None:
    told = json_of("experiment", "bench", "--rows", "20000", "--experiments", "3", "--metrics", "2", "--no-library")
    other = told["others"]["duckdb_grouping_sets"]
    assert other["largest_pvalue_difference"] < 1e-5
    assert told["cpu_seconds"] > 0
