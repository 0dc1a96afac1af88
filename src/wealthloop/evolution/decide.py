"""People decide what is proposed: accepted it goes the way of every strategy, refused it stays on record."""

from datetime import datetime

from django.db import transaction

from wealthloop.access.audit import audit
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.evolution.judge import verdict_of
from wealthloop.evolution.models import Kind, Proposal, ProposalState
from wealthloop.evolution.repository import document_of, place_in_stream, proposal
from wealthloop.experiments import experiment_id, strategy_version
from wealthloop.strategies import life
from wealthloop.strategies.repository import version_row, versions


def accept(proposal_id: str, by: str, now: datetime) -> Proposal:
    """Accept a proposal.

    A child or a scaled version is submitted in the name of who accepts it, and still needs another's approval; a child
    gets its place in the stream of tests. An end concludes the version. People come here through
    ``rehearsal.launching``, which also says what is expected of the document.

    Raises:
        NotFound: no such proposal.
        Conflict: it is not open, what it is about does not run any more, or people have given its name to another.
        DocumentError: its document breaks a rule of today.
    """
    with transaction.atomic():
        row = _open(proposal_id)
        if row.kind == Kind.RETIRE:
            strategy_id, version = strategy_version(row.about)
            shown = row.evidence.get("shown")
            reason = f"{row.evidence['why']}: {shown}" if shown else str(row.evidence["why"])
            life.conclude(strategy_id, version, verdict_of(row.evidence), by, now, reason)
        else:
            _own_name(row)
            row.version = life.submit(document_of(row), by, now).version
        if row.kind == Kind.CHILD:
            row.stream, row.number = place_in_stream()
        return _decided(row, ProposalState.ACCEPTED, by, now, "")


def refuse(proposal_id: str, by: str, now: datetime, *, reason: str) -> Proposal:
    """Refuse a proposal.

    Raises:
        NotFound: no such proposal.
        Conflict: it is not open.
        InvalidInput: there is no reason.
    """
    if not reason.strip():
        raise InvalidInput("reason == '', a refusal needs one")
    with transaction.atomic():
        return _decided(_open(proposal_id), ProposalState.REFUSED, by, now, reason.strip())


def taken_over(strategy_id: str, version: int) -> Proposal | None:
    """Return the proposal by which a version takes over from the version in which it was tested, where that runs on."""
    row = Proposal.objects.filter(
        kind=Kind.SCALE, state=ProposalState.ACCEPTED, strategy_id=strategy_id, version=version
    ).first()
    if row is None or version_row(*strategy_version(row.about)).state not in life.HOLDS:
        return None
    return row


def conclude_won(row: Proposal, by: str, now: datetime) -> None:
    """Conclude the version that a scaled one takes over from, where it still runs.

    Raises:
        Conflict: the proposal is not an accepted one to scale.
    """
    if row.kind != Kind.SCALE or row.state != ProposalState.ACCEPTED:
        raise Conflict(f"proposal {row.proposal_id} is {row.kind}, {row.state}: only an accepted scale ends a test")
    strategy_id, version = strategy_version(row.about)
    told = row.evidence
    reason = f"e = exp({told['log_e']:.2f}) at level {told['level']:.2g}; effect {told['effect']:.4f}"
    life.conclude(strategy_id, version, "won", by, now, reason)


def _own_name(row: Proposal) -> None:
    """Refuse a child whose name people have given to a strategy of theirs since it was proposed.

    Raises:
        Conflict: they have.
    """
    if row.kind == Kind.CHILD and versions(row.strategy_id):
        raise Conflict(f"proposal {row.proposal_id}: {row.strategy_id} is another strategy by now, refuse the proposal")


def _open(proposal_id: str) -> Proposal:
    row = proposal(proposal_id, lock=True)
    if row.state != ProposalState.OPEN:
        raise Conflict(f"proposal {proposal_id} is {row.state} since {row.decided_at}, only an open one is decided")
    return row


def _decided(row: Proposal, state: ProposalState, by: str, now: datetime, reason: str) -> Proposal:
    row.state, row.decided_by, row.decided_at, row.reason = state, by, now, reason
    row.save()
    detail = {"kind": row.kind, "about": row.about, "version": row.version, "reason": reason}
    about = row.strategy_id if row.version is None else experiment_id(row.strategy_id, row.version)
    audit(by, f"proposal.{state}", object_type="strategy", object_id=about, detail=detail, now=now)
    return row
