"""Leads: moments found in the data, each with its evidence and an end."""

from typing import ClassVar

from django.db import models


class LeadState(models.TextChoices):
    """Where a lead stands."""

    OPEN = "open"
    PLANNED = "planned"
    EXPIRED = "expired"


class Lead(models.Model):
    """One event of one customer; ``lead_id`` is a stable hash of trigger, customer and evidence key."""

    lead_id = models.CharField(max_length=32, primary_key=True)
    customer_id = models.CharField(max_length=64)
    trigger = models.CharField(max_length=32)
    occurred_on = models.DateField()
    found_on = models.DateField()
    expires_on = models.DateField()
    evidence = models.JSONField()
    state = models.CharField(max_length=16, choices=LeadState.choices, default=LeadState.OPEN)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "expires_on"]),
            models.Index(fields=["customer_id"]),
        ]
