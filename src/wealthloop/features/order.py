"""Rows put in order by customer, by a few threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from wealthloop.features.kernel import Integers, Places, begin, count, deal

_MANY = 2**31
"""Rows from which places need 64 bits."""


def threads() -> int:
    """Return how many threads are used: the cores that this process may use, or what NUMBA_NUM_THREADS says."""
    return int(os.environ.get("NUMBA_NUM_THREADS") or len(os.sched_getaffinity(0)))


def by_customer(who: NDArray[np.int32], size: int) -> tuple[Integers, Places]:
    """Return where the rows of each customer begin once they are sorted, and the order that sorts them.

    Args:
        who: place of each row's customer, 0 to ``size`` - 1, or negative: of nobody, shape (n_rows,).
        size: how many customers there are.

    Returns:
        Shapes (size + 1,) and (rows of somebody,); rows of one customer stay in their order.
    """
    pieces = threads()
    cuts = np.linspace(0, who.size, pieces + 1).astype(int).tolist()
    counts, starts = np.zeros((pieces, size), np.int64), np.empty(size + 1, np.int64)
    with ThreadPoolExecutor(pieces) as pool:
        list(pool.map(lambda piece: count(who[cuts[piece] : cuts[piece + 1]], counts[piece]), range(pieces)))
        begin(counts, starts)
        order = np.empty(starts[-1], np.int32 if who.size < _MANY else np.int64)
        list(
            pool.map(
                lambda piece: deal(who[cuts[piece] : cuts[piece + 1]], cuts[piece], counts[piece], order),
                range(pieces),
            )
        )
    return starts, order
