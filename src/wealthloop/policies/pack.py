"""Rule packs: every rule as data with its source, bound to the function that asks it."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wealthloop.errors import DocumentError
from wealthloop.kit import Home, content_hash
from wealthloop.policies import caps, gifts, wording
from wealthloop.policies.checks import CHECKS, CLAIM_ONLY, LOOKS_AT, Ask, Part
from wealthloop.policies.finding import Parameters
from wealthloop.policies.reading import read_yaml
from wealthloop.policies.relaxed import relaxed
from wealthloop.policies.types import Cap, Stage, Text

OWN: Final = "rules.yaml"
"""A home's own rule pack, beside its ``home.toml``."""

Kind: TypeAlias = Literal["legal", "bank"]
"""legal: of a law or a regulator, which no bank's own pack can relax; bank: of the bank's policy."""

SHIPPED: Final = Path(__file__).parent / "rules" / "china_retail.yaml"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Text(_Document):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class _Source(_Document):
    title: str = Field(min_length=1)
    article: str = Field(min_length=1)


class _Rule(_Document):
    id: str = Field(pattern=r"^[A-Z]{2}-\d{2}$")
    check: str
    kind: Kind
    stages: tuple[Stage, ...] = Field(min_length=1)
    text: _Text
    remedy: _Text
    source: _Source
    in_force_from: date | None = None
    status: Literal["confirmed", "secondary"]
    parameters: dict[str, Any] = Field(default_factory=dict)


class _Pack(_Document):
    id: str
    version: int
    rules: tuple[_Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule with its citation, bound to the function that asks it."""

    rule_id: str
    check: str
    kind: Kind
    text: Text
    remedy: Text
    """What would have to change where it forbids."""
    source: str
    article: str
    in_force_from: date | None
    status: Literal["confirmed", "secondary"]
    """secondary: a parameter was seen only in secondary sources and awaits the bank's confirmation."""
    stages: frozenset[Stage]
    looks_at: frozenset[Part]
    ask: Ask
    parameters: Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """The rules that a bank contacts under."""

    pack_id: str
    version: int
    digest: str
    """Of the file's bytes; stands in the run's inputs."""
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by id.

        Raises:
            KeyError: the pack has no such rule.
        """
        return next((rule for rule in self.rules if rule.rule_id == rule_id), None) or _no_rule(rule_id)

    def caps(self) -> tuple[Cap, ...]:
        """Return the bank's own contact caps."""
        return tuple(rule.parameters.cap() for rule in self.rules if isinstance(rule.parameters, caps.CapParameters))

    def gifts(self) -> tuple[tuple[Rule, frozenset[str]], ...]:
        """Return the rules that say what no gift may sell, each with its product categories."""
        held = ((rule, rule.parameters) for rule in self.rules)
        return tuple((rule, one.categories) for rule, one in held if isinstance(one, gifts.GiftParameters))

    def forbidden_words(self) -> tuple[str, ...]:
        """Return the words that marketing never uses."""
        held = (rule.parameters for rule in self.rules)
        return tuple(word for one in held if isinstance(one, wording.WordParameters) for word in one.forbidden)


@lru_cache(maxsize=8)
def load_pack(path: Path = SHIPPED) -> RulePack:
    """Read a rule pack; the shipped one by default.

    Raises:
        DocumentError: not readable, or one of the faults that ``parse_pack`` names.
    """
    return _pack(_bytes(path), path.name) if path == SHIPPED else parse_pack(_bytes(path), name=path.name)


def pack_of(home: Home) -> RulePack:
    """Return the rules of a home: its own (``rules.yaml`` in its folder), or the shipped ones.

    Raises:
        DocumentError: its file is not readable, or one of the faults that ``parse_pack`` names.
    """
    own = home.root / OWN
    return parse_pack(_bytes(own), name=own.name) if own.exists() else load_pack()


def parse_pack(data: bytes, *, name: str) -> RulePack:
    """Read a bank's own rule pack from its bytes; ``name`` is what an error calls it.

    Raises:
        DocumentError: a rule is malformed, an id is double, a check is left out, or a legal rule of the shipped pack
            is missing or relaxed.
    """
    found = _pack(data, name)
    _refuse_relaxed(found, load_pack(), name)
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: not readable ({error.strerror})") from error


def _pack(data: bytes, name: str) -> RulePack:
    try:
        found = _Pack.model_validate(read_yaml(data))
        rules = tuple(_bind(rule, name) for rule in found.rules)
    except yaml.YAMLError as error:
        raise DocumentError(f"{name}: not readable as YAML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    _refuse_gaps(found, name)
    return RulePack(pack_id=found.id, version=found.version, digest=content_hash(data), rules=rules)


def _bind(rule: _Rule, name: str) -> Rule:
    if rule.check not in CHECKS:
        raise DocumentError(f"{name}: rule {rule.id}: check == {rule.check}, must be one of {', '.join(CHECKS)}")
    ask, parameters = CHECKS[rule.check]
    try:
        bound = parameters.model_validate(rule.parameters)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DocumentError(f"{name}: rule {rule.id}: parameters.{where}: {first['msg']}") from error
    return Rule(
        rule_id=rule.id, check=rule.check, kind=rule.kind, text=Text(zh=rule.text.zh, en=rule.text.en),
        remedy=Text(zh=rule.remedy.zh, en=rule.remedy.en),
        source=rule.source.title,
        article=rule.source.article, in_force_from=rule.in_force_from, status=rule.status,
        stages=frozenset(rule.stages), looks_at=LOOKS_AT[rule.check], ask=ask, parameters=bound,
    )  # fmt: skip


def _refuse_gaps(pack: _Pack, name: str) -> None:
    ids = [rule.id for rule in pack.rules]
    double = sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1})
    if double:
        raise DocumentError(f"{name}: rule ids must be unique, these are not: {', '.join(double)}")
    for check in CHECKS:
        stages = {stage for rule in pack.rules if rule.check == check for stage in rule.stages}
        needed = {"claim"} if check in CLAIM_ONLY else {"plan", "claim"}
        if not needed <= stages:
            raise DocumentError(f"{name}: check {check} must be asked at {' and '.join(sorted(needed - stages))}")


def _refuse_relaxed(pack: RulePack, law: RulePack, name: str) -> None:
    """Refuse a pack in which a legal rule of the shipped one is gone, asked less often or looser."""
    held = {rule.rule_id: rule for rule in pack.rules}
    for rule in law.rules:
        if rule.kind != "legal":
            continue
        mine = held.get(rule.rule_id)
        if mine is None or (mine.check, mine.kind) != (rule.check, "legal") or not rule.stages <= mine.stages:
            asked = " and ".join(sorted(rule.stages))
            raise DocumentError(
                f"{name}: rule {rule.rule_id} is legal and must stand with check: {rule.check}, kind: legal and "
                f"stages {asked} ({rule.source}, {rule.article})"
            )
        looser = relaxed(mine.parameters, rule.parameters)
        if looser is not None:
            raise DocumentError(f"{name}: rule {rule.rule_id} is legal and can be tightened only: {looser}")


def _no_rule(rule_id: str) -> Rule:
    raise KeyError(rule_id)
