"""The facts that a rule looks at: it is handed the customer and the contact as things that note what is read."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from wealthloop.policies.pack import Rule, RulePack
from wealthloop.policies.types import Action, Facts, RuleHit, Stage

LOOKED_AHEAD: Final = 400
"""Days over which it is asked when a rule would allow what it forbids now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One rule's answer with everything that it looked at."""

    rule: Rule
    hit: RuleHit
    used: Mapping[str, object]
    """By path, such as ``customer.suitability.level``, in the order in which it was looked at."""
    opens_on: date | None
    """The first day on which the rule would allow it if nothing else changed; None where it allows, or time is no
    help within ``LOOKED_AHEAD`` days."""


class _Noted:
    """Stands for a value and takes note of what is read of it."""

    def __init__(self, value: object, path: str, notes: dict[str, object]) -> None:
        self._value, self._path, self._notes = value, path, notes

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the value has
        found = getattr(self._value, name)
        path = f"{self._path}.{name}"
        if callable(found):
            return found
        if is_dataclass(found):
            return _Noted(found, path, self._notes)
        self._notes.setdefault(path, found)
        return found


def answered(facts: Facts, action: Action, *, now: datetime, pack: RulePack, stage: Stage) -> tuple[Answered, ...]:
    """Ask the rules of a stage as ``screen`` does, and say what each looked at and when time alone would help."""
    return tuple(_answered(rule, facts, action, now) for rule in pack.rules if stage in rule.stages)


def _answered(rule: Rule, facts: Facts, action: Action, now: datetime) -> Answered:
    notes: dict[str, object] = {}
    noted = cast("Facts", _Noted(facts, "customer", notes)), cast("Action", _Noted(action, "contact", notes))
    found = rule.ask(*noted, now, rule.parameters)
    return Answered(
        rule=rule,
        hit=RuleHit(rule_id=rule.rule_id, allowed=found.allowed, reason=found.reason, facts=found.facts),
        used=notes,
        opens_on=None if found.allowed else _opens(rule, facts, action, now),
    )


def _opens(rule: Rule, facts: Facts, action: Action, now: datetime) -> date | None:
    later = (now + timedelta(days=days) for days in range(1, LOOKED_AHEAD + 1))
    opens = (one for one in later if rule.ask(facts, action, one, rule.parameters).allowed)
    return next((facts.day(one) for one in opens), None)
