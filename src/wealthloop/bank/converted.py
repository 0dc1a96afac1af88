"""What reading a column gives, and the small steps that every reading shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

compute: Any = pyarrow.compute
"""Arrow's kernels; their stubs lack the plain Python values that they take and the arrays that they give."""
Cells: TypeAlias = Any
"""An Arrow array."""

Mask: TypeAlias = NDArray[np.bool_]

WRONG_TYPE: Final = "wrong_type"
UNKNOWN_CODE: Final = "unknown_code"
MONEY_PRECISION: Final = "money_precision"

DAY_MICROS: Final = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A column as it will be stored, and its bad cells by rule."""

    values: Cells
    problems: tuple[tuple[str, Mask], ...] = ()


Reader: TypeAlias = Callable[[Cells, ZoneInfo], Converted]


def filled(cells: Cells) -> Mask:
    """Return which cells are not null, shape (n,)."""
    return np.asarray(compute.is_valid(cells).to_numpy(zero_copy_only=False), dtype=np.bool_)


def true_of(mask: Cells) -> Mask:
    """Return a boolean array as a mask, null as false, shape (n,)."""
    return np.asarray(compute.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def result(values: NDArray[np.generic], good: Mask, cells: Cells, dtype: pa.DataType) -> Converted:
    """Return values, null and bad where a filled cell is not good."""
    stored = compute.cast(pa.array(values, mask=~good), dtype)
    return Converted(values=stored, problems=((WRONG_TYPE, filled(cells) & ~good),))


def tidy(cells: Cells) -> Cells:
    """Return text trimmed of white space, an empty cell as null."""
    trimmed = compute.utf8_trim_whitespace(cells)
    return compute.if_else(compute.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def as_text(cells: Cells) -> Cells:
    """Return any cells as text, as people would read them; what has no text form is null."""
    plain = plain_type(cells)
    try:
        return compute.cast(plain, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if cell is None else str(cell) for cell in plain.to_pylist()], pa.string())


def plain_type(cells: Cells) -> Cells:
    """Return dictionaries decoded, large text as text and NaN as null."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type):
        cells = compute.cast(cells, pa.string())
    if pa.types.is_floating(cells.type):
        cells = compute.if_else(compute.is_nan(cells), pa.scalar(None, cells.type), cells)
    return cells
