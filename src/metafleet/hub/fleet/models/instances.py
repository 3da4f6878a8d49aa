"""EA instances: what is wanted, and what is so."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.fleet.models.accounts import TradingAccount
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class DesiredState(models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class InstanceState(models.TextChoices):
    """deploying → running ⇄ paused → stopping → stopped, and error from anywhere."""

    DEPLOYING = "deploying"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ERROR = "error"


class PauseMode(models.TextChoices):
    """What a paused EA still does, from the mildest to the strictest."""

    HOLD = "hold", "No new entries; stops and exits go on"
    TIGHTEN = "tighten", "No new entries; stops move to break-even or nearer"
    FLATTEN = "flatten", "Close its positions, then hold"
    FREEZE = "freeze", "The EA sends nothing at all; its broker-side stops stay"


class EAInstance(Row):
    """An EA template deployed on an account and symbol: what is wanted, and what is so.

    `generation` grows with every start; a report of an older one confirms nothing.
    `reconcile_due_at` says when to look next, `lease_until` that somebody looks now.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="instances")
    template = models.ForeignKey(EATemplate, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    magic = models.BigIntegerField(help_text="marks this EA's orders on the account")
    inputs = models.JSONField(default=dict)
    desired_state = models.CharField(max_length=8, choices=DesiredState)
    close_on_stop = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=InstanceState)
    status_text = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=0)
    reconcile_due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    crash_count = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    pause_mode = models.CharField(max_length=8, choices=PauseMode, blank=True, db_default="")
    paused_by = models.CharField(max_length=254, blank=True, db_default="")
    paused_by_person = models.BooleanField(default=False, db_default=False)
    pause_reason = models.CharField(max_length=300, blank=True, db_default="")
    paused_until = models.DateTimeField(null=True, help_text="null: until somebody resumes it")
    wanted_at = models.DateTimeField(
        null=True, help_text="since when its proof is waited for, by the objectives; null: it is not"
    )
    host = models.ForeignKey(
        "Host", on_delete=models.SET_NULL, related_name="instances", null=True, help_text="where it is placed"
    )
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # Two active EAs on one account trade different symbols.
            models.UniqueConstraint(
                fields=("account", "symbol"),
                condition=~Q(desired_state="stopped"),
                name="instance_symbol_once",
            ),
            # A deal's magic number names one instance of its account.
            models.UniqueConstraint(fields=("account", "magic"), name="instance_magic_once"),
        )
        indexes = (
            models.Index(fields=("tenant", "created_at"), name="instance_list"),
            # The sweep: whose time has come.
            models.Index(
                fields=("reconcile_due_at",),
                condition=Q(reconcile_due_at__isnull=False),
                name="instance_due",
            ),
            # The deployments whose minute runs.
            models.Index(fields=("wanted_at",), condition=Q(wanted_at__isnull=False), name="instance_wanted"),
            # Pauses that end by the clock.
            models.Index(
                fields=("paused_until",), condition=Q(paused_until__isnull=False), name="instance_pause_end"
            ),
        )
