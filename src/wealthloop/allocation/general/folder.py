"""A problem's folder as an instance with names: families of rows, patterns of use, menus of customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from wealthloop.allocation.general import capacities
from wealthloop.allocation.general.candidates import FILE, Candidates, Texts, read_candidates
from wealthloop.allocation.general.capacities import Limit, Limits, read_capacities, read_limits
from wealthloop.allocation.general.codes import find_repeat
from wealthloop.allocation.general.layout import Codes, Floats, Instance, Integers, Menus, Patterns, Rows, spread
from wealthloop.allocation.general.units import whole_units
from wealthloop.errors import InvalidInput

_DENSE: Final = 256
"""Rows at most that are priced together; the families with the most keys are priced key by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A problem as it was read: for the solver, and with what things are called."""

    instance: Instance
    limits: Limits
    resources: list[str]
    """Of each row."""
    keys: list[str]
    """Of each row, blank for a global one."""
    key_columns: list[str]
    """Of each row, blank for a global one."""
    order: Integers | None
    """Row of the file of each candidate; ``None`` where the file has the menus' order."""
    customers: Texts
    """Of each customer of the menus."""
    actions: Texts
    channels: Texts
    action: Integers
    """Of each pattern, by its place in ``actions``."""
    channel: Integers
    """Of each pattern, by its place in ``channels``."""
    unused: tuple[str, ...]
    """Limits that no candidate draws on."""


@dataclass(slots=True, kw_only=True)
class _Family:
    """The limits of one resource with one way to tell keys apart."""

    resource: str
    key_column: str
    keys: list[str]
    capacity: list[float]
    minimum: list[float]
    code: Floats
    """Key of each pattern by its place in ``keys``; -1 where it uses nothing, shape (n_patterns,)."""
    amount: Floats
    """Shape (n_patterns,)."""


def read_problem(folder: Path) -> Named:
    """Return the problem of a folder.

    Raises:
        InvalidInput: something is missing or makes no sense; names the file, the row, the column and the rule.
    """
    limits, rows = read_limits(folder), read_capacities(folder)
    resources = list(dict.fromkeys(row.resource for row in rows))
    keyed: dict[str, list[str]] = {}
    for row in rows:
        if row.key_column:
            keyed.setdefault(row.key_column, []).append(row.resource)
    keyed = {column: list(dict.fromkeys(of)) for column, of in keyed.items()}
    found = read_candidates(folder, resources, keyed)
    families = _families(rows, found, resources, list(keyed))
    families.sort(key=lambda one: len(one.keys))
    sizes = np.cumsum([len(one.keys) for one in families], dtype=np.int64)
    dense = int(sizes[sizes <= _DENSE].max(initial=0))
    patterns, table = _patterns(families, found.patterns.shape[0], dense)
    menus, order, customers = _menus(found, limits.per_customer)
    _refuse_repeats(found, menus, order, customers)
    return Named(
        instance=Instance(menus, patterns, table, limits.per_customer),
        limits=limits,
        resources=[one.resource for one in families for _ in one.keys],
        keys=[key for one in families for key in one.keys],
        key_columns=[one.key_column for one in families for _ in one.keys],
        order=order,
        customers=customers,
        actions=found.names["action"],
        channels=found.names["channel"],
        action=found.patterns[:, 0].astype(np.int64),
        channel=found.patterns[:, 1].astype(np.int64),
        unused=_unused(families, np.bincount(patterns.row, minlength=table.capacity.size)),
    )


def _families(rows: Sequence[Limit], found: Candidates, resources: Sequence[str], keys: Sequence[str]) -> list[_Family]:
    grouped: dict[tuple[str, str], list[Limit]] = {}
    for row in rows:
        grouped.setdefault((row.resource, row.key_column), []).append(row)
    out = []
    for (resource, key_column), limits in grouped.items():
        amount = found.patterns[:, 2 + resources.index(resource)]
        if key_column:
            code = found.patterns[:, 2 + len(resources) + keys.index(key_column)].astype(np.int64)
            out.append(_keyed(resource, key_column, limits, amount, code, found))
        else:
            place = np.where(amount > 0, 0, -1)
            one = limits[0]
            out.append(
                _Family(
                    resource=resource,
                    key_column="",
                    keys=[""],
                    capacity=[one.capacity],
                    minimum=[one.minimum],
                    code=place,
                    amount=amount,
                )
            )
    return out


