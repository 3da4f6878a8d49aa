"""Orders to terminals."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.fleet.models.terminals import Terminal
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class CommandState(models.TextChoices):
    """queued → leased → done | failed → dead."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"


class Command(Row):
    """An order to a terminal, durable from the request to the known result.

    `finished_at` is null as long as it is queued or leased. No index knows `state` or `due_at`:
    so a lease, which changes them, touches none.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="commands", db_index=False)
    type = models.CharField(max_length=20)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=6, choices=CommandState, default=CommandState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    requested_by = models.CharField(max_length=254)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            # A terminal asks for what is due to it, oldest first.
            models.Index(
                fields=("terminal", "created_at", "id"), condition=Q(finished_at=None), name="command_open"
            ),
            models.Index(fields=("terminal", "-created_at"), name="command_history"),
            # A tenant's newest commands, and those that need a person.
            models.Index(fields=("tenant", "-created_at"), name="command_list"),
            # The metrics: how many died lately.
            models.Index(
                fields=("finished_at",), condition=Q(finished_at__isnull=False), name="command_finished"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at=None, state__in=("queued", "leased"))
                | Q(finished_at__isnull=False, state__in=("done", "failed", "dead")),
                name="command_is_finished",
            ),
        )
