from __future__ import annotations

from django.db import models

from metafleet.hub.kernel.models import Row


class TestedSet(Row):
    """What one set of an EA's inputs did over a stretch of bars, by content: the same is never run twice.

    The installation's. Times by the server's clock, seconds; the end not included. `bars_hash` is of the
    tested bars and of those that warmed up for them; `engine` names what decides a test's outcome.
    """

    __test__ = False

    slug = models.CharField(max_length=60)
    content_hash = models.CharField(max_length=80, help_text="of the EA's code")
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    inputs_hash = models.CharField(max_length=32)
    from_s = models.BigIntegerField()
    to_s = models.BigIntegerField()
    bars_hash = models.CharField(max_length=64)
    engine = models.CharField(max_length=40)
    trades = models.PositiveIntegerField()
    outcome = models.BinaryField(help_text="as evidence.outcomes.Outcome.packed")

    class Meta:
        constraints = (
            # Two workers that run the same keep one of it; and how it is looked up.
            models.UniqueConstraint(
                fields=("content_hash", "symbol", "timeframe", "engine", "bars_hash", "inputs_hash"),
                name="tested_set_once",
            ),
        )


class EvidenceStanding(models.Model):
    """How far the gathering of evidence is: one row of the installation.

    `due_at` says when to look next. `source`, `counts` and `problems` are of the last time that all was
    looked at: where prices came from by symbol, how much was run and how long it took, what failed.
    """

    name = models.CharField(max_length=20, primary_key=True)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    ran = models.PositiveIntegerField(default=0, help_text="sets that were run the last time")
    elapsed_s = models.FloatField(default=0.0)
    sources = models.JSONField(default=dict)
    error = models.CharField(max_length=400, blank=True)
