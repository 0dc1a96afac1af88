"""What one rule's function answers, and the parameters that it may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from wealthloop.policies.types import Text


class Stricter(StrEnum):
    """Which way a parameter becomes stricter; every parameter says it, so that no bank's pack relaxes the law."""

    LOWER = "lower"
    """A smaller number or an earlier hour."""
    HIGHER = "higher"
    MORE = "more"
    """More members: what is forbidden, or where a rule holds."""
    FEWER = "fewer"
    """Fewer members: what is exempt, or what satisfies the rule."""
    SAME = "same"
    """Neither: it must stay as it is."""
    FREE = "free"
    """The law leaves it to the bank."""


class Parameters(BaseModel):
    """The parameters of a rule, each annotated with ``Stricter``; a rule without any uses this empty one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's answer before it carries the rule's id."""

    allowed: bool
    reason: Text
    facts: Mapping[str, str] = field(default_factory=dict)


def yes(zh: str, en: str, **facts: object) -> Finding:
    """Answer: allowed."""
    return _finding(zh, en, allowed=True, facts=facts)


def no(zh: str, en: str, **facts: object) -> Finding:
    """Answer: not allowed."""
    return _finding(zh, en, allowed=False, facts=facts)


def missing(zh: str, en: str) -> Finding:
    """Answer: not allowed, because a fact that the rule needs is not known (I7)."""
    return Finding(allowed=False, reason=Text(zh=f"缺少事实：{zh}", en=f"missing fact: {en}"), facts={"missing": en})


def _finding(zh: str, en: str, *, allowed: bool, facts: Mapping[str, object]) -> Finding:
    if not facts:
        return _without_facts(zh, en, allowed=allowed)
    return Finding(allowed=allowed, reason=Text(zh=zh, en=en), facts=_shown(facts))


@lru_cache(maxsize=1024)
def _without_facts(zh: str, en: str, *, allowed: bool) -> Finding:
    """Return one value for one answer: it is given a hundred thousand times a night, and never changed."""
    return Finding(allowed=allowed, reason=Text(zh=zh, en=en))


def _shown(facts: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in facts.items()}
