"""Incidents and their timelines; maintenance windows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Severity(models.TextChoices):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class IncidentState(models.TextChoices):
    """open → acknowledged → resolved; open → resolved."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class EventKind(models.TextChoices):
    OPENED = "opened"
    WORSE = "worse"
    ACTED = "acted"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    ESCALATED = "escalated"
    NOTED = "noted"
    RESOLVED = "resolved"


class Incident(Row):
    """Something that a person may have to know of, opened once while it lasts.

    `key` says what it is about ("rule:<id>:<subject>"): one open incident per key. `due_at`: when it
    is looked at next, to escalate it or because its snooze is over.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=40, help_text="the rule's kind, or what else opened it")
    rule_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=8, help_text="a Scope")
    subject_id = models.UUIDField(null=True)
    subject_label = models.CharField(max_length=120)
    account_id = models.UUIDField(null=True, help_text="the account concerned, where there is one")
    severity = models.CharField(max_length=8, choices=Severity)
    state = models.CharField(max_length=12, choices=IncidentState, default=IncidentState.OPEN)
    title = models.CharField(max_length=200)
    detail = models.JSONField(default=dict, help_text="the figures, as {value, limit, unit, …}")
    is_muted = models.BooleanField(default=False, help_text="nobody is told: muted rule or maintenance")
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=254, blank=True)
    snoozed_until = models.DateTimeField(null=True)
    escalation = models.PositiveSmallIntegerField(default=0)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=254, blank=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "key"), condition=Q(resolved_at__isnull=True), name="incident_open_once"
            ),
        )
        indexes = (
            models.Index(fields=("tenant", "-opened_at"), name="incident_list"),
            models.Index(fields=("tenant", "account_id", "-opened_at"), name="incident_of_account"),
            # The sweep: whose time has come.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="incident_due"),
        )


class IncidentEvent(Row):
    """One line of an incident's timeline: what was seen, what the system did, what a person said."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=12, choices=EventKind)
    text = models.CharField(max_length=500)
    actor = models.CharField(max_length=254)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=("incident", "at"), name="incident_timeline"),
            # What is new of a tenant.
            models.Index(fields=("tenant", "at"), name="incident_news"),
        )


class MaintenanceWindow(Row):
    """A time in which nobody is told of what happens to its subjects. Rules act all the same."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=8, help_text="a Scope")
    scope_id = models.UUIDField(null=True, help_text="null: all of the tenant")
    reason = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        indexes = (models.Index(fields=("tenant", "ends_at"), name="maintenance_list"),)
