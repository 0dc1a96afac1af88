"""Mutants of a rule's parameters: a bound moved by one, a member dropped from a set or added to it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from wealthloop.bank import CATEGORIES, CHANNELS, RATINGS
from wealthloop.policies.finding import Parameters
from wealthloop.policies.suitability import REGIMES
from wealthloop.policies.types import EVERY_CHANNEL

_MINUTE: Final = timedelta(minutes=1)
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "channels": CHANNELS,
    "forbidden_channels": CHANNELS,
    "person_channels": CHANNELS,
    "closed_channels": CHANNELS,
    "needs": CHANNELS,
    "ratings_needing_a_person": RATINGS,
    "regimes": REGIMES,
    "categories": CATEGORIES,
    "closings": ("telephone",),
    "codes": ("not_interested",),
    "opt_out": ("您",),
    "says": ("您",),
    "forbidden": ("工资",),
}
"""By name of a parameter what may be added to it: every code of its kind, or a word of the cases' own texts."""


def mutated(parameters: Parameters) -> Iterator[tuple[str, Parameters]]:
    """Yield what is changed and the parameters with it, one change at a time; nothing is validated."""
    held = {name: getattr(parameters, name) for name in type(parameters).model_fields}
    for name, value in held.items():
        for said, changed in _changes(name, value):
            yield f"parameters.{name}: {said}", type(parameters).model_construct(**held | {name: changed})


def _changes(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever a parameter holds
    if isinstance(value, bool):
        yield f"{value} -> {not value}", not value
    elif isinstance(value, int):
        yield from ((f"{value} -> {value + step}", value + step) for step in (-1, 1))
    elif isinstance(value, time):
        moved = ((datetime.combine(date.min, value) + step * _MINUTE).time() for step in (-1, 1) if _has(value, step))
        yield from ((f"{value:%H:%M} -> {one:%H:%M}", one) for one in moved)
    elif isinstance(value, str):
        yield f"{value} -> nothing", ""
    elif isinstance(value, Mapping):
        yield from _of_mapping(name, value)
    else:
        yield from _of_members(value, _OTHERS[name])


def _has(value: time, step: int) -> bool:
    """Say whether a minute before or after an hour lies in the same day."""
    return not (value == time.min and step < 0)


def _of_mapping(name: str, value: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, Any]]:
    for key, members in value.items():
        yield f"{key} dropped", {other: one for other, one in value.items() if other != key}
        for said, changed in _of_members(members, _OTHERS[name]):
            yield f"{key}: {said}", {**value, key: changed}
    for key in _OTHERS[name]:
        if key not in value:
            yield f"{key} added", {**value, key: frozenset({key})}


def _of_members(value: Collection[str], others: Collection[str]) -> Iterator[tuple[str, Any]]:
    make = tuple if isinstance(value, tuple) else frozenset
    for one in sorted(value):
        yield f"{one} dropped", make(each for each in value if each != one)
    for one in () if EVERY_CHANNEL in value else others:
        if one not in value:
            yield f"{one} added", make((*value, one))
