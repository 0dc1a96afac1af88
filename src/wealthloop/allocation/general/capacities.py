"""``capacities.parquet`` and ``limits.toml``: what there is, read and checked."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from wealthloop.errors import InvalidInput

FILE: Final = "capacities.parquet"
_LIMITS: Final = "limits.toml"
_NEEDED: Final = ("resource", "kind", "capacity")
_KNOWN: Final = (*_NEEDED, "key_column", "key", "minimum")
_GAP: Final = 5e-4
_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One row of the file: how much of a resource there is, in all or for a key."""

    resource: str
    key_column: str
    """Blank for a global limit."""
    key: str
    """Blank for a global limit, or for every key that has no row of its own."""
    capacity: float
    """Infinite where there is no upper limit."""
    minimum: float
    at: int
    """Row of the file, the first is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What ``limits.toml`` says."""

    per_customer: int = 1
    gap_target: float = _GAP
    """Share of the bound at which the search for a better plan may end."""
    seconds: float = _SECONDS
    """The search for a better plan ends after these; without it a plan does not depend on the machine."""


def read_capacities(folder: Path) -> list[Limit]:
    """Return the rows of the file in its order.

    Raises:
        InvalidInput: the file is missing or a row makes no sense; names the file, the row, the column and the rule.
    """
    table = _table(folder / FILE)
    missing = [name for name in _NEEDED if name not in table.column_names]
    if missing:
        raise InvalidInput(f"{FILE}: column {missing[0]} is missing, must be there; columns are {', '.join(_KNOWN)}")
    limits = [_limit(row, at) for at, row in enumerate(table.to_pylist(), start=1)]
    seen: dict[tuple[str, str], Limit] = {}
    for limit in limits:
        other = seen.setdefault((limit.resource, limit.key if limit.key or not limit.key_column else "*"), limit)
        if other is not limit:
            what = f"resource {limit.resource}, key {limit.key or '(blank)'}"
            raise InvalidInput(f"{FILE} row {limit.at}: {what} stands in row {other.at} too, must occur once")
    return limits


def for_each_key(limits: Sequence[Limit], used: Mapping[tuple[str, str], Sequence[str]]) -> list[Limit]:
    """Return limits of which those for every key are told key by key.

    Args:
        limits: as they were read.
        used: the keys that candidates use, by key column and resource; a key with a row of its own keeps it.
    """
    own = {(one.key_column, one.resource, one.key) for one in limits}
    out: list[Limit] = []
    for one in limits:
        whose = (one.key_column, one.resource)
        every = bool(one.key_column) and not one.key
        out += [replace(one, key=key) for key in used[whose] if (*whose, key) not in own] if every else [one]
    return out


def read_limits(folder: Path) -> Limits:
    """Return what ``limits.toml`` says; what it does not name has its default.

    Raises:
        InvalidInput: the file is missing or no TOML, or a value is unknown or out of range.
    """
    path = folder / _LIMITS
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file; write per_customer = 1 into it")
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{_LIMITS}: {error}; must be TOML") from error
    unknown = sorted(found.keys() - {"per_customer", "gap_target", "seconds"})
    if unknown:
        raise InvalidInput(f"{_LIMITS}: {unknown[0]} is unknown, must be one of per_customer, gap_target, seconds")
    return Limits(**_checked(found))


def _checked(found: Mapping[str, Any]) -> dict[str, Any]:
    per_customer = found.get("per_customer", 1)
    if type(per_customer) is not int or per_customer < 1:
        raise InvalidInput(f"{_LIMITS}: per_customer == {per_customer}, must be a whole number of at least 1")
    for name in ("gap_target", "seconds"):
        given = found.get(name, 0.0)
        if type(given) not in (int, float) or not math.isfinite(given) or given < 0:
            raise InvalidInput(f"{_LIMITS}: {name} == {given}, must be a number that is finite and not negative")
    return dict(found)


def _table(path: Path) -> pa.Table:
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file; a problem is a folder with candidates, capacities and limits")
    try:
        return pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: {error}; must be a Parquet file") from error


def _limit(row: Mapping[str, Any], at: int) -> Limit:
    texts = {
        name: "" if row.get(name) is None else str(row[name]) for name in ("resource", "kind", "key_column", "key")
    }
    _rule(at, "resource", texts["resource"], bool(texts["resource"]), "must be a column of candidates.parquet")
    _rule(at, "kind", texts["kind"], texts["kind"] in ("global", "per_key"), "must be global or per_key")
    keyed = texts["kind"] == "per_key"
    _rule(at, "key_column", texts["key_column"], bool(texts["key_column"]) or not keyed, "must name a column")
    for name in ("key_column", "key"):
        _rule(at, name, texts[name], keyed or not texts[name], "must be blank where kind is global")
    capacity = _number(row.get("capacity"), math.inf, at, "capacity")
    minimum = _number(row.get("minimum"), 0.0, at, "minimum")
    _rule(at, "capacity", capacity, capacity >= 0, "must not be negative; nothing at all is 0, no limit is blank")
    _rule(at, "minimum", minimum, 0 <= minimum < math.inf, "must be finite and not negative; none is 0 or blank")
    return Limit(
        resource=texts["resource"], key_column=texts["key_column"], key=texts["key"], capacity=capacity,
        minimum=minimum, at=at,
    )  # fmt: skip


def _number(found: object, blank: float, at: int, column: str) -> float:
    if found is None:
        return blank
    number = float(found) if isinstance(found, int | float) else math.nan
    _rule(at, column, found, not math.isnan(number), "must be a number; leave it blank if there is none")
    return number


def _rule(at: int, column: str, found: object, holds: bool, rule: str) -> None:  # noqa: FBT001 - a rule holds or not
    if not holds:
        raise InvalidInput(f"{FILE} row {at}, column {column} == {found!r}, {rule}")
