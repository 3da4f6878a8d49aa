"""Rules, and how each stands for each of its subjects."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row
from metafleet.hub.monitor.models.incidents import Severity


class Scope(models.TextChoices):
    TENANT = "tenant"
    GROUP = "group"
    ACCOUNT = "account"
    INSTANCE = "instance"
    HOST = "host"


class Rule(Row):
    """A rule as its tenant wants it: which kind, with what numbers, over what, and what it does.

    `kind` names a module of `monitor.rules`, whose parameters are `params`.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.TENANT)
    scope_id = models.UUIDField(null=True, help_text="null: all of the tenant")
    actions = ArrayField(models.CharField(max_length=20), default=list)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.WARNING)
    is_enabled = models.BooleanField(default=True)
    muted_until = models.DateTimeField(null=True, help_text="judged and acted on, but nobody is told")
    created_by = models.CharField(max_length=254)

    class Meta:
        indexes = (models.Index(fields=("tenant", "created_at"), name="rule_list"),)


class RuleState(models.Model):
    """How a rule stands for one subject, where it is not simply well. Kept by the judge."""

    pk = models.CompositePrimaryKey("rule_id", "subject_id")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="states", db_index=False)
    subject_id = models.UUIDField()
    is_firing = models.BooleanField(default=False)
    since = models.DateTimeField(
        null=True, help_text="since when what would change it has been so; null: nothing would"
    )
    stage = models.PositiveSmallIntegerField(default=0, help_text="percent of the limit that was warned of")
    value = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
