"""The record of each night, by which a killed run goes on."""

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