def _keyed(
    resource: str, key_column: str, limits: Sequence[Limit], amount: Floats, code: Integers, found: Candidates
) -> _Family:
    names = [str(name) for name in found.names[key_column].to_pylist()]
    used = np.unique(code[amount > 0])
    if used.size and used[0] < 0:
        _unknown(found, np.flatnonzero((amount > 0) & (code < 0)), key_column, "(blank)", resource)
    every = next((one for one in limits if not one.key), None)
    known = {one.key: one for one in limits if one.key}
    place_of = np.full(len(names) + 1, -1, np.int64)
    keys, taken = list(known), dict.fromkeys(known, 0)
    for place, key in enumerate(keys):
        taken[key] = place
    for key in (names[k] for k in used.tolist()):
        if key not in taken:
            if every is None:
                _unknown(found, np.flatnonzero((amount > 0) & (code == names.index(key))), key_column, key, resource)
            taken[key] = len(keys)
            keys.append(key)
    place_of[: len(names)] = [taken.get(name, -1) for name in names]
    rules = [known.get(key, every) for key in keys]
    return _Family(
        resource=resource, key_column=key_column, keys=keys,
        capacity=[one.capacity for one in rules if one], minimum=[one.minimum for one in rules if one],
        code=np.where(amount > 0, place_of[code], -1), amount=amount,
    )  # fmt: skip


def _unknown(found: Candidates, patterns: Integers, column: str, key: str, resource: str) -> None:
    row = int(np.flatnonzero(np.isin(found.pattern, patterns))[0]) + 1
    raise InvalidInput(
        f"{FILE} row {row}, column {column} == {key}, must be a key of {resource} in {capacities.FILE}; "
        "add a row for it, or one with a blank key for every key"
    )


def _patterns(families: Sequence[_Family], n: int, dense: int) -> tuple[Patterns, Rows]:
    starts = np.cumsum([0, *(len(one.keys) for one in families)])
    there = [one.code >= 0 for one in families]
    none = np.zeros(0, np.int64)
    row = np.concatenate([none, *(s + f.code[t] for s, f, t in zip(starts, families, there, strict=False))])
    owner = np.concatenate([none, *map(np.flatnonzero, there)])
    amount = np.concatenate([np.zeros(0), *(f.amount[t] for f, t in zip(families, there, strict=True))])
    order = np.lexsort((row, owner))
    row, amount = row[order].astype(np.int32), amount[order]
    capacity = np.array([number for one in families for number in one.capacity], dtype=np.float64)
    minimum = np.array([number for one in families for number in one.minimum], dtype=np.float64)
    units, most, least = whole_units(row, amount, capacity, minimum)
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))]).astype(np.int64)
    return Patterns(start, row, amount, units), Rows(capacity, minimum, most, least, dense)


def _menus(found: Candidates, most: int) -> tuple[Menus, Integers | None, Texts]:
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


def _refuse_repeats(found: Candidates, menus: Menus, order: Integers | None, customers: Texts) -> None:
    pairs = found.patterns[:, 0] * len(found.names["channel"]) + found.patterns[:, 1]
    kinds, pair = np.unique(pairs, return_inverse=True)
    first = menus.slot[menus.first]
    at = find_repeat(first, pair.astype(np.int32), menus.pattern, np.full(kinds.size, -1, np.int64))
    if at >= 0:
        row = at if order is None else int(order[at])
        customer = customers[int(np.searchsorted(first, at, side="right")) - 1]
        codes = found.patterns[menus.pattern[at]].astype(np.int64)
        action, channel = found.names["action"][codes[0]], found.names["channel"][codes[1]]
        raise InvalidInput(
            f"{FILE} row {row + 1}: customer {customer}, action {action}, channel {channel} stands in an earlier row "
            "too, must occur once; keep the row that is meant"
        )


def _unused(families: Sequence[_Family], uses: Integers) -> tuple[str, ...]:
    names = [f"{one.resource} {key}".strip() for one in families for key in one.keys]
    return tuple(name for name, used in zip(names, uses.tolist(), strict=True) if not used)
