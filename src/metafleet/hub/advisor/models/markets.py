from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.kernel.models import Row


class MarketView(Row):
    """How a symbol of a server stands on a timeframe, the newest only. The installation's, of no tenant.

    `due_at` says when to look next; whoever looks moves it ahead first, so that two do not. `figures` is as
    `analysis.figures.View`; empty while there are too few bars, and `bar_s` is 0 then.
    """

    server = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    bar_s = models.BigIntegerField(default=0, help_text="newest closed bar's opening, server's clock")
    figures = models.JSONField(default=dict)
    past = models.JSONField(default=dict, help_text="as `analysis.figures.Past`")
    looked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        constraints = (
            # One of each; the board reads a server's.
            models.UniqueConstraint(fields=("server", "symbol", "timeframe"), name="market_view_once"),
        )
        indexes = (models.Index(fields=("due_at",), name="market_view_due"),)


class MarketHour(models.Model):
    """A MarketView as it was with the last bar that closed within an hour of the server's clock. Kept, so
    that what was said then can be read later. The installation's."""

    # The key answers what is asked: a symbol's past, the newest first.
    pk = models.CompositePrimaryKey("server", "symbol", "timeframe", "hour_s")
    server = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    hour_s = models.BigIntegerField()
    figures = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class MarketEvent(Row):
    """An event of the economic calendar that a worker was given, as it was last said. The installation's."""

    source_id = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField()
    currency = models.CharField(max_length=8)
    impact = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    actual = models.CharField(max_length=40, blank=True)
    forecast = models.CharField(max_length=40, blank=True)
    previous = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = (models.Index(fields=("at",), name="market_event_at"),)


class MarketSentiment(Row):
    """How many of a crowd's positions in a symbol are long, as a worker was given it. The installation's."""

    symbol = models.CharField(max_length=32)
    at = models.DateTimeField()
    long_ratio = models.FloatField()
    positions = models.IntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("symbol", "at"), name="market_sentiment_once"),
            models.CheckConstraint(
                condition=Q(long_ratio__gte=0) & Q(long_ratio__lte=1), name="market_sentiment_ratio"
            ),
        )
