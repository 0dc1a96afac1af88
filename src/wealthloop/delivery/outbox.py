"""The outbox: claim under the policies, call the provider, record; at most one acceptance an intent.

An intent is claimed in one transaction, together with the policies' answer and their reservation. Only then is the
provider called, and its answer is recorded in a second transaction. What a worker that died in between left behind
is settled by ``recover`` as far as the connector's guarantee reaches, and is ``unknown`` beyond it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction

from wealthloop.delivery import repository
from wealthloop.delivery.connectors import Acceptance, Connector, Guarantee, Message, by_channel, shipped
from wealthloop.delivery.models import Intent, IntentState, Receipt
from wealthloop.delivery.receipts import ReceiptCounts, keep
from wealthloop.delivery.staging import stage
from wealthloop.delivery.types import Gate, GateVerdict, NewIntent, hash_of
from wealthloop.errors import OutcomeUnknown, Refused
from wealthloop.kit import Home
from wealthloop.policies.reserve import release, stopped

__all__ = ["NewIntent", "collect_receipts", "dispatch", "recover", "stage"]

LEASE: Final = timedelta(minutes=10)
"""How old the claim of another worker must be before it counts as dead."""

_log = structlog.get_logger()


def dispatch(
    home: Home,
    *,
    now: datetime,
    gate: Gate,
    worker: str,
    limit: int | None = None,
    connectors: Sequence[Connector] | None = None,
) -> dict[str, int]:
    """Send what is due and return how many intents reached which state.

    Args:
        home: the home whose connectors serve; a simulated one can have no real connector.
        now: the instant, UTC, for which the policies are asked.
        gate: asks the policies inside the claim; an error of it counts as a no.
        worker: this worker's name; one process at a time works under a name.
        limit: at most so many intents.
        connectors: instead of the shipped ones.

    Raises:
        NotAllowed: a real connector on a home that may not have one.
    """
    served = by_channel(home, shipped(home) if connectors is None else connectors)
    counts = Counter({IntentState.EXPIRED.value: _expire(now)})
    done = 0
    while limit is None or done < limit:
        intent = _claim(served, now=now, gate=gate, worker=worker)
        if intent is None:
            break
        if intent.state == IntentState.CLAIMED:
            _call(intent, served[intent.channel], now=now)
        counts[str(intent.state)] += 1
        done += 1
    return dict(sorted((+counts).items()))


def recover(
    home: Home,
    *,
    now: datetime,
    gate: Gate,
    worker: str,
    lease: timedelta = LEASE,
    connectors: Sequence[Connector] | None = None,
) -> dict[str, int]:
    """Settle the claims that dead workers left; return how many intents came to which state.

    With an idempotent key the same call is made again if the policies still allow it; where the provider can be
    asked it is asked; where neither holds the outcome is unknown and nothing is sent again.
    """
    served = by_channel(home, shipped(home) if connectors is None else connectors)
    counts: Counter[str] = Counter()
    for intent in repository.left_claimed(worker=worker, now=now, lease=lease):
        connector = served.get(intent.channel)
        if connector is None:
            _finish(intent, IntentState.UNKNOWN, now=now, reason="no_connector")
        else:
            _settle(intent, connector, now=now, gate=gate)
        counts[str(intent.state)] += 1
    return dict(sorted(counts.items()))


def collect_receipts(
    home: Home, *, now: datetime, connectors: Sequence[Connector] | None = None
) -> dict[str, ReceiptCounts]:
    """Fetch what the providers have said up to ``now``; each receipt counts once or is held with a reason."""
    found: dict[str, ReceiptCounts] = {}
    for connector in shipped(home) if connectors is None else connectors:
        receipts = connector.receipts(now)
        with transaction.atomic():
            found[connector.name] = keep(
                connector.name, [(receipt.provider_ref, receipt.kind, receipt.at) for receipt in receipts], now=now
            )
        connector.acknowledge([receipt.number for receipt in receipts])
    return found


def _expire(now: datetime) -> int:
    """End the pending intents whose time is over and give their places under the caps back."""
    with transaction.atomic():
        late = repository.overdue(now)
        for intent in late:
            repository.finish(intent, IntentState.EXPIRED, now=now, reason="past_not_after")
            release(intent.intent_id, now)
    return len(late)


def _claim(served: Mapping[str, Connector], *, now: datetime, gate: Gate, worker: str) -> Intent | None:
    """Claim, suppress or postpone the next intent in one transaction; None when nothing is due."""
    with transaction.atomic():
        intent = repository.next_pending(now, sorted(served))
        if intent is None:
            return None
        verdict = _ask_policies(intent, now=now, gate=gate)
        if verdict.allowed:
            repository.mark_claimed(intent, worker=worker, now=now)
        elif verdict.ask_again is not None and verdict.ask_again > now:
            repository.postpone(intent, verdict.ask_again)
        else:
            repository.finish(intent, IntentState.SUPPRESSED, now=now, reason=verdict.reason)
        return intent


def _ask_policies(intent: Intent, *, now: datetime, gate: Gate) -> GateVerdict:
    """Ask the gate so that whatever goes wrong means no (I7)."""
    if hash_of(intent.content) != intent.content_hash:
        return GateVerdict(allowed=False, reason="content_changed")
    try:
        with transaction.atomic():
            return gate(intent, now=now)
    except Exception as error:  # noqa: BLE001 - a job boundary: a gate that fails in any way means do not send
        _log.warning("intent.gate_error", intent_id=intent.intent_id, error=type(error).__name__)
        return GateVerdict(allowed=False, reason="gate_error")


def _call(intent: Intent, connector: Connector, *, now: datetime) -> None:
    """Call the provider for a claimed intent and record its answer; the stop is read last of all (I6)."""
    if connector.in_state:
        with transaction.atomic():
            _send(intent, connector, now=now)
    else:
        _send(intent, connector, now=now)


def _send(intent: Intent, connector: Connector, *, now: datetime) -> None:
    if stopped():
        _finish(intent, IntentState.SUPPRESSED, now=now, reason="global_stop")
        return
    try:
        with transaction.atomic() if connector.in_state else nullcontext():
            acceptance = connector.send(_message(intent, now))
    except Refused as refusal:
        _finish(intent, IntentState.FAILED, now=now, reason=f"refused: {refusal}")
    except OutcomeUnknown:
        _no_answer(intent, connector, now=now, reason="no_answer")
    except Exception as error:  # noqa: BLE001 - a job boundary: whatever a connector raises, it may have sent
        _log.warning("intent.connector_error", intent_id=intent.intent_id, error=type(error).__name__)
        _no_answer(intent, connector, now=now, reason="connector_error")
    else:
        _sent(intent, acceptance, now=now, receipt=not connector.in_state)


def _no_answer(intent: Intent, connector: Connector, *, now: datetime, reason: str) -> None:
    """Leave the claim to ``recover`` where the guarantee lets it be settled; else it is unknown for good (I8)."""
    if connector.in_state:
        _finish(intent, IntentState.FAILED, now=now, reason=reason)
    elif connector.guarantee is Guarantee.NEITHER:
        _finish(intent, IntentState.UNKNOWN, now=now, reason=reason)


def _settle(intent: Intent, connector: Connector, *, now: datetime, gate: Gate) -> None:
    if connector.in_state:
        with transaction.atomic():
            repository.mark_pending(intent)
    elif connector.guarantee is Guarantee.NEITHER:
        _finish(intent, IntentState.UNKNOWN, now=now, reason="worker_died")
    elif connector.guarantee is Guarantee.QUERYABLE:
        _ask_provider(intent, connector, now=now)
    else:
        _repeat(intent, connector, now=now, gate=gate)


def _ask_provider(intent: Intent, connector: Connector, *, now: datetime) -> None:
    """Record an acceptance that the provider knows of; give back what it does not know, once it must know."""
    try:
        acceptance = connector.query(intent.intent_id)
    except OutcomeUnknown:
        return
    if acceptance is not None:
        _sent(intent, acceptance, now=now, receipt=True)
    elif intent.claimed_at is not None and now - intent.claimed_at >= connector.settles:
        with transaction.atomic():
            repository.mark_pending(intent)


def _repeat(intent: Intent, connector: Connector, *, now: datetime, gate: Gate) -> None:
    """Make the same call with the same key, unless something now speaks against it: then nobody can say (I4, I8)."""
    if stopped():
        return
    if now > intent.not_after:
        _finish(intent, IntentState.UNKNOWN, now=now, reason="past_not_after")
        return
    with transaction.atomic():
        verdict = _ask_policies(intent, now=now, gate=gate)
    if verdict.allowed:
        _call(intent, connector, now=now)
    else:
        _finish(intent, IntentState.UNKNOWN, now=now, reason=verdict.reason)


def _sent(intent: Intent, acceptance: Acceptance, *, now: datetime, receipt: bool) -> None:
    with transaction.atomic():
        repository.finish(intent, IntentState.SENT, now=now, provider_ref=acceptance.provider_ref)
        if receipt:
            accepted = Receipt(provider_ref=acceptance.provider_ref, kind="accepted", intent=intent, at=now)
            Receipt.objects.bulk_create([accepted], ignore_conflicts=True)


def _finish(intent: Intent, state: IntentState, *, now: datetime, reason: str) -> None:
    with transaction.atomic():
        repository.finish(intent, state, now=now, reason=reason)
        if state == IntentState.FAILED:
            release(intent.intent_id, now)


def _message(intent: Intent, now: datetime) -> Message:
    return Message(
        key=intent.intent_id,
        channel=intent.channel,
        customer_id=intent.customer_id,
        staff_id=intent.staff_id,
        content=intent.content,
        at=now,
    )
