"""What is told to the cloud that the installation runs in: an outbox, how far it was filled, and logs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class CloudEvent(Row):
    """Something that happened, to be told once: due until the cloud has taken it.

    `source_id` is the row that it tells of, and the id that goes with it, so that a receiver can tell a
    repeat.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    source_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=12, help_text="Incident or Deployment")
    detail = models.JSONField()
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            # The sweep: whose time has come.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="cloud_event_due"),
            # What is too old.
            models.Index(fields=("tenant", "created_at"), name="cloud_event_age"),
        )


class EventCursor(models.Model):
    """Until when the outbox has what happened, over all tenants. One row."""

    id = models.SmallIntegerField(primary_key=True)
    until = models.DateTimeField()


class LogCursor(models.Model):
    """How far an EA's log is in the cloud. `offset`: where its driver reads on; null: nothing was sent.

    A lease that ran out was a worker's that died: what it was sending may have arrived.
    """

    instance = models.OneToOneField(EAInstance, on_delete=models.CASCADE, primary_key=True, related_name="+")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    offset = models.BigIntegerField(null=True)
    looked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
