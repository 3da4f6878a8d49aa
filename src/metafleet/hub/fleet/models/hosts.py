"""Machines and the rules for how many there are. The operator's."""

from __future__ import annotations

from django.db import models

from metafleet.hub.kernel.models import Row


class HostState(models.TextChoices):
    """active → draining → gone; lost when it is not heard any more, back to active when it is."""

    ACTIVE = "active"
    DRAINING = "draining"
    LOST = "lost"
    GONE = "gone"


class Host(Row):
    """A machine that runs EA runners. The operator's, not a tenant's."""

    name = models.CharField(max_length=120, unique=True)
    driver = models.CharField(max_length=20)
    group = models.CharField(max_length=60, blank=True, help_text="the scaling group that made it")
    provider_id = models.CharField(max_length=120, blank=True, help_text="its id at the cloud or the engine")
    state = models.CharField(max_length=8, choices=HostState, default=HostState.ACTIVE)
    state_reason = models.CharField(max_length=300, blank=True)
    cpu = models.FloatField(help_text="cores")
    memory_mb = models.PositiveIntegerField()
    cpu_percent = models.FloatField(null=True, help_text="of all its cores")
    memory_used_mb = models.FloatField(null=True)
    versions = models.JSONField(default=dict, help_text="of its parts, as {engine, agent, image}")
    usd_per_hour = models.DecimalField(max_digits=10, decimal_places=5, default=0)
    seen_at = models.DateTimeField(null=True)
    drained_at = models.DateTimeField(null=True)
    is_told_closed = models.BooleanField(
        default=False, db_default=False, help_text="its engine was told here to start nothing more on it"
    )

    class Meta:
        indexes = (models.Index(fields=("state", "name"), name="host_list"),)


class ScalingGroup(Row):
    """Hosts that are made and removed together, and the rule for how many. The operator's."""

    name = models.CharField(max_length=60, unique=True)
    provider = models.CharField(max_length=20, help_text="simulated or aws")
    settings = models.JSONField(default=dict, help_text="the provider's own, as {asg, region}")
    per_host = models.PositiveIntegerField(help_text="active EAs on one host")
    buffer = models.PositiveIntegerField(default=1, help_text="hosts beyond what is needed now")
    minimum = models.PositiveIntegerField(default=5)
    maximum = models.PositiveIntegerField(default=50)
    weekend_minimum = models.PositiveIntegerField(null=True, help_text="while markets are closed")
    is_dry_run = models.BooleanField(default=False, help_text="decide and log, change nothing")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)


class ScalingDecision(Row):
    """What the autoscaler decided, and why. Written only when something changed or failed."""

    group = models.ForeignKey(ScalingGroup, on_delete=models.CASCADE, related_name="decisions")
    action = models.CharField(max_length=8, help_text="up, down, drain, none")
    active = models.PositiveIntegerField(help_text="EAs that need a place")
    hosts = models.PositiveIntegerField(help_text="hosts before")
    wanted = models.PositiveIntegerField(help_text="hosts after")
    reason = models.CharField(max_length=300)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=("group", "-created_at"), name="scaling_decision_list"),)
