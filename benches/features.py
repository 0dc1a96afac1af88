"""Windowed features, three snapshots: ours beside Polars and DuckDB, every cell compared, each in a process of its own.

    make bench-features
    .venv/bin/python benches/features.py --customers 1000000 --transactions 50000000 --only ours

Six categories x five windows x (sum, count, mean, largest, deviation), and of each category the days since the last
row and the slope over 180 days: 162 features of made-up transactions. Prints seconds (reading the Parquet included,
compiling left out), the highest memory of the process, and the ratios to ours. Versions are printed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

WINDOWS = (7, 30, 90, 180, 365)
SNAPSHOTS = (500, 600, 700)
KINDS = ("salary", "buy", "redeem", "maturity", "dividend", "interest")
STATISTICS = ("sum", "count", "mean", "max", "std")
SLOPE_OVER = 180
METHODS = ("ours", "polars", "duckdb")
Cube = NDArray[np.float64]
"""Shape (n_snapshots, n_customers, n_features); NaN: of no rows."""


def names() -> list[str]:
    """Return the features, in the order of every method's columns."""
    windowed = [f"{what}_{w}_{c}" for w in WINDOWS for c in range(len(KINDS)) for what in STATISTICS]
    return [*windowed, *(f"{what}_{c}" for c in range(len(KINDS)) for what in ("recency", "slope"))]


def make(path: Path, customers: int, transactions: int) -> None:
    """Write made-up transactions in the order in which they arrive: random."""
    draw = np.random.default_rng(7)
    weight = np.cumsum(draw.gamma(0.8, 1, customers))
    who = np.searchsorted(weight / weight[-1], draw.random(transactions)).clip(0, customers - 1)
    table = pa.table({
        "customer": who.astype(np.int32),
        "day": draw.integers(0, 730, transactions).astype(np.int32),
        "kind": draw.choice(6, transactions, p=[0.35, 0.25, 0.15, 0.1, 0.1, 0.05]).astype(np.int8),
        "fen": np.rint(draw.lognormal(4, 1.3, transactions) * 100).astype(np.int64) + 1,
    })  # fmt: skip
    pq.write_table(table, path)


def ours(path: Path, customers: int) -> Callable[[], Cube]:
    """Prepare the product's own pass."""
    from wealthloop.features.groups import AXES, BY_NAME, FIRST_CELL
    from wealthloop.features.measure import in_memory, measure
    from wealthloop.features.narrow import Rows, day_number
    from wealthloop.features.windows import Measure, Windowed

    axes = AXES["transactions"]
    place = [axes.codes[0].index(kind) + 1 for kind in KINDS]
    plus = [place[c] * 3 + 1 for c in range(len(KINDS))]
    rest = int(np.prod(axes.shape[2:]))
    cell = np.array([FIRST_CELL["transactions"] + code * rest for code in plus], dtype=np.uint16)
    wanted = [
        Windowed(group=BY_NAME[kind], measure=Measure[what.upper()], window=w)
        for w in WINDOWS for kind in KINDS for what in STATISTICS
    ]  # fmt: skip
    for kind in KINDS:
        wanted.append(Windowed(group=BY_NAME[kind], measure=Measure.RECENCY, window=None))
        wanted.append(Windowed(group=BY_NAME[kind], measure=Measure.SLOPE, window=SLOPE_OVER))
    days = [date(1970, 1, 1) + timedelta(days=snapshot) for snapshot in SNAPSHOTS]
    assert [day_number(day) for day in days] == list(SNAPSHOTS)

    def run() -> Cube:
        table = pq.read_table(path)
        day = table["day"].to_numpy()
        none = np.zeros(0, np.int32)
        rows = Rows(
            who=table["customer"].to_numpy(), day=day, cell=cell[table["kind"].to_numpy()],
            amount=table["fen"].to_numpy(), hour=np.zeros(0, np.int8), known=none, until=none,
        )  # fmt: skip
        return measure(in_memory(rows, customers), customers, wanted, days)

    return run


