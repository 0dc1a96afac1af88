"""Hash buckets: the one way in which anything is assigned, sampled or drawn.

A bucket is a pure function of (salt, unit id), uniform on [0, 1), the same in every process and on every
engine because it is always computed here and carried as a column.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_SCALE = 2.0**-53


def bucket(salt: str, unit: str) -> float:
    """Return the bucket of one unit, in [0, 1).

    Example:
        >>> 0.0 <= bucket("salt", "C1") < 1.0
        True
        >>> bucket("salt", "C1") == bucket("salt", "C1")
        True
    """
    digest = blake2b(unit.encode(), digest_size=8, key=_key(salt)).digest()
    return (int.from_bytes(digest, "big") >> 11) * _SCALE


def buckets(salt: str, units: Iterable[str]) -> NDArray[np.float64]:
    """Return the buckets of many units, shape (n_units,), each in [0, 1)."""
    key = _key(salt)
    raw = b"".join(blake2b(unit.encode(), digest_size=8, key=key).digest() for unit in units)
    top_bits = np.frombuffer(raw, dtype=">u8").astype(np.uint64) >> np.uint64(11)
    return top_bits.astype(np.float64) * _SCALE


def _key(salt: str) -> bytes:
    return blake2b(salt.encode(), digest_size=32).digest()
