"""The record of each night, by which a killed run goes on, and of what is placed during its day."""

from typing import ClassVar

from django.db import models


class Run(models.Model):
    """One night; ``run_id`` is a stable hash of ``as_of``, so that a second start finds the first."""

    run_id = models.CharField(max_length=32, primary_key=True)
    as_of = models.DateField(unique=True)
    inputs = models.JSONField()
    """Versions of the code, tables, strategies, rules, value book and capacities on which the night decides."""
    ledger_hash = models.CharField(max_length=64, blank=True)
    """Digest of the night's decisions, written before any outbox intent exists."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class RunStep(models.Model):
    """A step that is done, with what it counted."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="steps")
    name = models.CharField(max_length=32)
    counts = models.JSONField(default=dict)
    seconds = models.FloatField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "name"], name="one_row_a_step")
        ]


class IntradayRun(models.Model):
    """Placements that were made at once; ``run_id`` is a stable hash of the first one's lead."""

    run_id = models.CharField(max_length=32, primary_key=True)
    night = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="placed")
    """The night at whose prices they were made."""
    ledger_hash = models.CharField(max_length=64, blank=True)
    """Digest of its decisions, written together with its intents."""
    described = models.BooleanField(default=False)
    """Whether what was known of its customers stands beside its decisions; the next night writes it."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class Placement(models.Model):
    """A lead that took a place at a night's prices, control included; what is left to do after a kill stands in it."""

    lead_id = models.CharField(max_length=32, primary_key=True)
    run = models.ForeignKey(IntradayRun, on_delete=models.PROTECT, related_name="placements")
    customer_id = models.CharField(max_length=64)
    day = models.DateField()
    """The bank day of the contact."""
    decision = models.JSONField()
    """The ledger's row."""
    uses = models.JSONField()
    """Units by resource."""
    intent = models.JSONField(null=True)
    """What is to be staged; null once it stands in the outbox, and where nothing may be sent."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "customer_id"], name="one_placement_a_customer_a_day")
        ]


class Taken(models.Model):
    """What placements have taken of a resource on a day."""

    day = models.DateField()
    resource = models.CharField(max_length=96)
    units = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "resource"], name="one_row_a_resource_a_day")
        ]
