"""Trees from the text that LightGBM writes."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wealthloop.scoring.types import Floats

Integers = NDArray[np.int64]

_CATEGORICAL: Final = 1
_DEFAULT_LEFT: Final = 2
_MISSING: Final = 3
"""Of the two bits from the third on: 0 none, 1 zero, 2 NaN."""
_NAN: Final = 2
_ZERO: Final = 1


class CannotRead(Exception):
    """A model has what the forest does not score: categories, linear leaves, zero as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A tree of numeric splits; a child below 0 is leaf ``-1 - child``. All but ``value`` have shape (n_nodes,)."""

    feature: Integers
    threshold: Floats
    """A value at or below it goes left."""
    nan_left: NDArray[np.bool_]
    """Whether a value that is not known goes left."""
    left: Integers
    right: Integers
    value: Floats
    """Of each leaf, shape (n_leaves,)."""


def read_trees(text: str) -> tuple[Tree, ...]:
    """Read the trees of a model.

    Args:
        text: of ``Booster.model_to_string``.

    Raises:
        CannotRead: a split or a leaf of another kind than numeric and constant.
    """
    parts = text.split("\nTree=")[1:]
    return tuple(_tree(part.split("\n\n", maxsplit=1)[0]) for part in parts)


def _tree(part: str) -> Tree:
    lines = dict(line.split("=", maxsplit=1) for line in part.splitlines()[1:] if "=" in line)
    if lines.get("is_linear", "0") != "0":
        raise CannotRead("linear leaves")
    value = _numbers(lines["leaf_value"])
    if len(value) == 1:
        none = np.zeros(0, dtype=np.int64)
        return Tree(feature=none, threshold=np.zeros(0), nan_left=none > 0, left=none, right=none, value=value)
    kind = _numbers(lines["decision_type"]).astype(np.int64)
    missing = (kind >> 2) & _MISSING
    if (kind & _CATEGORICAL).any():
        raise CannotRead("a categorical split")
    if (missing == _ZERO).any():
        raise CannotRead("zero as missing")
    threshold = _numbers(lines["threshold"])
    default_left = (kind & _DEFAULT_LEFT) > 0
    return Tree(
        feature=_numbers(lines["split_feature"]).astype(np.int64), threshold=threshold,
        # Where training saw nothing unknown, LightGBM reads what is not known as 0.
        nan_left=np.where(missing == _NAN, default_left, threshold >= 0),
        left=_numbers(lines["left_child"]).astype(np.int64), right=_numbers(lines["right_child"]).astype(np.int64),
        value=value,
    )  # fmt: skip


def _numbers(text: str) -> Floats:
    return np.array(text.split(), dtype=np.float64)
