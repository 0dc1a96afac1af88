"""Digests of rows' keys, 64 bits each: by them a correction finds the row that it takes the place of."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from wealthloop.bank.converted import compute as pc

Digests = NDArray[np.uint64]


def _mix(digests: Digests, offsets: NDArray[np.int32], data: NDArray[np.uint8]) -> None:
    """Take a column of text into the digests (FNV-1a over its bytes, then the finaliser of splitmix64)."""
    for row in range(digests.size):
        mixed = digests[row]
        for place in range(offsets[row], offsets[row + 1]):
            mixed = (mixed ^ np.uint64(data[place])) * np.uint64(1099511628211)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(13787848793156543929)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(10723151780598845931)
        digests[row] = mixed ^ (mixed >> np.uint64(31))


mix: Final[Callable[..., None]] = njit(cache=True, nogil=True)(_mix)


def digests_of(table: str, rows: pa.Table, key: Sequence[str]) -> Digests:
    """Return a digest of each row's key, shape (n_rows,); two keys of a billion rows share one by chance in 1 of 40."""
    digests = np.full(rows.num_rows, np.uint64(14695981039346656037), dtype=np.uint64)
    for text in (pa.array([table] * rows.num_rows), *(pc.cast(rows[name], pa.string()) for name in key)):
        array: Any = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        _, offsets, data = array.buffers()
        starts = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + rows.num_rows + 1]
        letters = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
        mix(digests, starts, letters)
    return digests


def _found(among: Digests, bits: NDArray[np.bool_], wanted: Digests) -> NDArray[np.int64]:
    """Return the places in ``among`` whose digest is wanted (sorted); ``bits`` is set at the low bits of each."""
    places = []
    low = np.uint64(bits.size - 1)
    for place in range(among.size):
        if bits[among[place] & low]:
            at = np.searchsorted(wanted, among[place])
            if at < wanted.size and wanted[at] == among[place]:
                places.append(place)
    return np.array(places, dtype=np.int64)


found_in: Final[Callable[..., NDArray[np.int64]]] = njit(cache=True, nogil=True)(_found)
_BITS: Final = 1 << 24


def matches(among: Digests, wanted: Digests) -> NDArray[np.int64]:
    """Return the places in ``among`` that hold a wanted digest.

    Args:
        among: shape (n,).
        wanted: sorted, shape (m,).
    """
    bits = np.zeros(_BITS, dtype=np.bool_)
    bits[(wanted & np.uint64(_BITS - 1)).astype(np.int64)] = True
    return found_in(among, bits, wanted)
