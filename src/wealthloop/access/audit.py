"""The audit chain: who did what to what, each link hashed over the one before it (I24).

A changed, inserted or removed link breaks the hashes after it. Links cut from the end leave the head row, which
is written in the same transaction, pointing past the last link. Someone who rewrites links and head together is
found by a link that was published earlier (``last_link``, printed or sent outside): pass it to ``verify_chain``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from django.db import transaction

from wealthloop.access.models import AuditEntry, AuditHead

_BEGINNING: Final = "0" * 64
_HEAD: Final = 1

Detail = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link by its place and hash."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a check of the whole chain found."""

    intact: bool
    entries: int
    problem: str
    """What is wrong and at which sequence; empty when intact."""


def audit(actor: str, verb: str, *, object_type: str, object_id: str, detail: Detail, now: datetime) -> Link:
    """Append one link, inside the caller's transaction where there is one.

    Writers stand in line on the head row (SQLite: on the IMMEDIATE transaction).

    Args:
        actor: the username, or the name of the job.
        verb: what was done, ``strategy.approved``.
        object_type: the kind of thing.
        object_id: which one.
        detail: plain JSON values; never a name, a telephone number or another C2 value.
        now: when, with a zone.

    Returns:
        The new link.
    """
    kept = json.loads(json.dumps(detail, sort_keys=True, allow_nan=False))
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(
            pk=_HEAD, defaults={"sequence": 0, "hash": _BEGINNING}
        )
        entry = AuditEntry(
            sequence=head.sequence + 1, at=now.astimezone(UTC), actor=actor, verb=verb,
            object_type=object_type, object_id=object_id, detail=kept, previous_hash=head.hash,
        )  # fmt: skip
        entry.hash = _hash(entry)
        entry.save(force_insert=True)
        head.sequence, head.hash = entry.sequence, entry.hash
        head.save()
    return Link(sequence=entry.sequence, hash=entry.hash)


def last_link() -> Link | None:
    """Return the newest link, to be kept outside as a witness; None for an empty chain."""
    head = AuditHead.objects.filter(pk=_HEAD).first()
    return Link(sequence=head.sequence, hash=head.hash) if head else None


def verify_chain(expected_last: Link | None = None) -> ChainReport:
    """Walk the whole chain.

    Args:
        expected_last: a link that was published earlier; the chain must still hold it.
    """
    previous, count, witness = _BEGINNING, 0, expected_last is None
    for entry in AuditEntry.objects.order_by("sequence").iterator():
        problem = _problem(entry, count + 1, previous)
        if problem:
            return ChainReport(intact=False, entries=count, problem=problem)
        previous, count = entry.hash, count + 1
        witness = witness or Link(sequence=count, hash=previous) == expected_last
    problem = _end_problem(Link(sequence=count, hash=previous))
    if not problem and not witness:
        problem = "the published link is not in the chain: links were cut off or rewritten"
    return ChainReport(intact=not problem, entries=count, problem=problem)


def _problem(entry: AuditEntry, sequence: int, previous: str) -> str:
    if entry.sequence != sequence:
        return f"sequence == {entry.sequence}, must be {sequence}: a link is missing"
    if entry.previous_hash != previous:
        return f"link {sequence} does not follow the link before it"
    if entry.hash != _hash(entry):
        return f"link {sequence} was changed"
    return ""


def _end_problem(last: Link) -> str:
    head = last_link()
    if head is None:
        return "the head of the chain is gone" if last.sequence else ""
    if head != last:
        return f"the chain ends at {last.sequence}, must end at {head.sequence}: links were cut off"
    return ""


def _hash(entry: AuditEntry) -> str:
    content = [
        entry.sequence, entry.at.astimezone(UTC).isoformat(), entry.actor, entry.verb,
        entry.object_type, entry.object_id, entry.detail, entry.previous_hash,
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=32).hexdigest()
