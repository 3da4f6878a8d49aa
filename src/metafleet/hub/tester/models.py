from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class BacktestState(models.TextChoices):
    """queued → running → done or failed; cancelled from the first two."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY: Final = (BacktestState.QUEUED, BacktestState.RUNNING)


class MarketFile(Row):
    """A file of the operator's folder, as a worker found it: what it holds, or why it cannot be read.

    The installation's. Times by the server's clock, seconds, the last bar's or tick's included.
    """

    name = models.CharField(max_length=200, unique=True)
    size = models.BigIntegerField(help_text="bytes; with modified_ns it says whether to read it again")
    modified_ns = models.BigIntegerField()
    symbol = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=5, blank=True, help_text="bars or ticks")
    timeframe = models.CharField(max_length=4, blank=True, help_text="of bars")
    from_s = models.BigIntegerField(default=0)
    to_s = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file")
    error = models.CharField(max_length=400, blank=True)


class Backtest(Row):
    """One EA over one stretch of the past: what was asked, how far it is, what came out.

    `due_at` says when to look next: at once while it is queued, after the lease while it runs, never
    once it has ended. `setup` is as `engine.tester.Test`, `data` as `records.Data`.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=80)
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="+", null=True)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    setup = models.JSONField()
    inputs = models.JSONField(default=dict)
    data = models.JSONField()
    state = models.CharField(max_length=9, choices=BacktestState, default=BacktestState.QUEUED)
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    message = models.CharField(max_length=400, blank=True)
    figures = models.JSONField(null=True)
    report = models.BinaryField(null=True, help_text="the report document, JSON, by zlib")
    measured = models.JSONField(null=True, help_text="as records.Measured: by the worker, from outside")
    asked_by = models.CharField(max_length=254)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("tenant", "-created_at"), name="backtest_list"),
            # The sweep: whose turn it is, and whose worker has gone.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="backtest_due"),
        )
