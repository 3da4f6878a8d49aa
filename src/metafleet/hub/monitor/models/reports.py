"""What a tenant shows and sends regularly: the status page, the weekly report."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row
from metafleet.hub.monitor.models.channels import Channel


class StatusPage(Row):
    """A public page that says how a tenant's fleet is. Only the key's hash is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=80)
    key_hash = models.BinaryField(unique=True)
    shows_accounts = models.BooleanField(default=False, help_text="their labels; never money")
    revoked_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=254)


class WeeklyReport(Row):
    """A report that goes through a channel each week, at an hour of the clock of `timezone`."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="weekly_report")
    weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday")
    hour = models.PositiveSmallIntegerField(default=8)
    timezone = models.CharField(max_length=64, default="UTC")
    due_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=254)

    class Meta:
        indexes = (
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="weekly_report_due"),
        )
