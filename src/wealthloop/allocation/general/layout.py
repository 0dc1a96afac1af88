"""A problem laid out for the compiled passes: patterns of use, and each customer's menu of (value, pattern)."""

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Integers: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


MANY: Final = 2**60
"""Whole units of a row without an upper limit."""


class Patterns(NamedTuple):
    """The different ways to use rows, a row being a resource or one key of it; millions of candidates share a few.

    A named tuple, which compiled code can read.
    """

    start: Integers
    """First use of each pattern and the end of the last, shape (n_patterns + 1,)."""
    row: Codes
    """Rows used, ascending within a pattern, shape (n_uses,)."""
    amount: Floats
    """What is used of each, positive, shape (n_uses,)."""
    units: Integers
    """The same in whole units of the row (see ``units.whole_units``), shape (n_uses,)."""


class Menus(NamedTuple):
    """Candidates by customer and slot; of a slot at most one is chosen, of a customer at most ``per_customer``."""

    value: Floats
    """Shape (n,)."""
    pattern: Codes
    """Shape (n,)."""
    slot: Integers
    """First candidate of each slot and the end of the last, shape (n_slots + 1,)."""
    first: Integers
    """First slot of each customer and the end of the last, shape (n_customers + 1,)."""


class Rows(NamedTuple):
    """What there is of every row, those of small families first; the others have more keys than a dense block likes."""

    capacity: Floats
    """Shape (n_rows,); infinite where there is no upper limit."""
    minimum: Floats
    """Shape (n_rows,); 0 where nothing must be used."""
    capacity_units: Integers
    """In whole units, shape (n_rows,); ``MANY`` where there is no upper limit."""
    minimum_units: Integers
    """In whole units, shape (n_rows,)."""
    dense: int
    """How many rows come first that are priced together; each of the rest is priced by itself."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem for the solver: candidates, what they use, what there is."""

    menus: Menus
    patterns: Patterns
    rows: Rows
    most: int
    """How many slots a customer may take."""

    @property
    def candidates(self) -> int:
        """How many candidates there are."""
        return int(self.menus.value.size)

    @property
    def customers(self) -> int:
        """How many customers have candidates."""
        return int(self.menus.first.size - 1)

    @property
    def uses(self) -> csr_array:
        """The patterns' uses as a sparse matrix, shape (n_patterns, n_rows)."""
        shape = (self.patterns.start.size - 1, self.rows.capacity.size)
        return csr_array((self.patterns.amount, self.patterns.row, self.patterns.start), shape=shape)

    @property
    def lone(self) -> Flags:
        """Which patterns use a row that is priced by itself, shape (n_patterns,)."""
        return _any(self.patterns, self.patterns.row >= self.rows.dense)

    @property
    def owner(self) -> Integers:
        """Customer of each slot, shape (n_slots,)."""
        return np.repeat(np.arange(self.customers), np.diff(self.menus.first))

    def cost(self, prices: Floats) -> Floats:
        """Return the price of each pattern, shape (n_patterns,)."""
        out: Floats = self.uses @ prices
        return out

    def with_menus(self, menus: Menus) -> "Instance":
        """Return the instance of other candidates."""
        return Instance(menus, self.patterns, self.rows, self.most)


def _any(patterns: Patterns, uses: Flags) -> Flags:
    """Return the patterns of which some use is marked, shape (n_patterns,)."""
    out = np.zeros(patterns.start.size - 1, np.bool_)
    out[np.searchsorted(patterns.start, np.flatnonzero(uses), side="right") - 1] = True
    return out


def spread(start: Integers, chosen: Integers) -> tuple[Integers, Integers]:
    """Return the places of some groups' members, and the new starts of those groups.

    Args:
        start: first member of each group and the end of the last, shape (n_groups + 1,).
        chosen: groups, shape (n_chosen,).
    """
    lengths = start[chosen + 1] - start[chosen]
    ends = np.cumsum(lengths)
    begins = np.concatenate([[0], ends])
    return np.arange(ends[-1] if ends.size else 0) + np.repeat(start[chosen] - begins[:-1], lengths), begins


def part(menus: Menus, customers: Integers) -> Menus:
    """Return the menus of some customers, in their order."""
    slots, first = spread(menus.first, customers)
    places, slot = spread(menus.slot, slots)
    return Menus(menus.value[places], menus.pattern[places], slot, first)
