"""Guards: comparisons of named facts with thresholds, for all customers at once."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wealthloop.bank.converted import compute as pc
from wealthloop.insight.columns import Column, Floats
from wealthloop.insight.machines.document import Comparison

Flags: TypeAlias = NDArray[np.bool_]
Fact: TypeAlias = "Floats | Column"
"""A number a customer (NaN: not known), or a lower-case text a customer (null: not known)."""

_OPERATORS: Final[dict[str, Callable[[Any, float], Any]]] = {
    "at_least": np.greater_equal,
    "above": np.greater,
    "at_most": np.less_equal,
    "below": np.less,
}


def holds(comparison: Comparison, facts: Mapping[str, Fact], bound: float, size: int) -> Flags:
    """Return for whom a comparison holds, shape (size,); a fact that is not given is known of nobody."""
    fact = facts.get(comparison.fact)
    if comparison.operator == "known":
        there = np.zeros(size, dtype=np.bool_) if fact is None else known(fact)
        return there if comparison.known else ~there
    if fact is None:
        return np.zeros(size, dtype=np.bool_)
    if comparison.operator == "is_in":
        return _among(fact, comparison.is_in)
    return np.asarray(_OPERATORS[comparison.operator](fact, bound), dtype=np.bool_)


def known(fact: Fact) -> Flags:
    """Return of whom a fact is known, shape (n_customers,)."""
    if isinstance(fact, np.ndarray):
        return ~np.isnan(fact)
    return np.asarray(pc.is_valid(fact).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _among(fact: Fact, words: tuple[str, ...]) -> Flags:
    inside = pc.is_in(fact, value_set=pa.array(words, pa.string()))
    return np.asarray(inside.to_numpy(zero_copy_only=False), dtype=np.bool_)
