"""Writing an immutable part from staged rows."""

from dataclasses import dataclass, field
from datetime import date, datetime
from os import fsync
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wealthloop.bank.contract import TableSpec
from wealthloop.bank.converted import compute
from wealthloop.bank.instants import micros
from wealthloop.bank.manifest import Part
from wealthloop.bank.settle import integers, row_number
from wealthloop.bank.versions import KNOWN_AT, day_column, part_schema
from wealthloop.kit.files import sync_folder

_BATCH: Final = 262_144


@dataclass(slots=True, kw_only=True)
class _Span:
    """The earliest known instant and the event days of the rows written."""

    spec: TableSpec
    rows: int = 0
    given: bool = False
    known: list[datetime] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """What is looked at."""
        day = day_column(self.spec)
        return [KNOWN_AT, "_given", *([] if day is None else [day])]

    def see(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        self.given = self.given or bool(compute.any(batch["_given"]).as_py())
        self.known = [min([*self.known, compute.min(batch[KNOWN_AT]).as_py()])]
        column = day_column(self.spec)
        if column is not None:
            ends = compute.min_max(batch[column]).as_py()
            days = [day for day in (*self.days, ends["min"], ends["max"]) if day is not None]
            self.days = [min(days), max(days)] if days else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A part that was written, and whether any row of it has its own ``known_at``."""

    part: Part
    given: bool


def write_part(
    staged: Path, part: Path, spec: TableSpec, *, load: int, drop: NDArray[np.int64], corrected: NDArray[np.int64],
    known_at: datetime,
) -> Written | None:  # fmt: skip
    """Write a part of the staged rows but those in ``drop``; None where no row is left.

    Args:
        staged: the staged rows.
        part: where the part goes; it lies there whole or not at all.
        spec: the table.
        load: the number of the load.
        drop: rows left out, as ``row_number`` names them.
        corrected: rows that correct known ones: known at ``known_at`` unless they say it themselves.
        known_at: the end of the day of the load, UTC.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    beside = part.with_name(f".{part.name}.part")
    changed = bool(drop.size or corrected.size)
    span = _rewritten(staged, beside, spec, drop, corrected, known_at) if changed else _moved(staged, beside, spec)
    if not span.rows:
        beside.unlink()
        return None
    with beside.open("rb") as written:
        fsync(written.fileno())
    beside.replace(part)
    sync_folder(part.parent)
    first, last = (span.days[0], span.days[-1]) if span.days else (None, None)
    record = Part(file=part.name, rows=span.rows, load=load, known_from=span.known[0], first_day=first, last_day=last)
    return Written(part=record, given=span.given)


def _moved(staged: Path, beside: Path, spec: TableSpec) -> _Span:
    """Take the staged file as it is."""
    span = _Span(spec=spec)
    with pq.ParquetFile(staged) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=span.columns):
            span.see(batch)
    staged.replace(beside)
    return span


def _rewritten(
    staged: Path, beside: Path, spec: TableSpec, drop: NDArray[np.int64], corrected: NDArray[np.int64],
    known_at: datetime,
) -> _Span:  # fmt: skip
    """Write the staged rows anew, without some and with corrections stamped."""
    span = _Span(spec=spec)
    with pq.ParquetFile(staged) as file, pq.ParquetWriter(beside, part_schema(spec), compression="zstd") as writer:
        for batch in file.iter_batches(batch_size=_BATCH):
            kept = _kept(batch, drop, corrected, known_at)
            if kept.num_rows:
                span.see(kept)
                writer.write_batch(kept)
    return span


def _kept(
    batch: pa.RecordBatch, drop: NDArray[np.int64], corrected: NDArray[np.int64], known_at: datetime
) -> pa.RecordBatch:
    numbers = row_number(integers(batch["_file"]), integers(batch["_line"]))
    late = np.isin(numbers, corrected) & ~np.asarray(batch["_given"].to_numpy(zero_copy_only=False), dtype=np.bool_)
    known = np.where(late, micros(known_at), integers(batch[KNOWN_AT]))
    place = batch.schema.get_field_index(KNOWN_AT)
    stamped = batch.set_column(place, batch.schema.field(place), compute.cast(pa.array(known), pa.timestamp("us")))
    return stamped.filter(pa.array(~np.isin(numbers, drop)))
