"""What speaks the protocol, and when it was connected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.fleet.models.accounts import Platform, TradingAccount
from metafleet.hub.fleet.models.instances import EAInstance
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Terminal(Row):
    """What speaks the protocol for one account: a hosted runner's, or a customer's own.

    Tokens name the terminal and carry `token_version`: raising it ends every older token.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="terminals")
    instance = models.OneToOneField(EAInstance, on_delete=models.PROTECT, related_name="terminal", null=True)
    platform = models.CharField(max_length=8, choices=Platform)
    token_version = models.PositiveIntegerField(default=1)
    revoked_at = models.DateTimeField(null=True)
    protocol = models.PositiveSmallIntegerField(null=True, help_text="the version that it spoke last")
    build = models.PositiveIntegerField(null=True)
    version = models.CharField(max_length=40, blank=True)
    utc_offset_s = models.IntegerField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    label = models.CharField(max_length=60, blank=True, db_default="")
    enrolled_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(null=True, help_text="last heartbeat that was signed in to the broker")
    trade_allowed = models.BooleanField(null=True)
    snapshot_at = models.DateTimeField(null=True, help_text="when its newest snapshot of positions arrived")
    crossed_at = models.DateTimeField(
        null=True, help_text="since when it speaks for another account than its own; null: it does not"
    )


class PairingCode(Row):
    """Lets a terminal enrol itself, once, within minutes. Only the code's hash is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="pairing_codes")
    code_hash = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class TerminalTrouble(models.Model):
    """What was refused of a terminal, counted by kind: an observation, for its owner to see.

    `kind` is "identity" (it spoke for another account) or "limit." and the limit's name.
    """

    pk = models.CompositePrimaryKey("terminal_id", "kind")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="troubles", db_index=False)
    kind = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)
    last_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class TradingSession(Row):
    """A terminal's connected time: from its first heartbeat until it was silent for too long."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    started_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("terminal",), condition=Q(ended_at__isnull=True), name="session_open_once"
            ),
        )
        indexes = (models.Index(fields=("tenant", "account", "-started_at"), name="session_list"),)
