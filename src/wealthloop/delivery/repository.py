"""The queries of the outbox: every change of an intent's state stands here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from wealthloop.delivery.models import Intent, IntentState


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """How many intents of one night, strategy version and channel stand in one state for one reason."""

    run_id: str
    strategy_id: str
    strategy_version: int
    channel: str
    state: str
    reason: str
    count: int


def state_counts(*, run_id: str | None = None) -> list[StateCount]:
    """Count the intents by state, of one run or of all; the counts add up to all intents."""
    keys = ("run_id", "strategy_id", "strategy_version", "channel", "state", "reason")
    rows = Intent.objects.all() if run_id is None else Intent.objects.filter(run_id=run_id)
    counted = rows.values(*keys).annotate(count=Count("pk")).order_by(*keys)
    return [StateCount(**row) for row in counted]


def next_pending(now: datetime, channels: Sequence[str]) -> Intent | None:
    """Return the first intent that may be sent now, locked until the transaction ends."""
    due = Intent.objects.filter(state=IntentState.PENDING, not_before__lte=now, channel__in=channels)
    return due.select_for_update(skip_locked=True).order_by("not_before", "intent_id").first()


def overdue(now: datetime) -> list[Intent]:
    """Return the pending intents whose time is over, locked until the transaction ends."""
    late = Intent.objects.filter(state=IntentState.PENDING, not_after__lt=now)
    return list(late.select_for_update(skip_locked=True).order_by("intent_id"))


def mark_claimed(intent: Intent, *, worker: str, now: datetime) -> None:
    """Write that a worker is about to call the provider."""
    intent.state, intent.claimed_by, intent.claimed_at = IntentState.CLAIMED, worker, now
    intent.save(update_fields=["state", "claimed_by", "claimed_at"])


def mark_pending(intent: Intent) -> None:
    """Give back a claimed intent that was surely not sent."""
    intent.state, intent.claimed_by, intent.claimed_at = IntentState.PENDING, "", None
    intent.save(update_fields=["state", "claimed_by", "claimed_at"])


def postpone(intent: Intent, until: datetime) -> None:
    """Let a pending intent wait until an instant."""
    intent.not_before = until
    intent.save(update_fields=["not_before"])


def finish(intent: Intent, state: IntentState, *, now: datetime, reason: str = "", provider_ref: str = "") -> None:
    """Bring an intent to one of the five ends."""
    intent.state, intent.reason, intent.provider_ref, intent.finished_at = state, reason[:200], provider_ref, now
    intent.save(update_fields=["state", "reason", "provider_ref", "finished_at"])


def left_claimed(*, worker: str, now: datetime, lease: timedelta) -> list[Intent]:
    """Return the claims of this worker's own earlier life, and those of others that are older than the lease."""
    dead = Q(claimed_by=worker) | Q(claimed_at__lte=now - lease)
    return list(Intent.objects.filter(dead, state=IntentState.CLAIMED).order_by(F("claimed_at"), "intent_id"))