def polars(path: Path, customers: int) -> Callable[[], list[Any]]:  # noqa: ARG001 - methods are asked alike
    """Prepare the best recipe of Polars: sums by customer, category and shortest window, then rolled up."""
    import polars as pl

    def snapshot(s: int) -> pl.DataFrame:
        day = pl.col("day")
        bucket = pl.lit(len(WINDOWS) - 1, dtype=pl.Int8)
        for place in reversed(range(len(WINDOWS) - 1)):
            bucket = pl.when(day > s - WINDOWS[place]).then(pl.lit(place, dtype=pl.Int8)).otherwise(bucket)
        x = (day - s).cast(pl.Float64)
        x = pl.when(x > -SLOPE_OVER).then(x).otherwise(0.0)
        fen = pl.col("fen").cast(pl.Float64)
        sums = (
            pl.scan_parquet(path)
            .filter((day <= s) & (day > s - WINDOWS[-1]))
            .with_columns(b=bucket, x=x, y=fen)
            .group_by("customer", "kind", "b")
            .agg(
                pl.col("y").sum().alias("s"), pl.len().alias("n"), pl.col("y").max().alias("m"),
                (pl.col("y") ** 2).sum().alias("q"), day.max().alias("last"), pl.col("x").sum().alias("sx"),
                (pl.col("x") ** 2).sum().alias("sxx"), (pl.col("x") * pl.col("y")).sum().alias("sxy"),
            )
        )  # fmt: skip
        gathered = []
        for place, w in enumerate(WINDOWS):
            for c in range(len(KINDS)):
                mine = (pl.col("kind") == c) & (pl.col("b") <= place)
                gathered += [
                    pl.col("s").filter(mine).sum().alias(f"sum_{w}_{c}"),
                    pl.col("n").filter(mine).sum().cast(pl.Float64).alias(f"count_{w}_{c}"),
                    pl.col("m").filter(mine).max().alias(f"max_{w}_{c}"),
                    pl.col("q").filter(mine).sum().alias(f"q_{w}_{c}"),
                ]
        for c in range(len(KINDS)):
            mine = pl.col("kind") == c
            near = mine & (pl.col("b") <= WINDOWS.index(SLOPE_OVER))
            gathered.append((s - pl.col("last").filter(mine).max()).cast(pl.Float64).alias(f"recency_{c}"))
            gathered += [pl.col(k).filter(near).sum().alias(f"{k}_{c}") for k in ("sx", "sxx", "sxy")]
        finished = []
        for w in WINDOWS:
            for c in range(len(KINDS)):
                total, n, q = (pl.col(f"{k}_{w}_{c}") for k in ("sum", "count", "q"))
                finished.append((total / n).alias(f"mean_{w}_{c}"))
                spread = (pl.max_horizontal(q - total * total / n, 0) / (n - 1)).sqrt()
                finished.append(pl.when(n > 1).then(spread).alias(f"std_{w}_{c}"))
        for c in range(len(KINDS)):
            n, total = pl.col(f"count_{SLOPE_OVER}_{c}"), pl.col(f"sum_{SLOPE_OVER}_{c}")
            sx, sxx, sxy = (pl.col(f"{k}_{c}") for k in ("sx", "sxx", "sxy"))
            finished.append(((n * sxy - sx * total) / (n * sxx - sx * sx)).alias(f"slope_{c}"))
        return sums.group_by("customer").agg(gathered).with_columns(finished).collect()

    return lambda: [snapshot(s) for s in SNAPSHOTS]


def duckdb(path: Path, customers: int) -> Callable[[], list[Any]]:  # noqa: ARG001 - methods are asked alike
    """Prepare one FILTER aggregate a feature."""
    import duckdb as db

    sql = {"sum": "sum(fen)", "count": "count(*)", "mean": "avg(fen)", "max": "max(fen)", "std": "stddev_samp(fen)"}

    def query(s: int) -> str:
        columns = [
            f"{sql[what]} FILTER (WHERE kind = {c} AND day > {s - w}) AS {what}_{w}_{c}"
            for w in WINDOWS for c in range(len(KINDS)) for what in STATISTICS
        ]  # fmt: skip
        for c in range(len(KINDS)):
            columns.append(f"{s} - max(day) FILTER (WHERE kind = {c}) AS recency_{c}")
            columns.append(f"regr_slope(fen, day) FILTER (WHERE kind = {c} AND day > {s - SLOPE_OVER}) AS slope_{c}")
        year = f"day <= {s} AND day > {s - WINDOWS[-1]}"
        return f"SELECT customer, {', '.join(columns)} FROM '{path}' WHERE {year} GROUP BY customer"

    def run() -> list[Any]:
        with db.connect(config={"threads": _cores()}) as connection:
            return [connection.execute(query(s)).to_arrow_table() for s in SNAPSHOTS]

    return run


