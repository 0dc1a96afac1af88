"""Documents of tags: states, named facts, thresholds, and the transitions between states, as data."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wealthloop.errors import DocumentError
from wealthloop.kit import content_hash

FOLDER: Final = Path(__file__).parent.parent / "tags"
"""Where the shipped definitions lie, one file a tag."""

Clock: TypeAlias = Literal["month", "day"]
"""What makes a step: a month of balances, or the evening of the day itself."""
Bounds: TypeAlias = dict[str, float]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_NUMERIC: Final = ("at_least", "above", "at_most", "below")


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Text(_Document):
    """A sentence in both languages; ``{name}`` stands for the value of a fact or a threshold."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class FactFrom(_Document):
    """Where a fact comes from: a feature of the catalogue, or a fact that ``insight.facts`` makes."""

    feature: str | None = None
    made: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.feature is None) == (self.made is None):
            raise ValueError("must name a feature or a made fact, one of the two")
        return self


class Comparison(_Document):
    """One comparison of a fact; a fact that is not known meets none but ``known: false``."""

    fact: _Name
    at_least: float | str | None = None
    above: float | str | None = None
    at_most: float | str | None = None
    below: float | str | None = None
    is_in: tuple[str, ...] = ()
    """Lower-case words, one of which a text must be."""
    known: bool | None = None

    @property
    def operator(self) -> str:
        """The one comparison that is given."""
        return self._given[0]

    @property
    def bound(self) -> float | str | None:
        """The number or the name of a threshold to compare with, None where the comparison needs none."""
        found: float | str | None = getattr(self, self.operator) if self.operator in _NUMERIC else None
        return found

    @property
    def _given(self) -> list[str]:
        numeric = [name for name in _NUMERIC if getattr(self, name) is not None]
        return numeric + ["is_in"] * bool(self.is_in) + ["known"] * (self.known is not None)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self._given) != 1:
            raise ValueError(f"must have one of {', '.join(_NUMERIC)}, is_in, known")
        return self


class State(_Document):
    """A state; a hidden one is passed through on the way and never shown."""

    name: _Name
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    hidden: bool = False


class Transition(_Document):
    """From some states (empty: from any) to one, at steps of a clock, while every comparison of ``when`` holds."""

    to: str
    start: tuple[str, ...] = Field(default=(), alias="from")
    each: Clock = "day"
    """The clock at whose steps it is looked at."""
    when: tuple[Comparison, ...] = ()
    patience: int = Field(default=1, ge=1)
    """Steps in a row for which ``when`` must hold, counted from the entry into the state that is left."""
    best: tuple[Comparison, ...] = ()
    """Compared with the highest value of each fact in those steps; only facts that ``when`` looks at too."""
    why: Text


class Definition(_Document):
    """A tag: at each step the first transition that holds is taken; where none does, the state stays."""

    tag: _Name
    version: int = Field(ge=1)
    title: Text
    thresholds: dict[_Name, float] = Field(default_factory=dict)
    facts: dict[_Name, FactFrom]
    states: tuple[State, ...] = Field(min_length=2)
    start: str
    transitions: tuple[Transition, ...] = Field(min_length=1)
    waiting: Text | None = None
    """What is said while ``{run}`` of ``{patience}`` steps towards another state have passed."""
    digest: str = ""
    """Of the file's bytes."""

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each state by name."""
        return {state.name: place for place, state in enumerate(self.states)}

    def state(self, name: str) -> State:
        """Return a state by name.

        Raises:
            KeyError: there is none.
        """
        return self.states[self.places[name]]

    def number(self, bound: float | str | None) -> float:
        """Return a bound as a number: itself, or the threshold of that name; NaN where none is needed."""
        if bound is None:
            return float("nan")
        return self.thresholds[bound] if isinstance(bound, str) else bound

    @model_validator(mode="after")
    def _named(self) -> Self:
        _refuse("states", [state.name for state in self.states], unique=True)
        known = {state.name for state in self.states}
        _refuse("start", [self.start], within=known)
        for place, transition in enumerate(self.transitions):
            where = f"transitions.{place}"
            _refuse(where, [transition.to, *transition.start], within=known)
            for one in (*transition.when, *transition.best):
                _refuse(where, [one.fact], within=set(self.facts))
                _refuse(where, [one.bound] if isinstance(one.bound, str) else [], within=set(self.thresholds))
            counted = {one.fact for one in transition.when} if transition.patience > 1 else set()
            _refuse(f"{where}.best", [one.fact for one in transition.best], within=counted)
        last = self.transitions[-1]
        if any(state.hidden for state in self.states) and (last.when or last.start or self.state(last.to).hidden):
            raise ValueError("transitions: the last must lead from any state to one that is shown, as some are hidden")
        return self


def _refuse(where: str, names: list[str], *, within: set[str] | None = None, unique: bool = False) -> None:
    double = sorted({name for name in names if names.count(name) > 1}) if unique else []
    foreign = sorted(set(names) - within) if within is not None else []
    if double or foreign:
        raise ValueError(f"{where}: {', '.join(double or foreign)} {'is double' if double else 'is not declared'}")


@lru_cache(maxsize=64)
def load_definition(path: Path) -> Definition:
    """Read a definition.

    Raises:
        DocumentError: not readable, or not valid; the message names the file and the path within it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: not readable ({error.strerror})") from error
    return parse_definition(data, name=path.name)


def parse_definition(data: bytes, *, name: str) -> Definition:
    """Read a definition from its bytes; ``name`` is what an error calls it.

    Raises:
        DocumentError: it is not valid; the message names the path within it.
    """
    try:
        found: Any = yaml.safe_load(data)
        read = Definition.model_validate(found)
    except yaml.YAMLError as error:
        raise DocumentError(f"{name}: not readable as YAML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DocumentError(f"{name}: {where + ': ' if where else ''}{first['msg']}") from error
    return read.model_copy(update={"digest": content_hash(data)[:16]})
