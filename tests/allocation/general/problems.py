"""Small problems for tests, written as their folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

CAPACITIES = {
    "resource": pa.string(), "kind": pa.string(), "key_column": pa.string(), "key": pa.string(),
    "capacity": pa.float64(), "minimum": pa.float64(),
}  # fmt: skip
CANDIDATES = {
    "customer": pa.string(), "action": pa.string(), "channel": pa.string(), "value": pa.float64(),
    "cards": pa.float64(), "rm": pa.string(), "cost": pa.float64(), "one": pa.int64(),
}  # fmt: skip
CHANNELS = ("rm", "sms", "app")


def write(
    folder: Path, candidates: Sequence[Mapping[str, Any]], capacities: Sequence[Mapping[str, Any]], limits: str = ""
) -> Path:
    """Write a problem; what a row does not name is blank."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows, columns in (("candidates", candidates, CANDIDATES), ("capacities", capacities, CAPACITIES)):
        table = {c: pa.array([row.get(c) for row in rows], kind) for c, kind in columns.items()}
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    (folder / "limits.toml").write_text(limits, "utf-8")
    return folder


def candidate(customer: str, action: str, channel: str, value: float, **uses: object) -> dict[str, Any]:
    """A contact that costs nothing unless it says so."""
    return {
        "customer": customer, "action": action, "channel": channel, "value": value,
        "cards": 0.0, "rm": None, "cost": 0.0, "one": 1,
    } | uses  # fmt: skip


def limit(
    resource: str, capacity: float | None, key_column: str = "", key: str = "", minimum: float | None = None
) -> dict[str, Any]:
    """A row of capacities.parquet."""
    kind = "per_key" if key_column else "global"
    return {
        "resource": resource, "kind": kind, "key_column": key_column, "key": key, "capacity": capacity,
        "minimum": minimum,
    }  # fmt: skip


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Draw candidates, capacities and how many a customer may get."""
    pairs = st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 2))
    names = draw(st.lists(pairs, max_size=24, unique=True))
    costs = draw(st.sampled_from([(0.0, 1.0, 2.0), (0.1, 0.2, 0.35), (1 / 3, 0.7, 3.14159265)]))
    values = st.integers(-20, 200).map(lambda n: n / 10) | st.floats(-5, 50)
    candidates = [
        candidate(
            f"c{c}", f"a{a}", CHANNELS[h], draw(values),
            cards=draw(st.sampled_from([0.5, 1.0, 1.0])) if h == 0 else 0.0, rm=f"r{c % 3}",
            cost=draw(st.sampled_from(costs)),
        )
        for c, a, h in names
    ]  # fmt: skip
    some = st.none() | st.integers(1, 6).map(float)
    demanded = st.sampled_from([None] * 8 + [1.0, 2.0])
    capacities = [
        limit("cards", draw(st.sampled_from([0, 1, 1.5, 2, 3])), "rm"),
        limit("cost", draw(st.floats(0, 8) | st.integers(0, 6).map(float))),
        *(limit("one", draw(some), "channel", h, draw(demanded)) for h in CHANNELS),
    ]
    if draw(st.booleans()):
        capacities.append(limit("cards", draw(st.integers(0, 2)), "rm", "r1", draw(demanded)))
    return candidates, capacities, draw(st.integers(1, 3))
