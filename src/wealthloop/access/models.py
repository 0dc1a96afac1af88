"""People, the keys under which analytical rows know customers, and the audit chain."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a person is in the bank; the first five work at the desk, the others in the console."""

    RM = "rm"
    REMOTE_AGENT = "remote_agent"
    LOBBY_MANAGER = "lobby_manager"
    INVESTMENT_ADVISER = "investment_adviser"
    BRANCH_HEAD = "branch_head"
    STRATEGY = "strategy"
    DATA = "data"
    TECHNOLOGY = "technology"
    PRODUCT_MANAGER = "product_manager"
    CONSUMER_PROTECTION = "consumer_protection"
    COMPLIANCE = "compliance"
    HEAD = "head"


class Person(AbstractUser):
    """Someone who can log in."""

    role = models.CharField(max_length=20, choices=Role.choices)
    staff_id = models.CharField(max_length=64, blank=True)
    branch_id = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, choices=[("zh-hans", "中文"), ("en", "English")], default="zh-hans")

    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]


class PersonKey(models.Model):
    """The random surrogate of a customer; destroying the row cuts the ledger from the person."""

    customer_id = models.CharField(max_length=64, unique=True)
    person_key = models.CharField(max_length=32, unique=True)


class AuditEntry(models.Model):
    """One link of the audit chain: its hash covers its content and the link before it."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    verb = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=128)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)


class AuditHead(models.Model):
    """The newest link of the chain, one row: locked by every writer, and the witness against truncation."""

    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)
