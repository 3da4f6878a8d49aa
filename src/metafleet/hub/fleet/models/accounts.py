"""Trading accounts, and the last that was said of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Platform(models.TextChoices):
    PAPER = "paper"
    MT5 = "mt5"
    MT4 = "mt4"


class TradingAccount(Row):
    """A login at a broker's server. Its password is in the vault, under this row's id."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    platform = models.CharField(max_length=8, choices=Platform)
    login = models.BigIntegerField()
    server = models.CharField(max_length=64)
    currency = models.CharField(max_length=8)
    leverage = models.PositiveIntegerField(null=True)
    margin_mode = models.CharField(max_length=8, null=True)
    utc_offset_s = models.IntegerField(default=0, help_text="server time, seconds east of UTC")
    server_timezone = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="IANA name; where set it says the offset, summer and winter",
    )
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # A login is connected once per tenant; one that was removed may come back.
            models.UniqueConstraint(
                fields=("tenant", "server", "login"),
                condition=Q(deleted_at__isnull=True),
                name="account_login_once",
            ),
        )


class AccountState(models.Model):
    """The last that any terminal said of an account: an observation, latest wins."""

    account = models.OneToOneField(
        TradingAccount, on_delete=models.CASCADE, primary_key=True, related_name="state"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    balance = models.DecimalField(max_digits=18, decimal_places=2)
    equity = models.DecimalField(max_digits=18, decimal_places=2)
    margin = models.DecimalField(max_digits=18, decimal_places=2)
    free_margin = models.DecimalField(max_digits=18, decimal_places=2)
    open_positions = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
