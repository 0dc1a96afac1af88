"""What every step in a version's life does: look at its state, move it, and say so in the audit."""

from datetime import datetime
from typing import Final

from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.experiments import experiment_id
from wealthloop.strategies.load import json_hash
from wealthloop.strategies.models import StrategyState, StrategyVersion
from wealthloop.strategies.repository import version_row

OVER: Final = (StrategyState.CONCLUDED, StrategyState.RETIRED)
"""States from which a version never contacts again: its content, submitted again, is a new version."""


def true_hash(row: StrategyVersion) -> str:
    """Return the hash of a version's content.

    Raises:
        Conflict: it is not the content that was submitted.
    """
    digest = json_hash(row.document)
    if digest != row.content_hash:
        raise Conflict(f"{name_of(row)}: the content is not what {row.author} submitted")
    return digest


def step(
    strategy_id: str,
    version: int,
    expected: tuple[StrategyState, ...],
    state: StrategyState,
    verb: str,
    by: str,
    now: datetime,
) -> StrategyVersion:
    """Move a version from one of the expected states to another.

    Raises:
        NotFound: no such version.
        Conflict: it is in another state.
    """
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        expect(row, expected, verb)
        move(row, state, verb, by, now)
    return row


def move(row: StrategyVersion, state: StrategyState, verb: str, by: str, now: datetime, **detail: str) -> None:
    """Save a version in a state and say who brought it there."""
    row.state = state
    row.save()
    note(row, verb, by, now, **detail)


def expect(row: StrategyVersion, states: tuple[StrategyState, ...], verb: str) -> None:
    """Refuse a step out of turn.

    Raises:
        Conflict: the version is in none of these states.
    """
    if row.state not in states:
        wanted = " or ".join(state.value for state in states)
        raise Conflict(f"{name_of(row)} is {row.state}, must be {wanted} to be {verb}")


def note(row: StrategyVersion, verb: str, by: str, now: datetime, **detail: str) -> None:
    """Write a step into the audit chain, with the hash of the content that it concerns."""
    said = {"content_hash": row.content_hash, **detail}
    audit(by, f"strategy.{verb}", object_type="strategy", object_id=name_of(row), detail=said, now=now)


def name_of(row: StrategyVersion) -> str:
    """Return how a version is called, ``strategy/v1``."""
    return experiment_id(row.strategy_id, row.version)


def need(reason: str, what: str) -> None:
    """Refuse a step that needs a reason and has none.

    Raises:
        InvalidInput: the reason is empty.
    """
    if not reason.strip():
        raise InvalidInput(f"reason is empty, {what}")
