"""Cases of every rule as data: a customer, a contact, an instant, and what the rule must answer.

A file names a customer and a contact that every rule allows; each case names only what differs from these. ``each``
stands for several cases: a path such as ``contact.channel`` with the values that it takes.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, is_dataclass
from datetime import datetime
from functools import lru_cache
from itertools import product as every
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from wealthloop.errors import DocumentError
from wealthloop.policies.finding import Finding, Parameters
from wealthloop.policies.pack import Rule
from wealthloop.policies.reading import read_yaml
from wealthloop.policies.types import Action, Facts

SHIPPED: Final = Path(__file__).parent.parent / "rules" / "cases.yaml"

Answer: TypeAlias = Literal["allowed", "forbidden", "unknown"]
"""unknown: forbidden because a fact is missing."""

_FACTS: Final = TypeAdapter(Facts)
_ACTION: Final = TypeAdapter(Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question to one rule, with its answer."""

    rule_id: str
    name: str
    """Where it stands in the file, for messages."""
    facts: Facts
    action: Action
    now: datetime
    expect: Answer
    shows: Mapping[str, str] = field(default_factory=dict)
    """Facts that the answer must name."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the rule that are otherwise in this case."""

    def ask(self, rule: Rule) -> Finding:
        """Return what a rule answers."""
        return rule.ask(self.facts, self.action, self.now, self._of(rule.parameters))

    def _of(self, parameters: Parameters) -> Parameters:
        """Return parameters with what is otherwise in this case; the rest, mutated or not, is not validated anew."""
        if not self.parameters:
            return parameters
        kind = type(parameters)
        held = {name: getattr(parameters, name) for name in kind.model_fields}
        read = kind.model_validate({**held, **self.parameters})
        return kind.model_construct(**held | {name: getattr(read, name) for name in self.parameters})

    def holds(self, found: Finding) -> bool:
        """Say whether a rule's answer is the one expected."""
        named = all(found.facts.get(name) == value for name, value in self.shows.items())
        return answer_of(found) == self.expect and named


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Case(_Document):
    expect: Answer
    customer: dict[str, Any] = {}
    contact: dict[str, Any] = {}
    now: datetime | None = None
    shows: dict[str, str] = {}
    parameters: dict[str, Any] = {}
    each: dict[str, tuple[Any, ...]] = {}


class _File(_Document):
    now: datetime
    customer: dict[str, Any]
    contact: dict[str, Any]
    cases: dict[str, tuple[_Case, ...]]


def answer_of(found: Finding) -> Answer:
    """Return a rule's answer in one word."""
    if found.allowed:
        return "allowed"
    return "unknown" if "missing" in found.facts else "forbidden"


@lru_cache(maxsize=2)
def load_cases(path: Path = SHIPPED) -> tuple[Case, ...]:
    """Read the cases of a file; the shipped ones by default.

    Raises:
        DocumentError: not readable, or a case is malformed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: not readable ({error.strerror})") from error
    return parse_cases(data, name=path.name)


def parse_cases(data: bytes, *, name: str) -> tuple[Case, ...]:
    """Read cases from a file's bytes; ``name`` is what an error calls it.

    Raises:
        DocumentError: not readable as YAML, or a case is malformed.
    """
    try:
        file = _File.model_validate(read_yaml(data))
    except yaml.YAMLError as error:
        raise DocumentError(f"{name}: not readable as YAML ({error})") from error
    except ValidationError as error:
        raise DocumentError(f"{name}: {_first(error)}") from error
    return tuple(
        _case(file, one, chosen, rule_id, f"{name}: cases.{rule_id}.{place}")
        for rule_id, several in file.cases.items()
        for place, one in enumerate(several)
        for chosen in _choices(one)
    )


def _choices(one: _Case) -> Iterator[dict[str, Any]]:
    """Yield what each of the cases that one stands for chooses, by path."""
    for values in every(*one.each.values()):
        yield dict(zip(one.each, values, strict=True))


def _case(file: _File, one: _Case, chosen: Mapping[str, Any], rule_id: str, name: str) -> Case:
    asked = {"customer": _merged(file.customer, one.customer), "contact": _merged(file.contact, one.contact)}
    for path, value in chosen.items():
        try:
            _put(asked, path, value)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise DocumentError(f"{name}.each.{path}: no such place in the case") from error
    return Case(
        rule_id=rule_id,
        name=name if not chosen else f"{name} ({', '.join(f'{path} == {value}' for path, value in chosen.items())})",
        facts=_read(_FACTS, asked["customer"], f"{name}.customer"),
        action=_read(_ACTION, asked["contact"], f"{name}.contact"),
        now=one.now or file.now,
        expect=one.expect,
        shows=one.shows,
        parameters=one.parameters,
    )


def _put(place: Any, path: str, value: object) -> None:  # noqa: ANN401 - mappings and lists
    """Put a value at a path of keys and places."""
    first, _, rest = path.partition(".")
    key = int(first) if isinstance(place, list) else first
    if rest:
        _put(place[key], rest, value)
    else:
        place[key] = value


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    found = deepcopy(dict(base))
    for key, value in change.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = _merged(found[key], value) if both else deepcopy(value)
    return found


def _read(kind: TypeAdapter[Any], given: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - what the adapter reads
    try:
        found = kind.validate_python(given)
    except ValidationError as error:
        raise DocumentError(f"{name}.{_first(error)}") from error
    strange = next(_unknown(given, found), None)
    if strange is not None:
        raise DocumentError(f"{name}.{strange}: no such fact, must be one of policies.types")
    return found


def _unknown(given: object, found: object) -> Iterator[str]:
    """Yield the paths of what was given and is no field of what was read."""
    if isinstance(given, Mapping) and is_dataclass(found):
        for key, value in given.items():
            if not hasattr(found, key):
                yield str(key)
            else:
                yield from (f"{key}.{path}" for path in _unknown(value, getattr(found, key)))
    elif isinstance(given, list) and isinstance(found, tuple):
        for place, (one, other) in enumerate(zip(given, found, strict=True)):
            yield from (f"{place}.{path}" for path in _unknown(one, other))


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
