"""What every row has."""

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
