"""Columns of parts kept in memory: a part never changes, so that what was read of it once stays right."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Generic, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.bank.converted import compute
from wealthloop.engines.shelf import Shelf
from wealthloop.kit.files import Stamp, stamp

State = TypeVar("State")
Days: TypeAlias = tuple[date | None, date | None]
"""First and last bank day, both inclusive; None: no end on that side."""

LARGE: Final = 4_000_000
"""Rows from which on a part is read anew each time, no more of it than is asked for."""
_MOST_BYTES: Final = 1 << 30
_MOST_STATES: Final = 4
_BATCH: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold(Generic[State]):
    """Something that is gathered from all rows of a table, part after part.

    ``step`` returns a new state and leaves the one it was given as it was; how rows are cut into tables and in which
    order these come must not matter.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    start: State
    step: Callable[[State, pa.Table], State]


columns_of: Final = Shelf(_MOST_BYTES).columns
_spans: Final[dict[tuple[Stamp, str], tuple[Any, Any] | None]] = {}


def span_of(path: Path, column: str) -> tuple[Any, Any] | None:
    """Return the lowest and the highest value of a column; None where the file does not say."""
    key = (stamp(path), column)
    if key not in _spans:
        _spans[key] = _span(path, column)
    return _spans[key]


def _span(path: Path, column: str) -> tuple[Any, Any] | None:
    found = pq.read_metadata(path)
    place = found.schema.to_arrow_schema().get_field_index(column)
    told: list[Any] = [found.row_group(number).column(place).statistics for number in range(found.num_row_groups)]
    if not told or any(one is None or not one.has_min_max or one.null_count for one in told):
        return None
    return min(one.min for one in told), max(one.max for one in told)


def rows_of(path: Path, names: Sequence[str], *, large: bool, day: str | None, days: Days) -> pa.Table:
    """Return columns of a part's rows on some days; ``day`` is the column of the event's day, if there is one."""
    first, last = days
    if day is None or (first is None and last is None):
        return pq.ParquetFile(path).read(columns=list(names)) if large else columns_of(path, names)
    bounds: list[Any] = [(day, ">=", first)] if first is not None else []
    bounds += [(day, "<=", last)] if last is not None else []
    if large:
        return pq.read_table(path, columns=list(names), filters=bounds)
    rows = columns_of(path, tuple(dict.fromkeys((*names, day))))
    return _within(rows, day, first, last).select(list(names))


def _within(rows: pa.Table, day: str, first: date | None, last: date | None) -> pa.Table:
    """Keep the rows of some days; a column that lies in order, as loads give it, is cut instead of searched."""
    keep = compute.is_valid(rows[day])
    if first is not None:
        keep = compute.and_(keep, compute.greater_equal(rows[day], pa.scalar(first, pa.date32())))
    if last is not None:
        keep = compute.and_(keep, compute.less_equal(rows[day], pa.scalar(last, pa.date32())))
    return rows if compute.all(keep, min_count=0).as_py() else rows.filter(keep)


def batches_of(path: Path, names: Sequence[str], *, large: bool) -> Iterator[pa.Table]:
    """Yield a part's rows, a large part in pieces."""
    if not large:
        yield columns_of(path, names)
        return
    for batch in pq.ParquetFile(path).iter_batches(batch_size=_BATCH, columns=list(names)):
        yield pa.Table.from_batches([batch])


class _States:
    """What folds have come to, by the parts that they have seen."""

    def __init__(self) -> None:
        self._states: dict[str, OrderedDict[tuple[Stamp, ...], Any]] = {}

    def folded(self, fold: Fold[State], parts: Sequence[tuple[Path, bool]]) -> State:
        """Return what a fold gives over whole parts (each with whether it is large), going on from what it knows."""
        files = tuple(stamp(path) for path, _ in parts)
        known = self._states.setdefault(fold.name, OrderedDict())
        begun = max((done for done in known if files[: len(done)] == done), key=len, default=())
        state: State = known.get(begun, fold.start)
        for path, large in parts[len(begun) :]:
            for rows in batches_of(path, fold.columns, large=large):
                state = fold.step(state, rows)
        known[files] = state
        known.move_to_end(files)
        while len(known) > _MOST_STATES:
            known.popitem(last=False)
        return state


folded: Final = _States().folded
