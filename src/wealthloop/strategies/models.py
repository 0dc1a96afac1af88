"""Strategy versions and their life."""

from typing import ClassVar

from django.db import models


class StrategyState(models.TextChoices):
    """The life of a version; it is immutable from ``approved`` on."""

    CHECKED = "checked"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    RETIRED = "retired"


class StrategyVersion(models.Model):
    """One version of a strategy document."""

    strategy_id = models.CharField(max_length=64)
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64)
    document = models.JSONField()
    state = models.CharField(max_length=16, choices=StrategyState.choices)
    author = models.CharField(max_length=150)
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    launched_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["strategy_id", "version"], name="one_row_a_version")
        ]
