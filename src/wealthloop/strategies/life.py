"""The life of a strategy version: submitted, approved by others, launched, paused, resumed, concluded, retired.

A version never changes (I11): an edited document is a new version with an approval of its own, bound to the hash of
its content (I17). Every step is audited.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from wealthloop.errors import Conflict, InvalidInput
from wealthloop.experiments import Arm, experiment_id
from wealthloop.policies.types import Approval
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import parse_strategy
from wealthloop.strategies.models import StrategyState, StrategyVersion, Verdict
from wealthloop.strategies.moves import expect, move, name_of, need, step, true_hash
from wealthloop.strategies.repository import held_in, version_row
from wealthloop.strategies.review import approve, check, draft, handed_in, reject, sign, submit
from wealthloop.strategies.signing import missing

__all__ = [
    "HOLDS",
    "Running",
    "approve",
    "check",
    "conclude",
    "draft",
    "handed_in",
    "launch",
    "launched",
    "pause",
    "reject",
    "resume",
    "retire",
    "running",
    "sign",
    "submit",
]

_MAY_LAUNCH: Final = (StrategyState.APPROVED,)
HOLDS: Final = (StrategyState.RUNNING, StrategyState.PAUSED)
"""States of a version that has been launched and has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A version that contacts."""

    strategy_id: str
    version: int
    document: Strategy
    approval: Approval
    launched_on: date

    @property
    def experiment(self) -> str:
        """The id under which customers draw their arms."""
        return experiment_id(self.strategy_id, self.version)

    @property
    def last_day(self) -> date | None:
        """The last day on which it plans a contact by its ``stop.max_days``; None where it sets none."""
        days = self.document.stop.max_days
        return None if days is None else self.launched_on + timedelta(days=days - 1)

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, in the document's order."""
        return self.document.experiment_arms


def launch(strategy_id: str, version: int, by: str, now: datetime, *, on: date) -> StrategyVersion:
    """Let an approved version contact from a day on; an older version of the strategy retires with it.

    Raises:
        NotFound: no such version.
        Conflict: it is not approved, or its content is not what was approved.
        DocumentError: its document has no success criterion, no control, or breaks another rule of today.
    """
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        expect(row, _MAY_LAUNCH, "launched")
        if row.approved_hash != true_hash(row) or missing(row):
            raise Conflict(f"{name_of(row)}: the content is not what {row.approved_by} approved")
        parse_strategy(row.document)
        for older in StrategyVersion.objects.filter(strategy_id=strategy_id, state__in=HOLDS):
            move(older, StrategyState.RETIRED, "retired", by, now)
        row.launched_on = on
        move(row, StrategyState.RUNNING, "launched", by, now)
    return row


def pause(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Stop a running version from contacting; what is queued is suppressed when it is claimed.

    Raises:
        NotFound: no such version.
        Conflict: it is not running.
    """
    return step(strategy_id, version, (StrategyState.RUNNING,), StrategyState.PAUSED, "paused", by, now)


def resume(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Let a paused version contact again.

    Raises:
        NotFound: no such version.
        Conflict: it is not paused.
    """
    return step(strategy_id, version, (StrategyState.PAUSED,), StrategyState.RUNNING, "resumed", by, now)


def conclude(strategy_id: str, version: int, verdict: str, by: str, now: datetime, reason: str) -> StrategyVersion:
    """Say what a version has shown: it contacts nobody any more, and its report stays.

    Args:
        strategy_id: the strategy.
        version: its version; a winner goes on as a new version, with signatures of its own.
        verdict: ``won``, ``lost`` or ``inconclusive``.
        by: who says so.
        now: when.
        reason: what shows it, in words.

    Raises:
        NotFound: no such version.
        Conflict: it is neither running nor paused.
        InvalidInput: another verdict, or no reason.
    """
    if verdict not in Verdict.values:
        raise InvalidInput(f"verdict == {verdict}, must be one of {', '.join(Verdict.values)}")
    need(reason, "must say what shows the verdict")
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        expect(row, HOLDS, "concluded")
        row.verdict, row.concluded_by, row.concluded_at, row.reason = verdict, by, now, reason.strip()
        move(row, StrategyState.CONCLUDED, "concluded", by, now, verdict=verdict, reason=row.reason)
    return row


def retire(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """End a version for good.

    Raises:
        NotFound: no such version.
        Conflict: it is retired already.
    """
    alive = tuple(state for state in StrategyState if state != StrategyState.RETIRED)
    return step(strategy_id, version, alive, StrategyState.RETIRED, "retired", by, now)


def running(as_of: date) -> tuple[Running, ...]:
    """Return the versions that contact on a day, by strategy id; one whose ``stop.max_days`` are over does not."""
    return tuple(one for one in alive_on(as_of) if one.last_day is None or as_of <= one.last_day)


def alive_on(as_of: date) -> tuple[Running, ...]:
    """Return the versions that were launched by a day and run, by strategy id, those too that are over and wait."""
    rows = StrategyVersion.objects.filter(state=StrategyState.RUNNING, launched_on__lte=as_of)
    return tuple(_running(row) for row in rows.order_by("strategy_id", "version"))


def launched(strategy_id: str, version: int) -> Running:
    """Return a version that was launched, in whatever state it is now.

    Raises:
        NotFound: no such version.
        Conflict: it was never launched.
    """
    return _running(version_row(strategy_id, version))


def _running(row: StrategyVersion) -> Running:
    if row.launched_on is None:
        raise Conflict(f"{name_of(row)} was never launched")
    document, approval = held_in(row)
    return Running(
        strategy_id=row.strategy_id,
        version=row.version,
        document=document,
        approval=approval,
        launched_on=row.launched_on,
    )
