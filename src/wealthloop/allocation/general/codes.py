"""Finds the different patterns among millions of rows, exactly: a hash says where to look, a comparison decides."""

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wealthloop.allocation.general.layout import Codes, Floats, Integers

_TILE: Final = 1024
_FIRST_ROOM: Final = 1024


class PatternCodes:
    """Numbers rows of equal columns, in the order of their first appearance."""

    def __init__(self, columns: int) -> None:
        """Begin with no pattern.

        Args:
            columns: how many columns a row has.
        """
        self._kept: Floats = np.empty((_FIRST_ROOM, columns))
        self._table: Codes = np.full(4 * _FIRST_ROOM, -1, np.int32)
        self._hashes: NDArray[np.uint64] = np.empty(_FIRST_ROOM, np.uint64)
        self._count = 0

    @property
    def patterns(self) -> Floats:
        """The patterns seen, shape (n_patterns, n_columns)."""
        return self._kept[: self._count]

    def number(self, block: Floats, out: Codes) -> None:
        """Write the pattern of each row.

        Args:
            block: columns of the rows, C-contiguous, no negative zero and no NaN, shape (n_columns, n_rows).
            out: what is written, shape (n_rows,).
        """
        at = 0
        while at < out.size:
            at, self._count = _number(block, out, at, self._kept, self._hashes, self._table, self._count)
            if at < out.size:
                self._grow()

    def _grow(self) -> None:
        room = 4 * self._kept.shape[0]
        kept, hashes = np.empty((room, self._kept.shape[1])), np.empty(room, np.uint64)
        kept[: self._count], hashes[: self._count] = self._kept[: self._count], self._hashes[: self._count]
        self._kept, self._hashes = kept, hashes
        self._table = np.full(4 * room, -1, np.int32)
        _rehash(self._hashes[: self._count], self._table)


def _mix_tile(block: Floats, begin: int, mixed: NDArray[np.uint64], n: int) -> None:
    """Write the hashes of the rows of a tile."""
    mixed[:n] = np.uint64(0x9E3779B97F4A7C15)
    bits = block.view(np.uint64)
    for c in range(block.shape[0]):
        for i in range(n):
            x = (mixed[i] ^ bits[c, begin + i]) * np.uint64(0xBF58476D1CE4E5B9)
            mixed[i] = x ^ (x >> np.uint64(29))


def _number_rows(
    block: Floats, out: Codes, at: int, kept: Floats, hashes: NDArray[np.uint64], table: Codes, count: int
) -> tuple[int, int]:
    """Number rows from ``at`` on until all are done or there is no room; return where it stopped, and the count."""
    mixed = np.empty(_TILE, np.uint64)
    mask = np.uint64(table.size - 1)
    while at < out.size:
        n = min(_TILE, out.size - at)
        mix_tile(block, at, mixed, n)
        for i in range(n):
            place = mixed[i] & mask
            while True:
                code = table[place]
                if code < 0:
                    if count == kept.shape[0]:
                        return at + i, count
                    for c in range(block.shape[0]):
                        kept[count, c] = block[c, at + i]
                    hashes[count], table[place], code = mixed[i], count, count
                    count += 1
                    break
                if hashes[code] == mixed[i] and same(block, at + i, kept, code):
                    break
                place = (place + np.uint64(1)) & mask
            out[at + i] = code
        at += n
    return at, count


def _same(block: Floats, i: int, kept: Floats, code: int) -> bool:
    for c in range(block.shape[0]):  # noqa: SIM110 - compiled
        if block[c, i] != kept[code, c]:
            return False
    return True


def _place_again(hashes: NDArray[np.uint64], table: Codes) -> None:
    """Fill an empty table."""
    mask = np.uint64(table.size - 1)
    for code in range(hashes.size):
        place = hashes[code] & mask
        while table[place] >= 0:
            place = (place + np.uint64(1)) & mask
        table[place] = code


def _find_repeat(first: Integers, pair: Codes, pattern: Codes, seen: Integers) -> int:
    """Return a candidate whose customer has an earlier one of the same pair, -1 if there is none."""
    for customer in range(first.size - 1):
        for i in range(first[customer], first[customer + 1]):
            if seen[pair[pattern[i]]] == customer:
                return int(i)
            seen[pair[pattern[i]]] = customer
    return -1


mix_tile: Final[Any] = njit(cache=True)(_mix_tile)
same: Final[Any] = njit(cache=True, inline="always")(_same)
_number: Final[Any] = njit(cache=True)(_number_rows)
_rehash: Final[Any] = njit(cache=True)(_place_again)
find_repeat: Final[Any] = njit(cache=True)(_find_repeat)
