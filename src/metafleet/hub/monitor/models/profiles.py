"""What people say of their accounts, and the equity marks that limits are counted from."""

from __future__ import annotations

from django.db import models

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.identity.models import Tenant, User
from metafleet.hub.kernel.models import Row

FIRST_PHASE = "F1"


class AccountGroup(Row):
    """Accounts that are looked at, and judged, together."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "name"), name="account_group_once"),)


class Programme(Row):
    """A prop firm's programme as its tenant uses it: phases with their targets and limits.

    `document` is read by `engine.programmes.terms`; `origin` names the shipped one that it was taken from.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    firm = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    document = models.JSONField()
    origin = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "firm", "name"), name="programme_once"),)


class AccountProfile(models.Model):
    """What its people say of an account. An account without a row has the defaults."""

    account = models.OneToOneField(
        TradingAccount, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    holder = models.CharField(max_length=60, blank=True)
    firm = models.CharField(max_length=60, blank=True)
    phase = models.CharField(max_length=20, default=FIRST_PHASE)
    phase_since = models.DateTimeField(null=True, help_text="null: since the account is known")
    group = models.ForeignKey(AccountGroup, on_delete=models.SET_NULL, null=True, related_name="profiles")
    programme = models.ForeignKey(Programme, on_delete=models.SET_NULL, null=True, related_name="profiles")
    initial_balance = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, help_text="of the phase; null: the first that was seen"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class ProfileChange(Row):
    """One change of a profile: the history of phases and groups."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=120, blank=True)
    after = models.CharField(max_length=120, blank=True)
    actor = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("account", "-at"), name="profile_change_list"),)


class AccountMark(models.Model):
    """The equity marks of an account, kept by the judge. Money in account currency.

    `day` is the day that the daily limit counts, on the programme's or the broker's clock. Peaks are
    since `since`, the start of the phase; `eod_peak` is the highest balance at the end of a day.
    """

    account = models.OneToOneField(
        TradingAccount, on_delete=models.CASCADE, primary_key=True, related_name="mark"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    first_balance = models.DecimalField(max_digits=18, decimal_places=2)
    day = models.DateField()
    day_began_at = models.DateTimeField()
    day_balance = models.DecimalField(max_digits=18, decimal_places=2)
    day_equity = models.DecimalField(max_digits=18, decimal_places=2)
    day_low = models.DecimalField(max_digits=18, decimal_places=2, help_text="lowest equity of the day")
    day_high = models.DecimalField(max_digits=18, decimal_places=2)
    peak_equity = models.DecimalField(max_digits=18, decimal_places=2)
    peak_balance = models.DecimalField(max_digits=18, decimal_places=2)
    eod_peak = models.DecimalField(max_digits=18, decimal_places=2)
    last_balance = models.DecimalField(max_digits=18, decimal_places=2)
    last_equity = models.DecimalField(max_digits=18, decimal_places=2)
    observed_at = models.DateTimeField()
    days_traded = models.PositiveIntegerField(default=0, help_text="days with an entry since `since`")
    best_day = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    initial_balance = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, help_text="the profile's, as it was taken last"
    )
    flows = models.DecimalField(
        max_digits=20, decimal_places=2, default=0, help_text="all that was paid in, less what was paid out"
    )
    flow_wanted_since = models.DateTimeField(
        null=True, help_text="since when the balance has moved by what no deal explains"
    )
    verdict = models.JSONField(default=dict, help_text="what the programme says: limits, distances, breach")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class BoardView(Row):
    """A view of the board that somebody keeps under a name."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "tenant", "name"), name="board_view_once"),)


class JudgeLease(models.Model):
    """Which process judges now, for all tenants: one row."""

    id = models.SmallIntegerField(primary_key=True)
    holder = models.UUIDField()
    until = models.DateTimeField()
