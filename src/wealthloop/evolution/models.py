"""What was proposed, who decided it, and what was confirmed."""

from typing import ClassVar

from django.db import models


class Kind(models.TextChoices):
    """What a proposal asks for."""

    CHILD = "child"
    """A new strategy for a part of its parent's customers, to be confirmed on reserved ones."""
    SCALE = "scale"
    """A confirmed child for everybody whom it is for, with a small control that stays."""
    RETIRE = "retire"
    """The end of a strategy that has lost, has run out, or fades."""


class ProposalState(models.TextChoices):
    """What people made of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Proposal(models.Model):
    """One proposal; its document and evidence are those of the day on which it was made."""

    proposal_id = models.CharField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    strategy_id = models.CharField(max_length=64)
    """The strategy that is proposed, or that the proposal is about."""
    about = models.CharField(max_length=80)
    """The version from whose evidence it comes, ``id/vN``."""
    document = models.JSONField(null=True)
    evidence = models.JSONField()
    proposed_on = models.DateField()
    state = models.CharField(max_length=8, choices=ProposalState.choices, default=ProposalState.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    version = models.IntegerField(null=True)
    """The version that came of it."""
    number = models.IntegerField(null=True)
    """Its place in the stream of tests, from 1, given when it is accepted."""
    stream = models.IntegerField(null=True)
    """Which stream, from 1: a full one is followed by a new one."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["stream", "number"], name="one_test_a_place")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "state"])]


class Confirmation(models.Model):
    """A child that the stream has confirmed, with the figures of the look at which it was."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, primary_key=True, related_name="confirmation")
    on = models.DateField()
    log_e = models.FloatField()
    """Logarithm of the e-value against no effect."""
    level = models.FloatField()
    """The risk that the stream allowed."""
    effect = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    n = models.IntegerField()
