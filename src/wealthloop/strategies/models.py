"""Strategy versions, their life and the signatures that they have."""

from typing import ClassVar

from django.db import models


class StrategyState(models.TextChoices):
    """The life of a version; it is immutable from the first signature on, and edited content is a new version."""

    DRAFT = "draft"
    CHECKED = "checked"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    CONCLUDED = "concluded"
    RETIRED = "retired"


class Verdict(models.TextChoices):
    """What a concluded version has shown."""

    WON = "won"
    LOST = "lost"
    INCONCLUSIVE = "inconclusive"


def one_approver() -> list[str]:
    """Return the signatures that a version needs where nobody said otherwise when it was submitted."""
    return ["strategy"]


class StrategyVersion(models.Model):
    """One version of a strategy document."""

    strategy_id = models.CharField(max_length=64)
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64)
    document = models.JSONField()
    state = models.CharField(max_length=16, choices=StrategyState.choices)
    author = models.CharField(max_length=150)
    needed = models.JSONField(default=one_approver)
    """Names of the signatures that it needs, as the home asked when it was submitted, in order."""
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    """Who gave the last signature that was needed."""
    approved_at = models.DateTimeField(null=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    launched_on = models.DateField(null=True)
    verdict = models.CharField(max_length=16, choices=Verdict.choices, blank=True)
    concluded_by = models.CharField(max_length=150, blank=True)
    concluded_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    """Why it was concluded so, or sent back to its author."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["strategy_id", "version"], name="one_row_a_version")
        ]


class StrategySignature(models.Model):
    """One signature under the exact content of a version; a rejection voids it and leaves the row."""

    version = models.ForeignKey(StrategyVersion, on_delete=models.PROTECT, related_name="signatures")
    signature = models.CharField(max_length=32)
    person = models.CharField(max_length=150)
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["version", "signature"], condition=models.Q(voided_at=None), name="i17_a_signature_once"
            ),
            models.UniqueConstraint(
                fields=["version", "person"], condition=models.Q(voided_at=None), name="i17_a_person_signs_once"
            ),
        ]
