"""A version before it runs: drafted, checked, handed in, signed by others than its author, or sent back (I17)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from wealthloop.errors import Conflict, NotAllowed
from wealthloop.strategies.document import Strategy
from wealthloop.strategies.load import content_hash, dump, json_hash, parse_strategy
from wealthloop.strategies.models import StrategySignature, StrategyState, StrategyVersion
from wealthloop.strategies.moves import OVER, expect, move, name_of, need, note, true_hash
from wealthloop.strategies.repository import version_row
from wealthloop.strategies.signing import may_judge, missing, rules_here, signature_for

_UNSEEN: Final = (StrategyState.DRAFT, StrategyState.CHECKED)
_JUDGED: Final = (StrategyState.IN_REVIEW, StrategyState.APPROVED)


def draft(document: Strategy, by: str, now: datetime) -> StrategyVersion:
    """Keep a document that nobody is asked about yet; the same content again is the same version.

    Raises:
        DocumentError: the document has no success criterion, no control, or breaks another rule.
    """
    with transaction.atomic():
        row, made = _kept(document, by, StrategyState.DRAFT)
        if made:
            note(row, "drafted", by, now)
    return row


def check(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Check a draft against the rules of today.

    Raises:
        NotFound: no such version.
        Conflict: it is not a draft.
        DocumentError: its document breaks a rule.
    """
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        expect(row, (StrategyState.DRAFT,), "checked")
        parse_strategy(row.document)
        move(row, StrategyState.CHECKED, "checked", by, now)
    return row


def handed_in(document: Strategy) -> StrategyVersion | None:
    """Return the version as which a content is in review or beyond; None where it would have to be handed in."""
    rows = StrategyVersion.objects.filter(strategy_id=document.id).order_by("version")
    row = _standing(rows, content_hash(document))
    return None if row is None or row.state in _UNSEEN else row


def submit(document: Strategy, by: str, now: datetime) -> StrategyVersion:
    """Put a document into review; the same content again is the same version, unless that one is over.

    The signatures that it needs are those that the home asks for now. People come here through ``rehearsal.launching``,
    which also says what is expected of the document.

    Raises:
        DocumentError: the document has no success criterion, no control, or breaks another rule.
    """
    with transaction.atomic():
        row, made = _kept(document, by, StrategyState.IN_REVIEW)
        if made or row.state in _UNSEEN:
            row.needed, row.submitted_at, row.reason = list(rules_here().needed), now, ""
            move(row, StrategyState.IN_REVIEW, "submitted", by, now)
    return row


def sign(
    strategy_id: str, version: int, by: str, now: datetime, *, signature: str = "", seen: str = ""
) -> StrategyVersion:
    """Sign the very content of a version; the last signature that it needs approves it.

    Args:
        strategy_id: the strategy.
        version: its version.
        by: who signs.
        now: when.
        signature: which of the needed ones; the first that the person may give where nothing is said.
        seen: the hash of the content that the person has read, where they read it elsewhere.

    Raises:
        NotFound: no such version.
        NotAllowed: the person wrote it, has signed it already, or has no role that gives a missing signature.
        Conflict: it is not in review, or its content is not what was submitted or read.
    """
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        expect(row, (StrategyState.IN_REVIEW,), "approved")
        name, digest = signature_for(row, by, signature), true_hash(row)
        if seen and seen != digest:
            raise Conflict(f"{name_of(row)}: the content is not what {by} has read, read it again")
        StrategySignature.objects.create(version=row, signature=name, person=by, content_hash=digest, at=now)
        note(row, "signed", by, now, signature=name)
        if not missing(row):
            row.approved_by, row.approved_at, row.approved_hash = by, now, digest
            move(row, StrategyState.APPROVED, "approved", by, now)
    return row


def approve(strategy_id: str, version: int, by: str, now: datetime) -> StrategyVersion:
    """Give the first missing signature that the person may give; see ``sign``."""
    return sign(strategy_id, version, by, now)


def reject(strategy_id: str, version: int, by: str, now: datetime, reason: str) -> StrategyVersion:
    """Send a version back to its author as a draft; its signatures are void.

    Raises:
        NotFound: no such version.
        NotAllowed: the person neither wrote it nor has a role that signs it.
        Conflict: it is neither in review nor approved.
        InvalidInput: no reason.
    """
    need(reason, "must say what has to change")
    with transaction.atomic():
        row = version_row(strategy_id, version, lock=True)
        expect(row, _JUDGED, "rejected")
        if not may_judge(row, by):
            raise NotAllowed(f"{by} neither wrote {name_of(row)} nor signs such versions: they cannot send it back")
        row.signatures.filter(voided_at=None).update(voided_at=now)
        row.approved_by, row.approved_at, row.approved_hash, row.reason = "", None, "", reason.strip()
        move(row, StrategyState.DRAFT, "rejected", by, now, reason=row.reason)
    return row


def _kept(document: Strategy, by: str, state: StrategyState) -> tuple[StrategyVersion, bool]:
    """Return the version of a content that is not over, made in a state where there is none, and whether it was."""
    content = dump(parse_strategy(dump(document)))
    digest = json_hash(content)
    rows = StrategyVersion.objects.select_for_update().filter(strategy_id=document.id).order_by("version")
    versions = list(rows)
    same = _standing(versions, digest)
    if same is not None:
        return same, False
    number = versions[-1].version + 1 if versions else 1
    made = StrategyVersion.objects.create(
        strategy_id=document.id, version=number, content_hash=digest, document=content, state=state, author=by
    )
    return made, True


def _standing(rows: Iterable[StrategyVersion], digest: str) -> StrategyVersion | None:
    """Return the newest of some versions, oldest first, that has a content and is not over."""
    same = [row for row in rows if row.content_hash == digest and row.state not in OVER]
    return same[-1] if same else None
