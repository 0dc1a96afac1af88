"""Fitting any table: what validation chooses, calibrated on rows that it had not seen, and judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from wealthloop.errors import InvalidInput
from wealthloop.scoring.calibrate import BetaCalibration, fit_beta
from wealthloop.scoring.measure import Slope
from wealthloop.scoring.tabular.compare import Tried, aucs_of, chosen, hashed, later, refit, try_all
from wealthloop.scoring.tabular.encode import Encoding, Note, binary, fit_encoding, needed, numbers
from wealthloop.scoring.tabular.judge import judged, judged_flags, leaks_of, shifted
from wealthloop.scoring.tabular.learners import Blend, Model
from wealthloop.scoring.types import Flag, Floats

_LEAST: Final = 5
"""Rows of the rarer class under which nothing can be validated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTable:
    """A model of a table, and what rows that it had not seen say of it."""

    encoding: Encoding
    model: Model
    calibration: BetaCalibration
    chosen: str
    why: str
    tried: tuple[Tried, ...]
    aucs: tuple[float, ...]
    slope: Slope | None
    calibration_error: float | None
    measured_on: int
    """Rows on which slope and error were measured, with a calibration that had not seen them."""
    rows: int
    positives: int
    by_time: bool
    leaks: tuple[str, ...]
    flags: tuple[Flag, ...]
    notes: tuple[Note, ...]

    def score(self, table: pa.Table) -> Floats:
        """Return calibrated probabilities, shape (n_rows,).

        Raises:
            InvalidInput: a column of training is not there.
        """
        return self.calibration.apply(self.model.margins(self.encoding.apply(table)))


def fit_table(
    table: pa.Table, *, target: str, time: str | None = None, drop: Sequence[str] = (), seed: int = 7
) -> FittedTable:
    """Fit the best that validation finds.

    Args:
        table: the rows to learn from.
        target: a column of two values.
        time: a column by which rows are put in order: validation is then always on later rows than training. None:
            by folds, drawn by a hash of each row's content, so that equal rows are never on both sides.
        drop: columns that are not learnt from.
        seed: of trees; the same input and seed give the same model.

    Raises:
        InvalidInput: a named column is not there, the target has not two values, too few rows are of one class, or
            no column says anything.
    """
    needed(table, target, time or "", *drop)
    table, notes = _in_time(table, time) if time else (table, ())
    y = binary(table[target], name=target)
    rarer = int(min(y.sum(), len(y) - y.sum()))
    if rarer < _LEAST:
        raise InvalidInput(f"column {target}: {rarer} row(s) of the rarer value, at least {_LEAST} are needed")
    left_out = {target, time, *drop}
    encoding, x, more = fit_encoding(table, [name for name in table.column_names if name not in left_out])
    if not encoding.columns:
        raise InvalidInput("no column says anything of the target: all are constant, identifiers or left out")
    splits = later(y) if time else hashed(x, y)
    tried = try_all(x, y, encoding, splits, seed)
    best = chosen(tried, y)
    model = Blend(models=tuple(refit(one, x, y, encoding, seed) for one in best.parts))
    slope, error, measured = judged(best.margins, y, splits, by_time=time is not None)
    newest = splits[-1][1] if time else np.flatnonzero(~np.isnan(best.margins))
    aucs = aucs_of(best.margins, y, splits)
    leaks = leaks_of(x, y, encoding)
    return FittedTable(
        encoding=encoding, model=model, calibration=fit_beta(best.margins[newest], y[newest]), chosen=best.name,
        why=best.why, tried=tuple(tried), aucs=aucs, slope=slope, calibration_error=error, measured_on=measured,
        rows=len(y), positives=int(y.sum()), by_time=time is not None, leaks=leaks,
        flags=judged_flags(y, aucs, slope, leaks), notes=(*notes, *more, *(shifted(y, splits) if time else ())),
    )  # fmt: skip


def _in_time(table: pa.Table, time: str) -> tuple[pa.Table, tuple[Note, ...]]:
    """Put rows in the order of a column; equal times stay as they come."""
    when = numbers(table[time])
    if np.isnan(when).any():
        row = int(np.flatnonzero(np.isnan(when))[0])
        raise InvalidInput(f"column {time}, row {row + 1}: no day and no number, every row needs its time")
    if np.ptp(when) == 0:
        raise InvalidInput(f"column {time}: one time in every row, leave --time out")
    order = np.argsort(when, kind="stable")
    if (np.diff(when) >= 0).all():
        return table, ()
    told = Note(column=time, rule="out_of_order", en="rows were not in the order of time and were sorted by it",
                zh="行未按时间排列，已按时间排序")  # fmt: skip
    return table.take(order), (told,)
