"""An engine that writes down what it is asked, and the comparison of two such records."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import operations

from wealthloop.engines.types import BatchFunction, Engine, Expr

TOLERANCE: Final = 1e-9
"""Relative difference of floats up to which two engines agree (issue: customer insight, engines)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; its rows count in their order only where the expression orders them."""

    table: pa.Table
    ordered: bool


@dataclass(slots=True)
class Recorder:
    """Asks the engine inside and keeps every answer by the name of its expression, in the order of asking."""

    inside: Engine
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))

    def read_parquet(self, paths: Sequence[Path]) -> Expr:
        return self.inside.read_parquet(paths)

    def from_arrow(self, table: pa.Table) -> Expr:
        return self.inside.from_arrow(table)

    def to_arrow(self, expr: Expr, *, name: str) -> pa.Table:
        found = self.inside.to_arrow(expr, name=name)
        self.answers[name].append(Answer(table=found, ordered=isinstance(expr.op(), operations.Sort)))
        return found

    def write(self, expr: Expr, path: Path, *, name: str) -> int:
        self.to_arrow(expr, name=name)
        return self.inside.write(expr, path, name=name)

    def map_batches(
        self, rows: Expr | pa.Table, fn: BatchFunction, *, schema: pa.Schema, by: str, name: str
    ) -> pa.Table:
        found = self.inside.map_batches(rows, fn, schema=schema, by=by, name=name)
        self.answers[name].append(Answer(table=found, ordered=False))
        return found


def differences(ours: Sequence[Answer], theirs: Sequence[Answer]) -> float:
    """Return the largest relative difference of any float in the answers, infinite where anything else differs."""
    if len(ours) != len(theirs):
        return float("inf")
    return max((difference(one, other) for one, other in zip(ours, theirs, strict=True)), default=0.0)


def difference(one: Answer, other: Answer) -> float:
    """Return the largest relative difference of any float of two answers, infinite where anything else differs."""
    if one.table.schema.names != other.table.schema.names or one.table.schema.types != other.table.schema.types:
        return float("inf")
    if one.table.num_rows != other.table.num_rows or one.ordered != other.ordered:
        return float("inf")
    left, right = (answer.table if answer.ordered else _sorted(answer.table) for answer in (one, other))
    return max((_of_column(left[name], right[name]) for name in left.schema.names), default=0.0)


def _sorted(table: pa.Table) -> pa.Table:
    floats = [name for name in table.schema.names if pa.types.is_floating(table.schema.field(name).type)]
    names = [*(name for name in table.schema.names if name not in floats), *floats]
    return table.sort_by([(name, "ascending") for name in names]) if names else table


def _of_column(left: Any, right: Any) -> float:  # noqa: ANN401 - Arrow columns
    if not pa.types.is_floating(left.type):
        return 0.0 if left.equals(right) else float("inf")
    if not pc.is_valid(left).equals(pc.is_valid(right)):
        return float("inf")
    ours, theirs = (np.asarray(cells.drop_null().to_numpy(), dtype=np.float64) for cells in (left, right))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if same.all():
        return 0.0
    a, b = ours[~same], theirs[~same]
    if not (np.isfinite(a) & np.isfinite(b)).all():
        return float("inf")
    return float((np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))).max())
