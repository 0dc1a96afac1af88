"""The outbox, the receipts and the strategy cards."""

from typing import ClassVar

from django.db import models


class IntentState(models.TextChoices):
    """The state machine: pending, claimed, then exactly one of the five ends."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Intent(models.Model):
    """A durable intent to contact one customer once; ``intent_id`` is the ledger's decision_id."""

    intent_id = models.CharField(max_length=32, primary_key=True)
    run_id = models.CharField(max_length=32)
    strategy_id = models.CharField(max_length=64)
    strategy_version = models.IntegerField()
    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    step = models.CharField(max_length=48)
    """The lead's id and the step of the channel plan, so that a new event may be a new contact."""
    staff_id = models.CharField(max_length=64, blank=True)
    product_id = models.CharField(max_length=64, blank=True)
    lead_id = models.CharField(max_length=32)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    approval_hash = models.CharField(max_length=64)
    consent_snapshot = models.JSONField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    state = models.CharField(max_length=16, choices=IntentState.choices, default=IntentState.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["strategy_id", "strategy_version", "customer_id", "channel", "step"],
                name="i1_one_intent_a_step",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "not_before", "intent_id"]),
            models.Index(fields=["strategy_id", "strategy_version"]),
            models.Index(fields=["provider_ref"]),
        ]


class Receipt(models.Model):
    """What a provider said of an intent; each counts once."""

    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="receipts")
    provider_ref = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=[(k, k) for k in ("accepted", "delivered", "opened", "refused")])
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider_ref", "kind"], name="i13_one_receipt_a_kind")
        ]


class HeldReceipt(models.Model):
    """A receipt that counts for no intent, kept with the reason why."""

    provider = models.CharField(max_length=32)
    provider_ref = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    reason = models.CharField(max_length=64)
    held_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "provider_ref", "kind"], name="i13_one_held_receipt")
        ]


class CardState(models.TextChoices):
    """Where a card stands on the desk."""

    NEW = "new"
    CLAIMED = "claimed"
    FOLLOW_UP = "follow_up"
    WON = "won"
    CLOSED = "closed"
    EXPIRED = "expired"


class Card(models.Model):
    """A strategy card on somebody's desk; its intent's acceptance is this row."""

    intent = models.OneToOneField(Intent, on_delete=models.PROTECT, primary_key=True, related_name="card")
    sequence = models.BigIntegerField(unique=True)
    """Grows with every change of any card; the desk's live stream reads what is newer than it has seen."""
    customer_id = models.CharField(max_length=64)
    staff_id = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=CardState.choices, default=CardState.NEW)
    content = models.JSONField()
    created_at = models.DateTimeField()
    sent_on = models.DateField()
    """The bank day of ``created_at``."""
    expires_on = models.DateField()
    """The last day of the card; an agreed date after it moves it on."""
    rank = models.BigIntegerField()
    """Expected incremental value in fen: the order of new cards."""
    claimed_by = models.CharField(max_length=150, blank=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often somebody has tried to reach the customer about it."""
    intent_level = models.CharField(max_length=8, blank=True)
    follow_up_on = models.DateField(null=True)
    closed_reason = models.CharField(max_length=32, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["staff_id", "state"]),
            models.Index(fields=["customer_id"]),
        ]


class CardEvent(models.Model):
    """One thing that was done with a card."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="events")
    request_id = models.CharField(max_length=64, unique=True)
    """Made by the page, so that a double click counts once."""
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    outcome = models.CharField(max_length=32)
    note = models.TextField(blank=True)
    follow_up_on = models.DateField(null=True)
    code = models.CharField(max_length=32, blank=True)
    """What was said of the card, a code of ``codes.CODES``; empty where nothing was."""
    held = models.CharField(max_length=16, blank=True)
    """Why the code does not count; empty where it does."""
    not_before = models.DateField(null=True)
    """The day before which nobody should ask again, as the code says."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["card", "code"],
                condition=models.Q(held="") & ~models.Q(code=""),
                name="i13_a_code_counts_once_a_card",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["code", "at"])]
