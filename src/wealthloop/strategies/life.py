"""The life of a strategy version: submitted, approved by others, launched, paused, resumed, concluded, retired.

A version never changes (I11): an edited document is a new version with an approval of its own, bound to the hash of
its content (I17). Every step is audited.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.errors import Conflict, InvalidInput, NotAllowed
from wealthloop.experiments import Arm, experiment_id
from wealthloop.policies.types import Approval
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import dump, json_hash, parse_strategy
from wealthloop.strategies.models import StrategyState, StrategyVersion, Verdict
from wealthloop.strategies.repository import held_in, version_row

_MAY_LAUNCH: Final = (StrategyState.APPROVED,)
_HOLDS: Final = (StrategyState.RUNNING, StrategyState.PAUSED)
_OVER: Final = (StrategyState.CONCLUDED, StrategyState.RETIRED)


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
    def arms(self) -> tuple[Arm, ...]:
        """The arms, in the document's order."""
        return self.document.experiment_arms


def submit(document: Strategy, by: str, now: datetime) -> StrategyVersion:
    """Put a document into review; the same content again is the same version, unless that one is over.

    Raises:
        DocumentError: the document has no success criterion, no control, or breaks another rule.
    """
    content = dump(parse_strategy(dump(document)))
    digest = json_hash(content)
    with transaction.atomic():
        rows = StrategyVersion.objects.select_for_update().filter(strategy_id=document.id).order_by("version")
        versions = list(rows)
        same = [row for row in versions if row.content_hash == digest and row.state not in _OVER]
        if same:
            return same[-1]
        made = StrategyVersion.objects.create(
            strategy_id=document.id,
            version=versions[-1].version + 1 if versions else 1,
            content_hash=digest,
            document=content,
            state=StrategyState.IN_REVIEW,
            author=by,
            submitted_at=now,
        )
        _note(made, "submitted", by, now)
    return made


def approve(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Approve the very content of a version.

    Raises:
        NotFound: no such version.
        NotAllowed: the approver wrote it.
        Conflict: it is not in review, or its content is not what was submitted.
    """
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        _expect(row, (StrategyState.IN_REVIEW,), "approved")
        if row.author == by:
            raise NotAllowed(f"{by} wrote {_name(row)}: somebody else must approve it")
        row.approved_by, row.approved_at, row.approved_hash = by, now, _true_hash(row)
        row.state = StrategyState.APPROVED
        row.save()
        _note(row, "approved", by, now)
    return row


def launch(strategy_id: str, version: int, by: str, now: datetime, *, on: date) -> StrategyVersion:
    """Let an approved version contact from a day on; an older version of the strategy retires with it.

    Raises:
        NotFound: no such version.
        Conflict: it is not approved, or its content is not what was approved.
        DocumentError: its document has no success criterion, no control, or breaks another rule of today.
    """
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        _expect(row, _MAY_LAUNCH, "launched")
        if row.approved_hash != _true_hash(row):
            raise Conflict(f"{_name(row)}: the content is not what {row.approved_by} approved")
        parse_strategy(row.document)
        for older in StrategyVersion.objects.filter(strategy_id=strategy_id, state__in=_HOLDS):
            _move(older, StrategyState.RETIRED, "retired", by, now)
        row.launched_on = on
        _move(row, StrategyState.RUNNING, "launched", by, now)
    return row


def pause(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Stop a running version from contacting; what is queued is suppressed when it is claimed.

    Raises:
        NotFound: no such version.
        Conflict: it is not running.
    """
    return _step(strategy_id, version, (StrategyState.RUNNING,), StrategyState.PAUSED, "paused", by, now)


def resume(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Let a paused version contact again.

    Raises:
        NotFound: no such version.
        Conflict: it is not paused.
    """
    return _step(strategy_id, version, (StrategyState.PAUSED,), StrategyState.RUNNING, "resumed", by, now)


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
    if not reason.strip():
        raise InvalidInput("reason is empty, must say what shows the verdict")
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        _expect(row, _HOLDS, "concluded")
        row.verdict, row.concluded_by, row.concluded_at, row.reason = verdict, by, now, reason.strip()
        _move(row, StrategyState.CONCLUDED, "concluded", by, now, verdict=verdict, reason=row.reason)
    return row


def retire(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """End a version for good.

    Raises:
        NotFound: no such version.
        Conflict: it is retired already.
    """
    alive = tuple(state for state in StrategyState if state != StrategyState.RETIRED)
    return _step(strategy_id, version, alive, StrategyState.RETIRED, "retired", by, now)


def running(as_of: date) -> tuple[Running, ...]:
    """Return the versions that contact on a day, by strategy id."""
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
        raise Conflict(f"{_name(row)} was never launched")
    document, approval = held_in(row)
    return Running(
        strategy_id=row.strategy_id,
        version=row.version,
        document=document,
        approval=approval,
        launched_on=row.launched_on,
    )


def _true_hash(row: StrategyVersion) -> str:
    digest = json_hash(row.document)
    if digest != row.content_hash:
        raise Conflict(f"{_name(row)}: the content is not what {row.author} submitted")
    return digest


def _step(
    strategy_id: str,
    version: int,
    expected: tuple[StrategyState, ...],
    state: StrategyState,
    verb: str,
    by: str,
    now: datetime,
) -> StrategyVersion:
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        _expect(row, expected, verb)
        _move(row, state, verb, by, now)
    return row


def _move(row: StrategyVersion, state: StrategyState, verb: str, by: str, now: datetime, **detail: str) -> None:
    row.state = state
    row.save()
    _note(row, verb, by, now, **detail)


def _expect(row: StrategyVersion, states: tuple[StrategyState, ...], verb: str) -> None:
    if row.state not in states:
        wanted = " or ".join(state.value for state in states)
        raise Conflict(f"{_name(row)} is {row.state}, must be {wanted} to be {verb}")


def _note(row: StrategyVersion, verb: str, by: str, now: datetime, **detail: str) -> None:
    said = {"content_hash": row.content_hash, **detail}
    audit(by, f"strategy.{verb}", object_type="strategy", object_id=_name(row), detail=said, now=now)


def _name(row: StrategyVersion) -> str:
    return experiment_id(row.strategy_id, row.version)
