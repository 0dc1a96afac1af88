"""Common random numbers: every draw is keyed by (seed, stream, day, customer), never by what anyone does."""

from hashlib import blake2b
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

BIRTH = 0
"""The day under which everything is drawn that customers are born with."""


class Draws:
    """Uniform and normal numbers, one a customer, from a counter-based generator (Philox).

    The i-th number of a (stream, day) belongs to customer i, so that it does not change with the number of
    customers, with the order in which streams are read, or with any action in the world.
    """

    def __init__(self, *, seed: int, customers: int) -> None:
        self._seed = seed
        self.customers = customers

    def uniform(self, stream: str, day: int = BIRTH) -> Floats:
        """Return uniform numbers in [0, 1), shape (n_customers,)."""
        return self._generator(stream, day).random(self.customers)

    def normal(self, stream: str, day: int = BIRTH) -> Floats:
        """Return standard normal numbers, shape (n_customers,)."""
        return normal(self.uniform(stream, day))

    def shared(self, stream: str, day: int, size: int) -> Floats:
        """Return uniform numbers that belong to the whole world, such as the market's, shape (size,)."""
        return self._generator(stream, day).random(size)

    def _generator(self, stream: str, day: int) -> np.random.Generator:
        digest = blake2b(stream.encode(), digest_size=16, key=str(self._seed).encode()).digest()
        key = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, day, 0, 0], dtype=np.uint64)))


def normal(uniform: Floats) -> Floats:
    """Return the standard normal numbers of uniform ones, finite at both ends."""
    turned: Floats = ndtri(np.clip(uniform, 1e-12, 1.0 - 1e-12))
    return turned
