"""A hundred experiments on ten metrics of a million customers: ours beside a grouped query and another library."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from time import process_time
from typing import Any, Final

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from wealthloop.engines.timing import timed
from wealthloop.errors import InvalidInput
from wealthloop.experiments.many import Experiment, Found, Metric, analyze_many
from wealthloop.experiments.moments import COLUMNS, Floats, compare_sums

_REPEATS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What each way took, and how far its p values lie from ours."""

    rows: int
    experiments: int
    metrics: int
    cpu_seconds: float
    """Ours, the median of three."""
    others: dict[str, dict[str, float]] = field(default_factory=dict)
    """By name: cpu_seconds, times (theirs over ours), largest_pvalue_difference."""


def measure(*, rows: int, experiments: int, metrics: int, seed: int = 7, library: bool = True) -> dict[str, Any]:
    """Make customers up, analyze every experiment on every metric with CUPED in each way, and compare p values.

    All get the same Arrow table in memory; DuckDB a table of its own and Polars a frame, whose making is left out. Each
    way uses as many threads as it likes, ours one; CPU seconds are of all of them. Nothing is left out or scaled.

    Args:
        rows: customers.
        experiments: of two arms each, half and half, over the same customers.
        metrics: lognormal amounts, each with its pre-period.
        seed: of the customers.
        library: whether to ask tea-tasting too, which takes minutes.

    Raises:
        InvalidInput: tea-tasting is asked for and not installed.
    """
    table = _customers(rows, experiments, metrics, seed)
    drawn = [Experiment(column=f"e{place}", arms=(0, 1)) for place in range(experiments)]
    asked = [Metric(column=f"y{place}", covariate=f"x{place}") for place in range(metrics)]
    ours, seconds = _ours(table, drawn, asked)
    pvalues = np.array([one.pvalue for one in ours]).reshape(experiments, metrics)
    others: dict[str, Callable[[], tuple[Floats, float]]] = {
        "duckdb_grouping_sets": lambda: _grouping_sets(table, experiments, metrics)
    }
    if library:
        others["tea_tasting"] = lambda: _tea_tasting(table, experiments, metrics)
        others["tea_tasting_on_polars"] = lambda: _tea_tasting(_polars(table), experiments, metrics)
    told = {}
    for name, ask in others.items():
        theirs, cpu = ask()
        told[name] = {
            "cpu_seconds": round(cpu, 3), "times": round(cpu / seconds, 1),
            "largest_pvalue_difference": float(np.abs(theirs - pvalues).max()),
        }  # fmt: skip
    return asdict(
        Measured(rows=rows, experiments=experiments, metrics=metrics, cpu_seconds=round(seconds, 3), others=told)
    )


def _customers(rows: int, experiments: int, metrics: int, seed: int) -> pa.Table:
    source = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"e{place}": (source.random(rows) < 0.5).astype(np.int8) for place in range(experiments)}
    for place in range(metrics):
        before = source.lognormal(0.0, 1.0, rows)
        columns[f"x{place}"] = before
        columns[f"y{place}"] = 0.5 * before + source.lognormal(0.0, 1.0, rows)
    return pa.table(columns)


def _ours(table: pa.Table, drawn: list[Experiment], asked: list[Metric]) -> tuple[list[Found], float]:
    seconds = []
    found: list[Found] = []
    with threadpool_limits(1):
        for _ in range(_REPEATS):
            began = process_time()
            found = analyze_many(table.to_batches(), drawn, asked)
            seconds.append(process_time() - began)
    return found, float(np.median(seconds))


def _grouping_sets(table: pa.Table, experiments: int, metrics: int) -> tuple[Floats, float]:
    names = [f"e{place}" for place in range(experiments)]
    sums = ["count(*) AS n"]
    for place in range(metrics):
        y, x = f"y{place}", f"x{place}"
        parts = {"y": y, "x": x, "yy": f"{y} * {y}", "xx": f"{x} * {x}", "xy": f"{x} * {y}"}
        sums += [f"sum({what}) AS {name}_{place}" for name, what in parts.items()]
    sets = ", ".join(f"({name})" for name in names)
    found, cpu = timed(f"SELECT {', '.join(names + sums)} FROM rows GROUP BY GROUPING SETS ({sets})", table)
    arms = np.zeros((2, experiments, metrics, len(COLUMNS)))
    for row in found.to_pylist():
        place, arm = next((place, row[name]) for place, name in enumerate(names) if row[name] is not None)
        for metric in range(metrics):
            arms[arm, place, metric] = [row["n" if name == "n" else f"{name}_{metric}"] for name in COLUMNS]
    return compare_sums(arms[0], arms[1], kind="cuped").pvalues(), cpu


def _polars(table: pa.Table) -> Any:  # noqa: ANN401 - a library that only development installs
    try:
        import polars as pl
    except ImportError as error:
        raise InvalidInput("polars is not installed: make setup, or leave it out with --no-library") from error
    return pl.from_arrow(table)


def _tea_tasting(
    table: Any,  # noqa: ANN401 - Arrow or Polars
    experiments: int,
    metrics: int,
) -> tuple[Floats, float]:
    try:
        import tea_tasting as tt
    except ImportError as error:
        raise InvalidInput("tea-tasting is not installed: make setup, or leave it out with --no-library") from error
    named = {f"y{place}": tt.Mean(f"y{place}", f"x{place}") for place in range(metrics)}
    found = np.zeros((experiments, metrics))
    began = process_time()
    for place in range(experiments):
        result = tt.Experiment(named, variant=f"e{place}").analyze(table)
        found[place] = [result[name].pvalue for name in named]
    return found, process_time() - began
