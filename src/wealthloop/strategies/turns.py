"""Whose turn a version waits for, and which steps somebody may take with it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from wealthloop.access.models import Role
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.signing import SigningRules, may_give, missing

_STEERS: Final = frozenset({Role.STRATEGY, Role.COMPLIANCE, Role.HEAD})
_WRITES: Final = frozenset({Role.STRATEGY})

Who = Literal["author", "signers", "owner", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a version's life: from which states, and by which roles; who signs is said by the home's rules."""

    states: frozenset[str]
    roles: frozenset[Role]
    needs_reason: bool = False


def _from(*states: StrategyState) -> frozenset[str]:
    return frozenset(map(str, states))


_BEFORE: Final = _from(StrategyState.DRAFT, StrategyState.CHECKED)
_ALIVE: Final = _from(StrategyState.RUNNING, StrategyState.PAUSED)
STEPS: Final[Mapping[str, Step]] = {
    "check": Step(states=_from(StrategyState.DRAFT), roles=_WRITES),
    "submit": Step(states=_BEFORE, roles=_WRITES),
    "sign": Step(states=_from(StrategyState.IN_REVIEW), roles=frozenset()),
    "reject": Step(states=_from(StrategyState.IN_REVIEW, StrategyState.APPROVED), roles=frozenset(), needs_reason=True),
    "launch": Step(states=_from(StrategyState.APPROVED), roles=_STEERS),
    "pause": Step(states=_from(StrategyState.RUNNING), roles=_STEERS),
    "resume": Step(states=_from(StrategyState.PAUSED), roles=_STEERS),
    "conclude": Step(states=_ALIVE, roles=_STEERS, needs_reason=True),
    "retire": Step(states=_from(*StrategyState) - _from(StrategyState.RETIRED), roles=_STEERS),
}
"""The steps in the order of a life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a version waits for: the step, who takes it, by name where it is one person, and the missing signatures."""

    step: str
    who: Who
    name: str = ""
    signatures: tuple[str, ...] = ()


def turn_of(row: StrategyVersion, *, is_due: bool, until: datetime | None = None) -> Turn:
    """Return whose turn it is.

    Args:
        row: the version, or how it stood (``history.versions_at``).
        is_due: its end has come (see ``ending.due``).
        until: before which signatures count; None: those of now.
    """
    owner = str(row.document["owner"])
    if row.state in _BEFORE:
        return Turn(step="submit", who="author", name=row.author)
    if row.state == StrategyState.IN_REVIEW:
        return Turn(step="sign", who="signers", signatures=missing(row, until=until))
    if row.state == StrategyState.APPROVED:
        return Turn(step="launch", who="owner", name=owner)
    if row.state in _ALIVE and is_due:
        return Turn(step="conclude", who="owner", name=owner)
    if row.state == StrategyState.PAUSED:
        return Turn(step="resume", who="owner", name=owner)
    return Turn(step="", who="nobody")


def may_take(step: str, row: StrategyVersion, *, by: str, role: str, rules: SigningRules) -> bool:
    """Say whether a person's role lets them take a step with a version, whatever its state is now."""
    if step in {"sign", "reject"}:
        signs = any(role in rules.needed.get(name, ()) for name in rules.needed if str(name) in row.needed)
        return by != row.author and signs if step == "sign" else by == row.author or signs
    return step in STEPS and role in STEPS[step].roles


def steps_of(row: StrategyVersion, *, by: str, role: str, rules: SigningRules) -> tuple[str, ...]:
    """Return the steps that a person may take with a version now, in the order of a life."""
    return tuple(
        name
        for name, step in STEPS.items()
        if row.state in step.states
        and may_take(name, row, by=by, role=role, rules=rules)
        and (name != "sign" or may_give(row, by, role, rules))
    )
