"""Rule packs: every rule as data with its source, bound to the function that asks it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wealthloop.errors import DocumentError
from wealthloop.kit import content_hash
from wealthloop.policies import caps, conduct, consent, suitability, told, wording
from wealthloop.policies.finding import Finding, Parameters
from wealthloop.policies.types import Action, Cap, Facts, Stage, Text

SHIPPED: Final = Path(__file__).parent / "rules" / "china_retail.yaml"

Ask: TypeAlias = Callable[[Facts, Action, datetime, Any], Finding]

CHECKS: Final[dict[str, tuple[Ask, type[Parameters]]]] = {
    "global_stop": (conduct.global_stop, Parameters),
    "strategy_running": (conduct.strategy_running, Parameters),
    "approval": (conduct.approval, Parameters),
    "not_after": (conduct.not_after, Parameters),
    "legal_block": (conduct.legal_block, Parameters),
    "marketing": (consent.marketing, Parameters),
    "personalisation": (consent.personalisation, Parameters),
    "opt_out": (consent.opt_out, Parameters),
    "address": (consent.address, consent.AddressParameters),
    "ai_call": (conduct.ai_call, conduct.AiCallParameters),
    "machine_says_so": (wording.machine_says_so, wording.MachineParameters),
    "call_hours": (conduct.call_hours, conduct.HoursParameters),
    "bank_cap": (caps.bank_cap, caps.CapParameters),
    "own_caps": (caps.own_caps, Parameters),
    "stay_away": (told.stay_away, told.StayAwayParameters),
    "leave_category": (told.leave_category, told.DaysParameters),
    "asked_to_wait": (told.asked_to_wait, told.CodeParameters),
    "level_known": (suitability.level_known, Parameters),
    "rating_match": (suitability.rating_match, Parameters),
    "validity": (suitability.validity, suitability.ValidityParameters),
    "private_product": (suitability.private_product, suitability.PrivateParameters),
    "needs_analysis": (suitability.needs_analysis, suitability.ValidityParameters),
    "assessment_frequency": (suitability.assessment_frequency, suitability.AssessmentParameters),
    "age": (conduct.age, conduct.AgeParameters),
    "qualified_person": (conduct.qualified_person, conduct.ChannelParameters),
    "on_sale": (conduct.on_sale, Parameters),
    "approved_product": (conduct.approved_product, Parameters),
    "closing_path": (conduct.closing_path, conduct.ClosingParameters),
    "credit": (conduct.credit, Parameters),
    "equal_terms": (conduct.equal_terms, Parameters),
    "sms_form": (wording.sms_form, wording.SmsParameters),
    "marketing_words": (wording.marketing_words, wording.WordParameters),
}
"""Every check by name; a pack must use each at least once, so that a shortened file cannot loosen anything."""

CLAIM_ONLY: Final = frozenset({"global_stop", "call_hours", "machine_says_so", "sms_form", "marketing_words"})
"""Checks of the sending instant or of words that do not exist when a contact is planned."""

Part: TypeAlias = Literal["channel", "product", "contact"]
"""Of an action: its channel, its product, or anything else but whether it carries an offer and is personal."""

_CHANNEL: Final[frozenset[Part]] = frozenset({"channel"})
_PRODUCT: Final[frozenset[Part]] = frozenset({"product"})
_CONTACT: Final[frozenset[Part]] = frozenset({"contact"})

LOOKS_AT: Final[dict[str, frozenset[Part]]] = {
    "global_stop": frozenset(),
    "strategy_running": _CONTACT,
    "approval": _CONTACT,
    "not_after": _CONTACT,
    "legal_block": frozenset(),
    "marketing": _CHANNEL,
    "personalisation": _CHANNEL,
    "opt_out": _CHANNEL,
    "address": _CHANNEL,
    "ai_call": _CHANNEL,
    "machine_says_so": _CHANNEL | _CONTACT,
    "call_hours": _CHANNEL,
    "bank_cap": _CHANNEL,
    "own_caps": _CHANNEL | _CONTACT,
    "stay_away": _CHANNEL,
    "leave_category": _PRODUCT,
    "asked_to_wait": _PRODUCT,
    "level_known": _PRODUCT,
    "rating_match": _PRODUCT,
    "validity": _PRODUCT,
    "private_product": _PRODUCT | _CHANNEL,
    "needs_analysis": _PRODUCT,
    "assessment_frequency": _CONTACT,
    "age": _PRODUCT | _CHANNEL,
    "qualified_person": _PRODUCT | _CHANNEL,
    "on_sale": _PRODUCT,
    "approved_product": _PRODUCT | _CONTACT,
    "closing_path": _PRODUCT | _CONTACT,
    "credit": _CONTACT,
    "equal_terms": _CONTACT,
    "sms_form": _CHANNEL | _CONTACT,
    "marketing_words": _CHANNEL | _CONTACT,
}
"""The parts of an action that a check's answer can depend on.

Every check may look at the customer, and at whether the action carries an offer and is personal.
"""


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
    stages: tuple[Stage, ...] = Field(min_length=1)
    text: _Text
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
    text: Text
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

    def forbidden_words(self) -> tuple[str, ...]:
        """Return the words that marketing never uses."""
        held = (rule.parameters for rule in self.rules)
        return tuple(word for one in held if isinstance(one, wording.WordParameters) for word in one.forbidden)


@lru_cache(maxsize=8)
def load_pack(path: Path = SHIPPED) -> RulePack:
    """Read a rule pack; the shipped one by default.

    Raises:
        DocumentError: not readable, a rule is malformed, an id is double, or a check is left out.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: not readable ({error.strerror})") from error
    return parse_pack(data, name=path.name)


def parse_pack(data: bytes, *, name: str) -> RulePack:
    """Read a rule pack from its bytes; ``name`` is what an error calls it.

    Raises:
        DocumentError: a rule is malformed, an id is double, or a check is left out.
    """
    try:
        found = _Pack.model_validate(yaml.safe_load(data))
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
        rule_id=rule.id, text=Text(zh=rule.text.zh, en=rule.text.en), source=rule.source.title,
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


def _no_rule(rule_id: str) -> Rule:
    raise KeyError(rule_id)
