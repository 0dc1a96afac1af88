"""A row for each version of a model, beside the registry's files, which hold the model itself."""

from typing import ClassVar

from django.db import models


class VersionState(models.TextChoices):
    """Where a version stands."""

    CHALLENGER = "challenger"
    """Trained while another was still good; used by nobody."""
    PROPOSED = "proposed"
    """Somebody asked that it be used; somebody else must agree."""
    CHAMPION = "champion"
    """The version in use."""
    RETIRED = "retired"


class ModelVersion(models.Model):
    """One version of a model."""

    model_id = models.CharField(max_length=160)
    version = models.CharField(max_length=32)
    family = models.CharField(max_length=16)
    owner = models.CharField(max_length=64)
    zh = models.TextField()
    en = models.TextField()
    state = models.CharField(max_length=16, choices=VersionState.choices)
    learner = models.CharField(max_length=16, blank=True)
    """Empty where there is no model, only its flag."""
    trained_as_of = models.DateField()
    expires_on = models.DateField()
    positives = models.IntegerField()
    auc = models.FloatField(null=True)
    slope = models.FloatField(null=True)
    calibration_error = models.FloatField(null=True)
    flags = models.JSONField()
    since = models.DateTimeField()
    """When it came into its state."""
    compared = models.JSONField(default=dict)
    """How a challenger did against the champion, as ``Comparison.told`` says it; empty before it was compared."""
    was_champion = models.BooleanField(default=False)
    """Whether a retired version was in use until another replaced it: the way back leads to it."""
    proposed_by = models.CharField(max_length=150, blank=True)
    approved_by = models.CharField(max_length=150, blank=True)
    reviewed_by = models.CharField(max_length=150, blank=True)
    """Who has signed that what looks like a leak is none."""
    review = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["model_id", "version"], name="one_row_a_model_version"),
            models.UniqueConstraint(
                fields=["model_id"], condition=models.Q(state=VersionState.CHAMPION), name="one_champion_a_model"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "family"], name="versions_by_state"),
            models.Index(fields=["model_id", "state"], name="versions_of_a_model"),
        ]
