"""Channels that people are told through, and every message that went, or is to go, through them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row
from metafleet.hub.monitor.models.incidents import IncidentEvent, Severity


class Channel(Row):
    """A way to tell somebody. What is secret of its settings is in the vault, under this row's id.

    `kind` names a folder of `monitor.channels`. Quiet hours: nothing below critical between
    `quiet_from` and `quiet_to`, on the clock of `timezone`; it is told when they end.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    settings = models.JSONField(default=dict)
    min_severity = models.CharField(max_length=8, choices=Severity, default=Severity.INFO)
    is_for_escalation = models.BooleanField(default=False, help_text="told only of what is escalated")
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    timezone = models.CharField(max_length=64, default="UTC")
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "name"), name="channel_once"),)


class DeliveryState(models.TextChoices):
    """queued → sent | failed; failed for good after the last attempt, or at a permanent error."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Delivery(Row):
    """One message through one channel: due, leased, tried, and what came of it.

    Its id goes with the message, so that a receiver can tell a repeat.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(IncidentEvent, on_delete=models.CASCADE, null=True, related_name="deliveries")
    purpose = models.CharField(
        max_length=10, default="alert", help_text="alert, digest, notice, test or report"
    )
    message = models.JSONField(help_text="what is told, before the channel words it")
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.QUEUED)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    reply = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("channel", "event"), name="delivery_once"),)
        indexes = (
            models.Index(fields=("channel", "-created_at"), name="delivery_log"),
            # The sweep: whose time has come.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="delivery_due"),
        )