def _cube(found: Any, customers: int) -> Cube:  # noqa: ANN401 - ours is a cube, the peers' are tables of theirs
    if isinstance(found, np.ndarray):
        return found
    cube = np.full((len(found), customers, len(names())), np.nan)
    for place, table in enumerate(found):
        for column, name in enumerate(names()):
            cube[place, table["customer"].to_numpy(), column] = np.asarray(table[name].to_numpy(), dtype=np.float64)
    return cube


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _one(method: str, path: Path, customers: int, keep: Path | None, repeats: int) -> dict[str, Any]:
    """Run a method in this process: once small to compile and load, then as often as asked; the best time counts."""
    prepared = {"ours": ours, "polars": polars, "duckdb": duckdb}[method]
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.parquet"
        make(small, 100, 1_000)
        prepared(small, 100)()
    run, seconds = prepared(path, customers), []
    found = None
    for _ in range(repeats):
        del found  # no method is charged for two results
        began = perf_counter()
        found = run()
        seconds.append(perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if keep is not None:
        np.save(keep, _cube(found, customers))
    return {"method": method, "seconds": round(min(seconds), 3), "peak_mb": round(peak)}


def _worst(mine: Cube, theirs: Cube) -> tuple[float, str]:
    """Return the largest relative difference of a cell, and of which feature.

    A group without rows is 0 with us and nothing with the peers, who look for the last row in a year only. Deviations
    and slopes are differences of large sums: theirs is relative to a millionth of the average value at least.
    """
    worst, where, columns = 0.0, "", names()
    for place, name in enumerate(columns):
        what, *rest = name.split("_")
        one, other = mine[:, :, place], theirs[:, :, place]
        other = np.where(np.isfinite(other), other, np.nan)
        if what in ("sum", "count", "max"):
            other = np.nan_to_num(other)
        elif what == "recency":
            one = np.where(one < WINDOWS[-1], one, np.nan)
        assert np.array_equal(np.isnan(one), np.isnan(other)), f"{name}: not known in other cells"
        scale = np.maximum(np.abs(one), np.abs(other))
        if what in ("std", "slope"):
            window = rest[0] if what == "std" else str(SLOPE_OVER)
            average = mine[:, :, columns.index(f"mean_{window}_{rest[-1]}")]
            scale = np.maximum(scale, 1e-6 * np.nan_to_num(average))
        gap = float(np.nanmax(np.abs(one - other) / np.where(scale > 0, scale, 1.0), initial=0.0))
        if gap > worst:
            worst, where = gap, name
    return worst, where


def main() -> None:
    """Run the comparison."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--customers", type=int, default=100_000)
    asked.add_argument("--transactions", type=int, default=5_000_000)
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--only", choices=METHODS)
    asked.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    asked.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--keep", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.method:
        sys.stdout.write(json.dumps(_one(given.method, given.data, given.customers, given.keep, given.repeats)) + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        data, found = Path(folder) / "data.parquet", {}
        make(data, given.customers, given.transactions)
        for method in [given.only] if given.only else METHODS:
            keep = [] if given.only else ["--keep", str(Path(folder) / f"{method}.npy")]
            repeats = 1 if method == "duckdb" else given.repeats
            told = subprocess.run(  # noqa: S603 - this file, by this interpreter
                [sys.executable, __file__, "--method", method, "--data", str(data), "--customers", str(given.customers),
                 "--repeats", str(repeats), *keep],
                check=True, capture_output=True, text=True,
            ).stdout  # fmt: skip
            found[method] = json.loads(told.splitlines()[-1])
        result: dict[str, Any] = {
            "customers": given.customers, "transactions": given.transactions, "features": len(names()),
            "snapshots": len(SNAPSHOTS), "cores": _cores(), "methods": list(found.values()),
            "versions": {name: version(name) for name in ("numpy", "numba", "pyarrow", "polars", "duckdb")},
        }  # fmt: skip
        if not given.only:
            mine = np.load(Path(folder) / "ours.npy", mmap_mode="r")
            for method in METHODS[1:]:
                theirs = np.load(Path(folder) / f"{method}.npy", mmap_mode="r")
                result[f"worst_relative_difference_to_{method}"] = _worst(mine, theirs)
                result[f"times_faster_than_{method}"] = round(found[method]["seconds"] / found["ours"]["seconds"], 1)
                result[f"share_of_memory_of_{method}"] = round(found["ours"]["peak_mb"] / found[method]["peak_mb"], 2)
        sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
