"""Trees packed into bit masks and walked for many rows at a time.

Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees", SIGIR
2015: a node that sends a row to the right strikes out the leaves to its left; the first leaf that is left is the row's.
Rows go block by block, so that the codes of a block stay in the processor's cache and each step is the same for all.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wealthloop.scoring.forest.codes import Codes, Coding
from wealthloop.scoring.forest.read import CannotRead, Tree
from wealthloop.scoring.types import Floats

Integers: TypeAlias = NDArray[np.int64]
Masks: TypeAlias = NDArray[Any]
"""Unsigned whole numbers."""

_MOST_LEAVES: Final = 64
_BLOCK: Final = 1024
"""Rows that are walked together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Trees of some models, one behind the other."""

    first_tree: NDArray[np.int64]
    """The first tree of each model, and the end, shape (n_models + 1,)."""
    first_node: NDArray[np.int64]
    """The first node of each tree, and the end, shape (n_trees + 1,)."""
    column: NDArray[np.int64]
    """The coded column of each node, shape (n_nodes,)."""
    code: NDArray[np.int64]
    """The largest code that goes left, shape (n_nodes,)."""
    mask: Masks
    """The leaves that stay when a row goes right, a bit each, in the fewest bits that hold them; shape (n_nodes,)."""
    first_leaf: NDArray[np.int64]
    """The first leaf of each tree in ``value``, shape (n_trees,)."""
    value: Floats

    def margins(self, codes: Codes, *, threads: int = 1) -> Floats:
        """Return the sum of each model's trees, shape (n_rows, n_models).

        Args:
            codes: of ``Coding.apply``.
            threads: how many share the rows.
        """
        n_rows = codes.shape[1]
        out = np.zeros((len(self.first_tree) - 1, n_rows))
        cuts = np.linspace(0, n_rows, threads + 1).astype(int).tolist()

        def piece(first: int, last: int) -> None:
            _walk(
                codes, first, last, self.first_tree, self.first_node, self.column, self.code.astype(codes.dtype),
                self.mask, ~self.mask.dtype.type(0), _LOWEST, self.first_leaf, self.value, out,
            )  # fmt: skip

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(piece, cuts[:-1], cuts[1:]))
        return out.T


def pack(models: Sequence[Sequence[Tree]], coding: Coding) -> Forest:
    """Pack the trees of some models.

    Raises:
        CannotRead: a tree has more than 64 leaves.
    """
    place = {pair: at for at, pair in enumerate(zip(coding.source, coding.nan_left, strict=True))}
    columns: list[int] = []
    codes: list[int] = []
    masks: list[int] = []
    first_tree, first_node, first_leaf, values = [0], [0], [], []
    n_leaves, most = 0, 1
    for trees in models:
        for tree in trees:
            if len(tree.value) > _MOST_LEAVES:
                raise CannotRead(f"a tree of {len(tree.value)} leaves, at most {_MOST_LEAVES} are scored")
            order, struck = _in_order(tree)
            most = max(most, len(order))
            for node in range(len(tree.feature)):
                at = place[int(tree.feature[node]), bool(tree.nan_left[node])]
                columns.append(at)
                codes.append(int(np.searchsorted(coding.thresholds[at], tree.threshold[node], side="left")) + 1)
                masks.append(~struck[node] & (2**64 - 1))
            first_node.append(len(columns))
            first_leaf.append(n_leaves)
            values.append(tree.value[order])
            n_leaves += len(order)
        first_tree.append(len(first_leaf))
    return Forest(
        first_tree=np.array(first_tree, dtype=np.int64), first_node=np.array(first_node, dtype=np.int64),
        column=np.array(columns, dtype=np.int64), code=np.array(codes, dtype=np.int64),
        mask=np.array(masks, dtype=np.uint64).astype(_masks_of(most)), first_leaf=np.array(first_leaf, dtype=np.int64),
        value=np.concatenate([np.zeros(0), *values]),
    )  # fmt: skip


def _masks_of(most: int) -> type[np.unsignedinteger[Any]]:
    """Return the smallest type with a bit for each of so many leaves."""
    return next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if most <= np.iinfo(kind).bits)


def _in_order(tree: Tree) -> tuple[list[int], list[int]]:
    """Return the leaves from left to right, and of each node the bits of the leaves in its left branch."""
    order: list[int] = []
    struck = [0] * len(tree.feature)

    def visit(child: int) -> None:
        if child < 0:
            order.append(-1 - child)
            return
        first = len(order)
        visit(int(tree.left[child]))
        struck[child] = (1 << len(order)) - (1 << first)
        visit(int(tree.right[child]))

    visit(0 if len(tree.feature) else -1)
    return order, struck


def _strike_out(left: Masks, ours: Codes, most: int, stays: int, everything: int) -> None:
    """Strike out the leaves to the left of a node for the rows that it sends to the right."""
    for row in range(ours.size):
        left[row] = left[row] & (stays if ours[row] > most else everything)


def _collect(out: Floats, left: Masks, value: Floats, lowest: NDArray[np.int8]) -> None:
    """Add the value of the first leaf that each row has left."""
    for row in range(out.size):
        bits, place = left[row], 0
        while bits & 65535 == 0:
            bits >>= 16
            place += 16
        out[row] += value[place + lowest[bits & 65535]]


def _collect_small(out: Floats, left: Masks, value: Floats, lowest: NDArray[np.int8]) -> None:
    """Do the same where masks have at most 16 bits."""
    for row in range(out.size):
        out[row] += value[lowest[left[row]]]


strike_out: Final = njit(cache=True, nogil=True)(_strike_out)
collect: Final = njit(cache=True, nogil=True)(_collect)
collect_small: Final = njit(cache=True, nogil=True)(_collect_small)


def _walk_rows(  # noqa: PLR0917 - one loop, compiled as a whole
    codes: Codes, first: int, last: int, first_tree: Integers, first_node: Integers, column: Integers, code: Codes,
    mask: Masks, everything: int, lowest: NDArray[np.int8], first_leaf: Integers, value: Floats, out: Floats,
) -> None:  # fmt: skip
    """Add each model's trees to ``out``, shape (n_models, n_rows), for rows ``first`` to ``last`` - 1.

    ``everything`` is a mask with every bit set, ``lowest`` the place of the lowest bit that is set of any 16.
    """
    left, small = np.empty(_BLOCK, mask.dtype), mask.itemsize <= 2
    for start in range(first, last, _BLOCK):
        size = min(_BLOCK, last - start)
        for model in range(first_tree.size - 1):
            total = out[model, start : start + size]
            for tree in range(first_tree[model], first_tree[model + 1]):
                left[:] = everything
                for node in range(first_node[tree], first_node[tree + 1]):
                    ours = codes[column[node], start : start + size]
                    strike_out(left, ours, code[node], mask[node], everything)
                if small:
                    collect_small(total, left, value[first_leaf[tree] :], lowest)
                else:
                    collect(total, left, value[first_leaf[tree] :], lowest)


def _lowest_bits() -> NDArray[np.int8]:
    """Return the place of the lowest bit that is set of every number of 16 bits; of 0, 0."""
    numbers = np.arange(1 << 16)
    found = np.zeros(1 << 16, np.int8)
    for place in range(15, -1, -1):
        found[(numbers >> place) & 1 == 1] = place
    return found


_LOWEST: Final = _lowest_bits()
_walk: Final[Callable[..., None]] = njit(cache=True, nogil=True)(_walk_rows)
