"""Settling staged rows with what is known: doubles within the load, rows known already, corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.bank.contract import TableSpec
from wealthloop.bank.converted import Cells, compute
from wealthloop.bank.resident import batches_of, span_of
from wealthloop.bank.versions import KNOWN_AT, newest
from wealthloop.engines import Engine
from wealthloop.engines.types import Expr

_FILE_FACTOR: Final = 1 << 40
_BATCH: Final = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """A staged row whose key an earlier row of the load has."""

    file: int
    line: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Which staged rows are not written, and which are corrections; rows named by ``row_number``."""

    unchanged: NDArray[np.int64]
    corrected: NDArray[np.int64]


def row_number(files: NDArray[np.int64], lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each (file, line), shape (n,)."""
    return files * _FILE_FACTOR + lines


def doubles(engine: Engine, staged: Path, spec: TableSpec) -> list[Double]:
    """Return the staged rows whose key (with ``known_at``, where given) stands on an earlier row already."""
    if not repeats_keys(staged, spec):
        return []
    rows = engine.read_parquet([staged])
    rows = rows.mutate(_told=ibis.ifelse(rows["_given"], rows[KNOWN_AT], ibis.null("timestamp(6)")))
    key = [*spec.key, "_told"]
    counted = rows.group_by(key).agg(_n=rows.count())
    repeated = engine.to_arrow(counted.filter(counted["_n"] > 1), name=f"{spec.name}: repeated keys")
    if not repeated.num_rows:
        return []
    seen = engine.from_arrow(repeated)
    again = rows.semi_join(seen, [rows[name].identical_to(seen[name]) for name in key])
    window = ibis.window(group_by=[again[name] for name in key], order_by=[again["_file"], again["_line"]])
    ranked = again.mutate(_rank=ibis.row_number().over(window))
    later = engine.to_arrow(ranked.filter(ranked["_rank"] > 0), name=f"{spec.name}: duplicate keys")
    return [_double(row, spec) for row in later.select([*spec.key, "_file", "_line"]).to_pylist()]


def _double(row: dict[str, object], spec: TableSpec) -> Double:
    key = ", ".join("" if row[name] is None else str(row[name]) for name in spec.key)
    return Double(file=int(str(row["_file"])), line=int(str(row["_line"])), key=key)


def compare(engine: Engine, staged: Path, known: Sequence[Path], spec: TableSpec, *, corrections: bool) -> Settled:
    """Return which staged rows are known with the same content, and which with another.

    A row without its own ``known_at`` is held against the newest known row of its key; one with it also against a row
    known at the same instant.
    """
    rows = engine.read_parquet([staged])
    before = _near(engine.read_parquet(known), rows, spec, engine)
    latest = newest(before, spec) if corrections else before
    marked = latest.mutate(_latest=ibis.literal(1))
    if corrections:
        marked = before.mutate(_latest=ibis.literal(0)).union(marked.select([*before.columns, "_latest"]))
    content = [column.name for column in spec.columns if column.name not in (*spec.key, KNOWN_AT)]
    names = {name: f"_old_{name}" for name in (*spec.key, *content, KNOWN_AT)}
    old = marked.select(_latest=marked["_latest"], **{alias: marked[name] for name, alias in names.items()})
    both = rows.inner_join(old, [rows[name].identical_to(old[names[name]]) for name in spec.key])
    same = ibis.literal(1)
    for name in content:
        same = same * ibis.ifelse(both[name].identical_to(both[names[name]]), 1, 0)
    not_older = ~both["_given"] | (both[KNOWN_AT] >= both[names[KNOWN_AT]])
    told_before = both["_given"] & (both[KNOWN_AT] == both[names[KNOWN_AT]])
    counts = ((both["_latest"] == 1) & not_older) | told_before
    judged = both.mutate(_same=same * ibis.ifelse(counts, 1, 0))
    found = judged.group_by(["_file", "_line"]).agg(_same=judged["_same"].max())
    return _settled(engine.to_arrow(found, name=f"{spec.name}: rows known already"))


def _settled(found: pa.Table) -> Settled:
    numbers = row_number(integers(found["_file"]), integers(found["_line"]))
    same = integers(found["_same"]) == 1
    return Settled(unchanged=numbers[same], corrected=numbers[~same])


def integers(cells: Cells) -> NDArray[np.int64]:
    """Return cells that hold whole numbers or times as int64, shape (n,)."""
    return np.asarray(compute.cast(cells, pa.int64()).to_numpy(), dtype=np.int64)


def _near(before: Expr, rows: Expr, spec: TableSpec, engine: Engine) -> Expr:
    """Read only the days of the staged rows, where the day is part of the key."""
    if spec.event_time is None or spec.event_time not in spec.key:
        return before
    event = rows[spec.event_time]
    span = engine.to_arrow(rows.agg(low=event.min(), high=event.max()), name=f"{spec.name}: days").to_pylist()[0]
    if span["low"] is None:
        return before
    column = before[spec.event_time]
    return before.filter((column >= ibis.literal(span["low"])) & (column <= ibis.literal(span["high"])))


def repeats_keys(part: Path, spec: TableSpec) -> bool:
    """Return whether any key stands on more than one row of a part."""
    keys = pq.read_table(part, columns=list(spec.key))
    return keys.group_by(list(spec.key)).aggregate([]).num_rows < keys.num_rows


def may_share_keys(staged: Path, known: Sequence[tuple[Path, bool]], spec: TableSpec) -> list[Path]:
    """Return the known parts in which keys of the staged rows may stand; in the others none does.

    A part is left out where the span of a column of the key lies apart from the staged rows', or where it has none
    of their values in the first column of the key.

    Args:
        staged: the staged rows.
        known: the parts, each with whether it is large.
        spec: the table.
    """
    near = [part for part in known if not any(_apart(staged, part[0], column) for column in spec.key)]
    if not near:
        return []
    leading = compute.unique(pq.read_table(staged, columns=[spec.key[0]])[spec.key[0]])
    return [path for path, large in near if _holds_any(path, spec.key[0], leading, large=large)]


def _apart(staged: Path, part: Path, column: str) -> bool:
    """Say whether two files have no value of a column in common, by what they tell of its span."""
    new, old = span_of(staged, column), span_of(part, column)
    return new is not None and old is not None and bool(new[1] < old[0] or new[0] > old[1])


def _holds_any(part: Path, column: str, values: Cells, *, large: bool) -> bool:
    return any(
        compute.any(compute.is_in(rows[column], value_set=values), min_count=0).as_py()
        for rows in batches_of(part, [column], large=large)
    )
