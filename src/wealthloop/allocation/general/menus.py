"""Candidates as they were read, laid out by customer and slot."""

from typing import Any

import numpy as np

from wealthloop.allocation.general.candidates import BadRow, Candidates, Texts
from wealthloop.allocation.general.codes import find_repeat
from wealthloop.allocation.general.layout import Codes, Floats, Integers, Menus, spread


def menus_of(found: Candidates, most: int) -> tuple[Menus, Integers | None, Texts]:
    """Return candidates by customer, the row of each (``None`` where rows have that order), and the customers.

    Args:
        found: the candidates as they were read.
        most: how many a customer may get; where more than one, of a channel one at most.
    """
    coded: Any = found.heads.dictionary_encode()
    of_run = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    customers = len(coded.dictionary)
    order, first = None, found.begins
    if customers != of_run.size:
        runs = np.argsort(of_run, kind="stable")
        order, _ = spread(found.begins, runs)
        counts = np.bincount(of_run, np.diff(found.begins), customers).astype(np.int64)
        first = np.concatenate([[0], np.cumsum(counts)])
    value, pattern = (found.value, found.pattern) if order is None else (found.value[order], found.pattern[order])
    if most == 1:
        return Menus(value, pattern, first, np.arange(customers + 1)), order, coded.dictionary
    return _by_channel(found, value, pattern, first, order, coded.dictionary)


def _by_channel(
    found: Candidates, value: Floats, pattern: Codes, first: Integers, order: Integers | None, customers: Texts
) -> tuple[Menus, Integers | None, Texts]:
    """Lay each customer's candidates out by channel: of a channel a customer gets one at most."""
    channels = len(found.names["channel"])
    slot = np.repeat(np.arange(len(customers)), np.diff(first)) * channels
    slot += found.patterns[:, 1].astype(np.int64)[pattern]
    turn = np.argsort(slot, kind="stable")
    begins = np.flatnonzero(np.diff(slot[turn], prepend=-1))
    of_slot = slot[turn][begins] // channels
    starts = np.concatenate([[0], np.cumsum(np.bincount(of_slot, minlength=len(customers)))]).astype(np.int64)
    menus = Menus(value[turn], pattern[turn], np.append(begins, value.size), starts)
    return menus, turn if order is None else order[turn], customers


def refuse_repeats(found: Candidates, menus: Menus, order: Integers | None, customers: Texts) -> None:
    """Refuse a candidate that stands there twice.

    Raises:
        BadRow: names the second of the two.
    """
    pairs = found.patterns[:, 0] * len(found.names["channel"]) + found.patterns[:, 1]
    kinds, pair = np.unique(pairs, return_inverse=True)
    first = menus.slot[menus.first]
    at = find_repeat(first, pair.astype(np.int32), menus.pattern, np.full(kinds.size, -1, np.int64))
    if at >= 0:
        row = at if order is None else int(order[at])
        customer = customers[int(np.searchsorted(first, at, side="right")) - 1]
        codes = found.patterns[menus.pattern[at]].astype(np.int64)
        action, channel = found.names["action"][codes[0]], found.names["channel"][codes[1]]
        said = " stands in an earlier row too, must occur once; keep the row that is meant"
        raise BadRow(row, said, f": customer {customer}, action {action}, channel {channel}")
