"""Makes intents durable before anything is sent."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from wealthloop.delivery.models import Intent
from wealthloop.delivery.types import NewIntent, hash_of
from wealthloop.errors import Conflict, InvalidInput
from wealthloop.kit import parts_of

_AT_ONCE = 500


def stage(intents: Sequence[NewIntent], *, now: datetime) -> int:
    """Write intents, all or none, and return how many were new; an intent that stands already is left alone.

    Raises:
        InvalidInput: an intent has no approval or consent snapshot, its content is not the one that its hash names,
            or its time ends before it begins.
        Conflict: an intent stands already with other content, or another intent is for the same step.
    """
    for intent in intents:
        _check(intent)
    with transaction.atomic():
        known = _known([intent.intent_id for intent in intents])
        fresh = []
        for intent in intents:
            stands = known.get(intent.intent_id)
            if stands is None:
                fresh.append(intent)
            elif stands != intent.content_hash:
                raise Conflict(f"intent {intent.intent_id}: staged already with other content")
        try:
            Intent.objects.bulk_create([_row(intent, now) for intent in fresh], batch_size=_AT_ONCE)
        except IntegrityError as error:
            raise Conflict("an intent for the same strategy version, customer, channel and step exists") from error
    return len(fresh)


def _check(intent: NewIntent) -> None:
    if not intent.approval_hash:
        raise InvalidInput(f"intent {intent.intent_id}: approval_hash is empty, nothing is sent without approval")
    if not intent.consent_snapshot:
        raise InvalidInput(f"intent {intent.intent_id}: consent_snapshot is empty, nothing is sent without consent")
    if intent.content_hash != hash_of(intent.content):
        raise InvalidInput(f"intent {intent.intent_id}: content_hash does not name this content")
    if intent.not_after <= intent.not_before:
        raise InvalidInput(f"intent {intent.intent_id}: not_after == {intent.not_after}, must be after not_before")


def _known(ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts_of(ids, _AT_ONCE):
        rows = Intent.objects.filter(pk__in=part)
        found.update(rows.values_list("intent_id", "content_hash"))
    return found


def _row(intent: NewIntent, now: datetime) -> Intent:
    return Intent(
        intent_id=intent.intent_id,
        run_id=intent.run_id,
        strategy_id=intent.strategy_id,
        strategy_version=intent.strategy_version,
        customer_id=intent.customer_id,
        channel=intent.channel,
        step=intent.step,
        staff_id=intent.staff_id,
        product_id=intent.product_id,
        lead_id=intent.lead_id,
        content=dict(intent.content),
        content_hash=intent.content_hash,
        approval_hash=intent.approval_hash,
        consent_snapshot=dict(intent.consent_snapshot),
        not_before=intent.not_before,
        not_after=intent.not_after,
        created_at=now,
    )
