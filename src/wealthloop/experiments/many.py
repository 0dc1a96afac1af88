"""Many experiments over the same customers, read together: sums by arm as matrix products, block after block.

A block's rows become a matrix of arms (1 where the customer is in it) and one of outcomes, covariates and their
products; the product of both adds up all arms of all experiments at once, where a grouped query adds up each alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.errors import InvalidInput
from wealthloop.experiments.moments import COLUMNS, Floats, compare_sums

_BLOCK: Final = 8_192
"""Rows at once: both matrices of a hundred experiments and ten metrics stay near the processor."""
_FIRST_LOOK: Final = 65_536

Narrow: TypeAlias = NDArray[np.float32]
"""Half the width, twice the speed: a block's sums of values about their middle are good to seven digits, p to 1e-5."""

ArmName: TypeAlias = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A column that names each customer's arm; who is in none of ``arms`` is left out."""

    column: str
    arms: tuple[ArmName, ...]
    """Control first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A column of outcomes, and of the same before the start for CUPED."""

    column: str
    covariate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A treatment against control on one metric."""

    experiment: str
    variant: ArmName
    metric: str
    effect: float
    low: float
    high: float
    pvalue: float
    n_control: int
    n_treatment: int


def analyze_many(
    batches: Iterable[pa.RecordBatch],
    experiments: Sequence[Experiment],
    metrics: Sequence[Metric],
    *,
    alpha: float = 0.05,
) -> list[Found]:
    """Compare every treatment of every experiment with its control on every metric (Welch, CUPED).

    Args:
        batches: of a table that has all the columns, one row a customer; a Parquet file's batches will do.
        experiments: what was drawn.
        metrics: what is compared.
        alpha: the risk that an interval leaves its effect out.

    Raises:
        InvalidInput: a column is missing, a metric is empty or no number in a row (named), or an arm holds fewer than
            two customers.
    """
    sums, centres = _summed(batches, experiments, metrics)
    found: list[Found] = []
    first = 1
    for experiment, outside in zip(experiments, range(len(sums) - len(experiments), len(sums)), strict=True):
        treated = sums[first : first + len(experiment.arms) - 1]
        control = sums[0] - sums[outside] - treated.sum(axis=0)
        first += len(treated)
        _check_sizes(experiment, [control[0, 0], *treated[:, 0, 0]])
        found += _compared(experiment, metrics, control, treated, centres, alpha)
    return found


def _compared(
    experiment: Experiment, metrics: Sequence[Metric], control: Floats, treated: Floats, scales: Floats, alpha: float
) -> Iterator[Found]:
    against = np.broadcast_to(control, treated.shape)
    many = compare_sums(against, treated, kind="cuped")
    effect, half, pvalue = many.effect * scales, many.halves(alpha) * scales, many.pvalues()
    for arm, variant in enumerate(experiment.arms[1:]):
        for place, metric in enumerate(metrics):
            at = arm, place
            yield Found(
                experiment=experiment.column, variant=variant, metric=metric.column, effect=float(effect[at]),
                low=float(effect[at] - half[at]), high=float(effect[at] + half[at]), pvalue=float(pvalue[at]),
                n_control=round(control[0, 0]), n_treatment=round(treated[arm, 0, 0]),
            )  # fmt: skip


def _summed(
    batches: Iterable[pa.RecordBatch], experiments: Sequence[Experiment], metrics: Sequence[Metric]
) -> tuple[Floats, Floats]:
    """Return sums of ``COLUMNS``, shape (rows, n_metrics, 6), and what a unit of a metric's column stands for.

    The rows are everyone, each treatment of each experiment, and who is outside of each experiment.
    """
    inside = 1 + sum(len(one.arms) - 1 for one in experiments)
    sums = np.zeros((inside + len(experiments), 5 * len(metrics) + 1))
    arms, values = (np.ones((many, _BLOCK), dtype=np.float32) for many in sums.shape)
    middle = scale = np.zeros(0)
    seen = 0
    for batch in batches:
        raw = _numbers(batch, metrics, seen)
        if not middle.size:
            middle, scale = _first_look(raw)
        codes = [_codes(batch, one) for one in experiments]
        for start in range(0, batch.num_rows, _BLOCK):
            size = min(_BLOCK, batch.num_rows - start)
            owners = _fill_arms(arms[:, :size], codes, start)
            _fill_values(values[:, :size], raw, start, middle, scale)
            sums[owners] += arms[: len(owners), :size] @ values[:, :size].T
        seen += batch.num_rows
    if not seen:
        raise InvalidInput("there are no rows to analyze")
    y, x, yy, xx, xy = np.moveaxis(sums[:, 1:].reshape(len(sums), 5, len(metrics)), 1, 0)
    columns = {"n": np.broadcast_to(sums[:, :1], y.shape), "y": y, "x": x, "yy": yy, "xx": xx, "xy": xy}
    return np.stack([columns[name] for name in COLUMNS], axis=-1), scale[: len(metrics)]


def _fill_arms(arms: Narrow, codes: Sequence[tuple[NDArray[Any], list[int]]], start: int) -> list[int]:
    """Write the block's arms, and return which sums each row adds to."""
    size = arms.shape[1]
    arms[0] = 1.0
    owners, treatment = [0], 1
    inside = 1 + sum(len(known) - 1 for _, known in codes)
    for place, (column, known) in enumerate(codes):
        block = column[start : start + size]
        there = block == known[0]
        for code in known[1:]:
            mine = block == code
            there |= mine
            arms[len(owners)] = mine
            owners.append(treatment)
            treatment += 1
        if not there.all():
            arms[len(owners)] = ~there
            owners.append(inside + place)
    return owners


