from __future__ import annotations

from django.db import models

from metafleet.hub.identity.models import Tenant


class Candle(models.Model):
    """One bar of a symbol at a broker's server, as this tenant's terminals saw it. Bid prices."""

    pk = models.CompositePrimaryKey("tenant_id", "server", "symbol", "timeframe", "opened_at")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    server = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    opened_at = models.DateTimeField()
    open = models.DecimalField(max_digits=18, decimal_places=8)
    high = models.DecimalField(max_digits=18, decimal_places=8)
    low = models.DecimalField(max_digits=18, decimal_places=8)
    close = models.DecimalField(max_digits=18, decimal_places=8)
    volume = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class MarketDay(models.Model):
    """A symbol's closed M1 bars of one day of the server's clock, as the installation's own market had them.

    The installation's, of no tenant. `bars`: RATES of `engine.market.arrays`, oldest first, by zlib; grows
    until the day is over. first_s, last_s: when the first and the newest bar opened, by the server's clock.
    """

    # The key answers what is asked: the days of a server's symbol.
    pk = models.CompositePrimaryKey("server", "symbol", "day")
    server = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    day = models.DateField()
    bars = models.BinaryField(default=bytes)
    count = models.IntegerField(default=0)
    first_s = models.BigIntegerField(default=0)
    last_s = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
