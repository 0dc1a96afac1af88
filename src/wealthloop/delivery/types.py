"""What comes in and goes out of this room, as frozen values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from wealthloop.delivery.models import Intent
from wealthloop.kit import content_hash


def hash_of(content: Mapping[str, Any]) -> str:
    """Return the digest of a content: of its canonical JSON, so that equal contents have equal digests.

    Example:
        >>> hash_of({"a": 1, "b": 2}) == hash_of({"b": 2, "a": 1})
        True
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return content_hash(text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntent:
    """A contact that a night has decided on; the fields are those of ``models.Intent``."""

    intent_id: str
    run_id: str
    strategy_id: str
    strategy_version: int
    customer_id: str
    channel: str
    step: str
    lead_id: str
    content: Mapping[str, Any]
    """JSON: a dumped ``CardContent`` for an RM, a dumped ``MessageContent`` for a machine channel."""
    content_hash: str
    """``hash_of(content)``."""
    approval_hash: str
    """Digest of the approved document under which it leaves."""
    consent_snapshot: Mapping[str, Any]
    """The consent on which it was planned, JSON."""
    not_before: datetime
    not_after: datetime
    staff_id: str = ""
    product_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """Whether a contact may be made now, and why not."""

    allowed: bool
    reason: str
    """Ids of the rules that say no, joined with commas; empty when allowed."""
    ask_again: datetime | None = None
    """When a no that is only a matter of the hour may become a yes: the intent waits until then."""


class Gate(Protocol):
    """Asks the policies, inside the transaction that claims an intent, and reserves its place under every cap.

    Asked again for an intent that it has reserved, it must not count that reservation against it.
    """

    def __call__(self, intent: Intent, *, now: datetime) -> GateVerdict:
        """Return the verdict; an error counts as a no."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A purchase that meets a strategy's success criterion, found in the transactions; ``amount`` in fen."""

    customer_id: str
    strategy_id: str
    on: date
    transaction_id: str
    amount: int
