"""Versions of EAs on their way to instances."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.fleet.models.instances import EAInstance
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class RolloutState(models.TextChoices):
    """canary → promoted or rolled_back; stopped by a person leaves everything as it is."""

    CANARY = "canary"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"


class Rollout(Row):
    """A version of a template on its way to the instances that run an older one. The operator's."""

    template = models.ForeignKey(EATemplate, on_delete=models.PROTECT, related_name="+")
    from_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    to_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=RolloutState, default=RolloutState.CANARY)
    canaries = models.PositiveIntegerField(help_text="instances that go first")
    watch_minutes = models.PositiveIntegerField(default=60, help_text="from the last canary's start on")
    criteria = models.JSONField(default=dict, help_text="as {maxLossPercent, maxCrashes, maxLateHeartbeats}")
    started_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=300, blank=True, help_text="why it ended as it did")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("template",), condition=Q(ended_at__isnull=True), name="rollout_one_at_a_time"
            ),
        )


class RolloutMember(Row):
    """An instance that a rollout moved, and what it was before: the way back."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="members")
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="+")
    is_canary = models.BooleanField()
    before_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    before_inputs = models.JSONField()
    equity_at_move = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    moved_at = models.DateTimeField()
    moved_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rollout", "instance"), name="rollout_member_once"),)
