"""A problem's folder as an instance with names: families of rows, patterns of use, menus of customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from wealthloop.allocation.general.candidates import Candidates, Texts, key_places, read_candidates
from wealthloop.allocation.general.capacities import Limit, Limits, read_capacities, read_limits
from wealthloop.allocation.general.layout import Floats, Instance, Integers, Patterns, Rows
from wealthloop.allocation.general.menus import menus_of, refuse_repeats
from wealthloop.allocation.general.units import whole_units

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
    code: Integers
    """Key of each pattern by its place in ``keys``; -1 where it uses nothing, shape (n_patterns,)."""
    amount: Floats
    """Shape (n_patterns,)."""


def read_problem(folder: Path) -> Named:
    """Return the problem of a folder.

    Raises:
        InvalidInput: something is missing or makes no sense; names the file, the row, the column and the rule.
    """
    limits, rows = read_limits(folder), read_capacities(folder)
    return named_of(limits, rows, read_candidates(folder, *resources_of(rows)))


def resources_of(rows: Sequence[Limit]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the columns of amounts that limits name, and those that say whose a resource is, with the resources."""
    keyed: dict[str, list[str]] = {}
    for row in rows:
        if row.key_column:
            keyed.setdefault(row.key_column, []).append(row.resource)
    resources = list(dict.fromkeys(row.resource for row in rows))
    return resources, {column: list(dict.fromkeys(of)) for column, of in keyed.items()}


def named_of(limits: Limits, rows: Sequence[Limit], found: Candidates) -> Named:
    """Return a problem from its parts; the candidates were read with the columns of ``resources_of``.

    Raises:
        BadRow: a candidate has a key that no limit knows, or stands there twice.
    """
    resources, keyed = resources_of(rows)
    families = _families(rows, found, resources, list(keyed))
    families.sort(key=lambda one: len(one.keys))
    sizes = np.cumsum([len(one.keys) for one in families], dtype=np.int64)
    dense = int(sizes[sizes <= _DENSE].max(initial=0))
    patterns, table = _patterns(families, found.patterns.shape[0], dense)
    menus, order, customers = menus_of(found, limits.per_customer)
    refuse_repeats(found, menus, order, customers)
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
    names = found.names[key_column].to_pylist()
    every = next((one for one in limits if not one.key), None)
    known = {one.key: one for one in limits if one.key}
    used = [str(names[k]) for k in np.unique(code[(amount > 0) & (code >= 0)]).tolist()]
    keys = list(dict.fromkeys([*known, *(key for key in used if key and every)]))
    rules = [known.get(key, every) for key in keys]
    return _Family(
        resource=resource, key_column=key_column, keys=keys,
        capacity=[one.capacity for one in rules if one], minimum=[one.minimum for one in rules if one],
        code=key_places(found, resource, amount, key_column, code, keys), amount=amount,
    )  # fmt: skip


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


def _unused(families: Sequence[_Family], uses: Integers) -> tuple[str, ...]:
    names = [f"{one.resource} {key}".strip() for one in families for key in one.keys]
    return tuple(name for name, used in zip(names, uses.tolist(), strict=True) if not used)
