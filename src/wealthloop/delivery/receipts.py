"""Keeps what providers say: each receipt once, and what fits nothing apart with its reason."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from wealthloop.delivery.models import HeldReceipt, Intent, Receipt
from wealthloop.kit import parts_of

KINDS = frozenset({"accepted", "delivered", "opened", "refused"})
_AT_ONCE = 500


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
    intents = _intents_of({reference for reference, _, _ in receipts if reference})
    known = set(_kept(intents))
    fresh: dict[tuple[str, str], Receipt] = {}
    counts = dict.fromkeys(("counted", "repeated", "held"), 0)
    for reference, kind, at in receipts:
        if reference not in intents or kind not in KINDS:
            reason = "unknown_kind" if reference in intents else "unknown_reference"
            counts["held" if _hold(provider, reference, kind, at, reason, now) else "repeated"] += 1
        elif (reference, kind) in known or (reference, kind) in fresh:
            counts["repeated"] += 1
        else:
            fresh[reference, kind] = Receipt(provider_ref=reference, kind=kind, intent_id=intents[reference], at=at)
            counts["counted"] += 1
    Receipt.objects.bulk_create(fresh.values(), batch_size=_AT_ONCE)
    return ReceiptCounts(**counts, released=released)


def _intents_of(references: Collection[str]) -> dict[str, str]:
    """Return by reference the intent that was accepted under it."""
    found: dict[str, str] = {}
    for part in parts_of(sorted(references), _AT_ONCE):
        found.update(Intent.objects.filter(provider_ref__in=part).values_list("provider_ref", "intent_id"))
    return found


def _kept(references: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield reference and kind of the receipts that are counted already."""
    for part in parts_of(sorted(references), _AT_ONCE):
        yield from Receipt.objects.filter(provider_ref__in=part).values_list("provider_ref", "kind")


def _hold(provider: str, reference: str, kind: str, at: datetime, reason: str, now: datetime) -> bool:
    """Keep a receipt apart; return whether it is new."""
    held = {"at": at, "reason": reason, "held_at": now}
    return HeldReceipt.objects.get_or_create(
        provider=provider, provider_ref=reference[:64], kind=kind[:16], defaults=held
    )[1]


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
