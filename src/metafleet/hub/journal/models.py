from __future__ import annotations

from django.db import models

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Deal(models.Model):
    """One execution at the broker, once and for ever: (account, ticket) is its name.

    `kind` is MetaTrader 5's DEAL_TYPE (0 buy, 1 sell, 2 balance, …), `entry` its
    DEAL_ENTRY (0 in, 1 out, 2 in/out, 3 out by), null for operations that are no trade.
    """

    pk = models.CompositePrimaryKey("account_id", "ticket")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    ticket = models.BigIntegerField()
    position_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    symbol = models.CharField(max_length=32, blank=True)
    kind = models.SmallIntegerField()
    entry = models.SmallIntegerField(null=True)
    volume = models.DecimalField(max_digits=18, decimal_places=8)
    price = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    executed_at = models.DateTimeField()
    profit = models.DecimalField(max_digits=18, decimal_places=2)
    commission = models.DecimalField(max_digits=18, decimal_places=2)
    swap = models.DecimalField(max_digits=18, decimal_places=2)
    fee = models.DecimalField(max_digits=18, decimal_places=2)
    magic = models.BigIntegerField(null=True)
    reason = models.SmallIntegerField(null=True)
    stop_loss = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    take_profit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    comment = models.CharField(max_length=255, blank=True)
    terminal_id = models.UUIDField(null=True, help_text="which terminal reported it first")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            # Folding: all deals of one position.
            models.Index(fields=("account", "position_id"), name="deal_position"),
            # Cash flows and the balance curve of an account.
            models.Index(fields=("tenant", "account", "executed_at"), name="deal_history"),
        )


class TradeState(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"
    ORPHAN = "orphan"


class Trade(Row):
    """One position id, folded from its deals; rewritten whenever one of them arrives.

    `part` counts the legs of a netting position that was reversed; elsewhere 0.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    position_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4)
    state = models.CharField(max_length=6, choices=TradeState)
    volume = models.DecimalField(max_digits=18, decimal_places=8, help_text="opened lots")
    closed_volume = models.DecimalField(max_digits=18, decimal_places=8)
    entry_price = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    exit_price = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    entered_at = models.DateTimeField(null=True)
    exited_at = models.DateTimeField(null=True)
    profit = models.DecimalField(max_digits=18, decimal_places=2)
    commission = models.DecimalField(max_digits=18, decimal_places=2)
    swap = models.DecimalField(max_digits=18, decimal_places=2)
    fee = models.DecimalField(max_digits=18, decimal_places=2)
    net_profit = models.DecimalField(max_digits=18, decimal_places=2)
    magic = models.BigIntegerField(null=True)
    exit_reason = models.CharField(max_length=12, blank=True)
    stop_loss = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    take_profit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    comment = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "position_id", "part"), name="trade_position_once"),
        )
        indexes = (
            # The journal: a tenant's newest trades, by exit and by entry.
            models.Index(fields=("tenant", "-exited_at"), name="trade_by_exit"),
            models.Index(fields=("tenant", "-entered_at"), name="trade_by_entry"),
            # An instance's trades.
            models.Index(fields=("tenant", "account", "magic", "-exited_at"), name="trade_by_magic"),
        )


class Position(models.Model):
    """One open position of the account's newest snapshot: an observation."""

    pk = models.CompositePrimaryKey("account_id", "ticket")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    ticket = models.BigIntegerField()
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4)
    volume = models.DecimalField(max_digits=18, decimal_places=8)
    open_price = models.DecimalField(max_digits=18, decimal_places=8)
    current_price = models.DecimalField(max_digits=18, decimal_places=8)
    profit = models.DecimalField(max_digits=18, decimal_places=2)
    swap = models.DecimalField(max_digits=18, decimal_places=2)
    stop_loss = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    take_profit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    magic = models.BigIntegerField(null=True)
    comment = models.CharField(max_length=255, blank=True)
    opened_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class EquityPoint(models.Model):
    """Balance and equity of an account, the last of each quarter of a minute."""

    pk = models.CompositePrimaryKey("account_id", "at")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    balance = models.DecimalField(max_digits=18, decimal_places=2)
    equity = models.DecimalField(max_digits=18, decimal_places=2)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class FailedItem(Row):
    """An item of a batch that could not be recorded, kept with the reason."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    terminal_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    digest = models.BinaryField(help_text="SHA-256 of the item, so that a repeat is kept once")
    item = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "kind", "digest"), name="failed_item_once"),
        )
