"""What the state plane knows of contacts: reservations against caps, opt-outs and the global stop."""

from typing import ClassVar

from django.db import models


class Reservation(models.Model):
    """One contact counted against every cap, from the moment that its intent is claimed."""

    intent_id = models.CharField(max_length=64, primary_key=True)
    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    strategy_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    """Set only on a final failed or expired (unknown counts as sent), and on an echo."""
    source = models.CharField(
        max_length=8, choices=[(one, one) for one in ("outbox", "bank", "echo")], default="outbox"
    )
    """Our outbox; another system of the bank; ``echo``: the bank's own row of a contact that our outbox reserved."""

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["customer_id", "at"])]


class OptOut(models.Model):
    """A customer's refusal, effective at once and never lifted by an import."""

    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    """A channel, or ``*`` for all."""
    at = models.DateTimeField()
    source = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["customer_id", "channel"], name="one_opt_out_a_channel")
        ]


class Stop(models.Model):
    """The global stop; one row while it is on."""

    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.TextField()


class ContactLock(models.Model):
    """A row to lock while a customer's caps are asked and reserved."""

    customer_id = models.CharField(max_length=64, primary_key=True)
