from __future__ import annotations

import uuid

from django.db import models

from metafleet.hub.identity.models import Tenant


class AuditEntry(models.Model):
    """Who did what to what, and when. The application role may add and read, never change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor = models.CharField(max_length=254, help_text="a person's e-mail, or system:<part>")
    action = models.CharField(max_length=64, help_text="verb of the subject, as instance.deployed")
    subject_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (
            # The activity page: the newest entries of a tenant.
            models.Index(fields=("tenant", "-at"), name="audit_newest"),
        )
