"""Keeps what providers say: each receipt once, and what fits nothing apart with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wealthloop.delivery.models import HeldReceipt, Intent, Receipt

KINDS = frozenset({"accepted", "delivered", "opened", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCounts:
    """What became of the receipts of one fetch."""

    counted: int
    repeated: int
    """Known already, and not counted again."""
    held: int
    """Newly held: of no known message, or of an unknown kind."""
    released: int
    """Held before and counted now, because their message has become known."""


def keep(provider: str, receipts: Sequence[tuple[str, str, datetime]], *, now: datetime) -> ReceiptCounts:
    """Write receipts (reference, kind, instant) inside the caller's transaction."""
    released = _release_held(provider)
    outcomes = [_keep_one(provider, reference, kind, at, now) for reference, kind, at in receipts]
    return ReceiptCounts(
        counted=outcomes.count("counted"),
        repeated=outcomes.count("repeated"),
        held=outcomes.count("held"),
        released=released,
    )


def _keep_one(provider: str, reference: str, kind: str, at: datetime, now: datetime) -> str:
    intent = Intent.objects.filter(provider_ref=reference).first() if reference else None
    if intent is None or kind not in KINDS:
        reason = "unknown_reference" if intent is None else "unknown_kind"
        _, made = HeldReceipt.objects.get_or_create(
            provider=provider,
            provider_ref=reference[:64],
            kind=kind[:16],
            defaults={"at": at, "reason": reason, "held_at": now},
        )
        return "held" if made else "repeated"
    _, made = Receipt.objects.get_or_create(provider_ref=reference, kind=kind, defaults={"intent": intent, "at": at})
    return "counted" if made else "repeated"


def _release_held(provider: str) -> int:
    """Count the held receipts whose message has become known since."""
    released = 0
    for held in HeldReceipt.objects.filter(provider=provider, reason="unknown_reference", kind__in=KINDS):
        intent = Intent.objects.filter(provider_ref=held.provider_ref).first() if held.provider_ref else None
        if intent is not None:
            Receipt.objects.get_or_create(
                provider_ref=held.provider_ref, kind=held.kind, defaults={"intent": intent, "at": held.at}
            )
            held.delete()
            released += 1
    return released
