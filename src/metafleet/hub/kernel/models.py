"""What every row has, and how often the product kept its objectives."""

from __future__ import annotations

import uuid

from django.db import models


class Row(models.Model):
    """Abstract: a UUID key and the two instants that every row carries."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class CountResolution(models.TextChoices):
    """How long a row of ObjectiveCount stands for: minutes become hours, what is ever only grows."""

    MINUTE = "minute"
    HOUR = "hour"
    EVER = "ever"


class ObjectiveCount(models.Model):
    """How many events of an objective there were in a minute or an hour, and how many were bad.

    The installation's, of no tenant. Added to by every process (`objectives.counts`); `at`: its beginning.
    """

    pk = models.CompositePrimaryKey("objective", "resolution", "at")
    objective = models.CharField(max_length=40)
    resolution = models.CharField(max_length=6, choices=CountResolution)
    at = models.DateTimeField()
    total = models.BigIntegerField()
    bad = models.BigIntegerField()