def _fill_values(values: Narrow, raw: Sequence[Floats], start: int, middle: Floats, scale: Floats) -> None:
    """Write outcomes and covariates about a middle, in units of their spread, and their products; row 0 stays 1."""
    size, many = values.shape[1], len(raw) // 2
    for place, column in enumerate(raw):
        about = column[start : start + size] - middle[place]
        np.multiply(about, 1.0 / scale[place], out=values[1 + place], casting="same_kind")
    y, x = values[1 : 1 + many], values[1 + many : 1 + 2 * many]
    np.multiply(y, y, out=values[1 + 2 * many : 1 + 3 * many])
    np.multiply(x, x, out=values[1 + 3 * many : 1 + 4 * many])
    np.multiply(x, y, out=values[1 + 4 * many :])


def _first_look(raw: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return about where each column lies and how far it spreads, that sums of squares lose nothing in rounding."""
    some = [column[:_FIRST_LOOK] for column in raw]
    spread = np.array([float(column.std()) for column in some])
    return np.array([float(column.mean()) for column in some]), np.where(spread > 0, spread, 1.0)


def _numbers(batch: pa.RecordBatch, metrics: Sequence[Metric], seen: int) -> list[Floats]:
    """Return outcomes, then covariates, 0 where there is none."""
    names = [one.column for one in metrics] + [one.covariate for one in metrics]
    nothing = np.zeros(batch.num_rows)
    return [nothing if name is None else _finite(batch, name, seen) for name in names]


def _finite(batch: pa.RecordBatch, name: str, seen: int) -> Floats:
    column = _column(batch, name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_boolean(column.type)):
        raise InvalidInput(f"column {name}: holds {column.type}, must hold numbers")
    values: Floats = np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    if not np.isfinite(values.sum()):
        first = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InvalidInput(f"column {name}, row {seen + first + 1}: no number, leave such rows out")
    return values


def _codes(batch: pa.RecordBatch, experiment: Experiment) -> tuple[NDArray[Any], list[int]]:
    """Return each row's code, and the codes of the arms, control first."""
    column = _column(batch, experiment.column)
    if pa.types.is_integer(column.type):
        known = [int(arm) for arm in experiment.arms]
        if column.null_count:
            column = column.fill_null(min(known) - 1)
        return np.asarray(column.to_numpy(zero_copy_only=False)), known
    coded: Any = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    names = [str(name) for name in coded.dictionary.to_pylist()]
    known = [names.index(str(arm)) if str(arm) in names else -2 - place for place, arm in enumerate(experiment.arms)]
    return np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)), known


def _column(batch: pa.RecordBatch, name: str) -> Any:  # noqa: ANN401 - Arrow arrays of any type
    if name not in batch.schema.names:
        raise InvalidInput(f"column {name}: there is none, the table has {', '.join(batch.schema.names[:20])}")
    return batch.column(name)


def _check_sizes(experiment: Experiment, sizes: Sequence[float]) -> None:
    for arm, size in zip(experiment.arms, sizes, strict=True):
        if size < 2:
            raise InvalidInput(
                f"column {experiment.column}: arm {arm} holds {round(size)} row(s), at least 2 are needed"
            )
