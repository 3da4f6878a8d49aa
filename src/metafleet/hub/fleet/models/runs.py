"""Lives of instances, their proof, and how they did."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet.models.instances import EAInstance
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class RunState(models.TextChoices):
    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"


class Run(Row):
    """One life of an instance in a runtime.

    `sealed_assignment` is the work under a key that only the runner's one-start token
    gives; the row keeps that token's hash alone.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="runs")
    generation = models.PositiveIntegerField()
    version = models.ForeignKey(
        EAVersion,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        help_text="what it was started with; null: it began before that was written down",
    )
    state = models.CharField(max_length=8, choices=RunState)
    intent = models.CharField(max_length=8)
    driver = models.CharField(max_length=20)
    host = models.CharField(max_length=120, blank=True)
    handle = models.JSONField(default=dict, help_text="what the driver needs to find the runtime again")
    limits = models.CharField(max_length=300, blank=True)
    assignment_hash = models.BinaryField(null=True)
    sealed_assignment = models.BinaryField(null=True)
    assignment_taken_by = models.BinaryField(null=True, help_text="hash of the first runner's own word")
    assignment_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    reported_status = models.CharField(max_length=8, blank=True)
    reported_error = models.TextField(blank=True)
    report = models.JSONField(null=True, help_text="the first heartbeat's own words")
    first_heartbeat_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(
        null=True, help_text="the trading lease, by the database's clock; null: it never had one"
    )
    cpu_percent = models.FloatField(null=True)
    memory_mb = models.FloatField(null=True)
    guard = models.JSONField(
        null=True, help_text="the limit that the runner itself found broken: {kind, at, equity, floor}"
    )
    guard_told_at = models.DateTimeField(null=True, help_text="when what it did was taken over here")
    spread_points = models.FloatField(null=True, help_text="of its symbol, as the runner saw it last")
    spread_normal = models.FloatField(null=True, help_text="their slow average over about an hour")
    spread_samples = models.PositiveIntegerField(default=0, db_default=0)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)
    outcome = models.CharField(
        max_length=11, blank=True, db_default="", help_text="how it ended: a steps.Outcome"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("instance", "generation"), name="run_generation_once"),
        )
        indexes = (
            # The narrow door of a starting runner.
            models.Index(
                fields=("assignment_hash",),
                condition=Q(assignment_hash__isnull=False),
                name="run_assignment",
            ),
            # The judge: what runners did by themselves.
            models.Index(
                fields=("id",),
                condition=Q(guard__isnull=False, guard_told_at__isnull=True),
                name="run_guard",
            ),
        )


class Receipt(Row):
    """Proof of one deployment, written once, from what the runner itself reported."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="receipt")
    document = models.JSONField()


class Resolution(models.TextChoices):
    """How long a row of EAPerformance stands for, and how long it is kept: 7 days, 90 days, for ever."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"


class EAPerformance(models.Model):
    """How an EA instance did at an instant: an observation. Minutes and hours are the last of theirs.

    Money in account currency; `trades`: closed so far; `cpu_percent` of one core.
    """

    pk = models.CompositePrimaryKey("instance_id", "resolution", "at")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    instance = models.ForeignKey(
        EAInstance, on_delete=models.CASCADE, related_name="performance", db_index=False
    )
    resolution = models.CharField(max_length=6, choices=Resolution)
    at = models.DateTimeField()
    balance = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    equity = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    profit = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    trades = models.PositiveIntegerField(default=0)
    cpu_percent = models.FloatField(null=True)
    memory_mb = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            # What is too old, by how long it is kept.
            models.Index(fields=("resolution", "at"), name="performance_age"),
        )
