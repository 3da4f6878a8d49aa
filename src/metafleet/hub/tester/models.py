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
    model = models.JSONField(null=True, help_text="as records.ModelUsed: whose signals it is given")
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


class Optimisation(Row):
    """A search of an EA's inputs over the past: what was asked, how far it is, what came out.

    `due_at` says when to look how it goes on: at once where nothing is being tried for it, after the lease
    while somebody looks, never once it has ended. `setup` is as `engine.tester.Test`, `data` as
    `records.Data`, `search` as `optimising.records.Search`; `best`, `luck`, `plateau` as there.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=80)
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="+", null=True)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    setup = models.JSONField()
    inputs = models.JSONField(default=dict, help_text="those that are not searched over")
    data = models.JSONField()
    search = models.JSONField()
    engine = models.CharField(max_length=80, blank=True, help_text="whose tries count; a new one begins anew")
    market_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=9, choices=BacktestState, default=BacktestState.QUEUED)
    done = models.PositiveIntegerField(default=0, help_text="tries of it that are known")
    total = models.PositiveIntegerField(default=0, help_text="the most that there may be")
    made = models.PositiveIntegerField(
        default=0, help_text="tries that were run for it, the others being known"
    )
    spent_s = models.FloatField(default=0.0, help_text="what those took together")
    message = models.CharField(max_length=400, blank=True)
    best = models.JSONField(null=True)
    luck = models.JSONField(null=True)
    plateau = models.JSONField(null=True)
    report = models.BinaryField(null=True, help_text="the document, JSON, by zlib")
    asked_by = models.CharField(max_length=254)
    due_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0, help_text="who looks proves it by the number of his look")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("tenant", "-created_at"), name="optimisation_list"),
            # The sweep: which can go on, and whose worker has gone.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="optimisation_due"),
        )


class Try(Row):
    """What came of one test of an optimisation, or of several: whoever asks for the same again has it.

    `outcome` is as `engine.tester.optimising.Outcome`, JSON. The figures beside it are of the optimisation
    that had it run, by its criterion; `is_search`: over the whole time that is searched, not in a window.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    optimisation = models.ForeignKey(Optimisation, on_delete=models.CASCADE, related_name="tries")
    key = models.CharField(max_length=64, help_text="of all that decides the outcome")
    outcome = models.BinaryField()
    is_done = models.BooleanField(help_text="false of one that failed")
    is_search = models.BooleanField()
    score = models.FloatField(null=True, help_text="more is better; null: none can be said")
    sharpe_day = models.FloatField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "key"), name="try_once"),)
        # The best while it goes on.
        indexes = (models.Index(fields=("optimisation", "-score"), name="try_best"),)


class TryBatch(Row):
    """Tries that one worker makes, one after another. It goes when they are made.

    `due_at` says when somebody may take it: at once, or after the lease of who has it. `attempts` counts who
    took it since the last try that was made; `claims` all of them, and is their proof.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    optimisation = models.ForeignKey(Optimisation, on_delete=models.CASCADE, related_name="batches")
    jobs = models.BinaryField(help_text="engine.tester.optimising.Job each, JSON, by zlib")
    size = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    claims = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = (
            # The sweep, and the places that are taken.
            models.Index(fields=("due_at",), name="try_batch_due"),
            models.Index(fields=("tenant", "lease_until"), name="try_batch_running"),
        )
