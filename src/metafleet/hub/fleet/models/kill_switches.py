"""Uses of the kill switch."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class KillSwitch(Row):
    """One use of the kill switch over a tenant's fleet: who, why, what it met, and how long it took."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    requested_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=300)
    preview = models.JSONField(help_text="accounts, positions and exposure when it was used")
    closes_foreign = models.BooleanField(default=False, help_text="also what no EA of ours opened")
    command_ids = models.JSONField(default=list)
    flat_at = models.DateTimeField(null=True, help_text="when the last account was seen without a position")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("tenant", "-created_at"), name="kill_switch_list"),
            # Those that are watched until all is flat.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="kill_switch_due"),
        )
