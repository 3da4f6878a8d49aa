"""Versions of EAs on their way to instances."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.fleet.models.instances import EAInstance
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class RolloutState(models.TextChoices):
    """canary → promoting → promoted, and from either returning → rolled_back; stopped by a person
    leaves everything as it is."""

    CANARY = "canary"
    PROMOTING = "promoting"
    PROMOTED = "promoted"
    RETURNING = "returning"
    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"


class Rollout(Row):
    """A version of a template on its way to the instances that run an older one. The operator's."""

    template = models.ForeignKey(EATemplate, on_delete=models.PROTECT, related_name="+")
    from_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    to_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=RolloutState, default=RolloutState.CANARY)
    canaries = models.PositiveIntegerField(help_text="instances that go first")
    watch_minutes = models.PositiveIntegerField(default=60, help_text="from the last canary's proof on")
    criteria = models.JSONField(default=dict, help_text="as {maxLossPercent, maxCrashes, maxLateHeartbeats}")
    even_with_positions = models.BooleanField(
        default=False, db_default=False, help_text="do not wait until an EA is flat"
    )
    wave = models.PositiveIntegerField(default=0, db_default=0, help_text="the newest; 0: the canaries")
    waiting = models.CharField(
        max_length=300, blank=True, db_default="", help_text="what it waits for now, in words"
    )
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
        indexes = (
            # The operator's list.
            models.Index(fields=("-created_at",), name="rollout_list"),
        )


class RolloutMember(Row):
    """An instance that a rollout chose, and what it was before: the way back.

    `moved_at`: when it was given the new version, null until then; a member with a `skip_reason`
    stays as it was. `generation_at_move`: what starts later runs the new version.
    `profit_at_move`: what the EA had made in all, in account currency, open positions included.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="members")
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="+")
    is_canary = models.BooleanField()
    wave = models.PositiveIntegerField(default=0, db_default=0)
    before_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    before_inputs = models.JSONField()
    equity_at_move = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    profit_at_move = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    profit = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, help_text="at the newest look; see profit_at_move"
    )
    generation_at_move = models.PositiveIntegerField(null=True)
    moved_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True, help_text="when the new version was first seen at work")
    unwell_since = models.DateTimeField(null=True, help_text="since when it is not at work, though it should")
    late_heartbeats = models.PositiveIntegerField(default=0, db_default=0)
    late_counted_at = models.DateTimeField(null=True)
    skip_reason = models.CharField(max_length=300, blank=True, db_default="")
    moved_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rollout", "instance"), name="rollout_member_once"),)


class RolloutDecision(Row):
    """What was decided of a rollout, by whom and why. `figures`: what the decision went by."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    actor = models.CharField(max_length=254)
    action = models.CharField(
        max_length=12, help_text="start, choose, move, skip, wave, promote, back, roll_back, stop, end"
    )
    reason = models.CharField(max_length=500)
    figures = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=("rollout", "created_at"), name="rollout_decision_list"),)
