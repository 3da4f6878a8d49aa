"""Customers' own machines, the agent that watches each, and the terminals that it sees there."""

from __future__ import annotations

from django.db import models

from metafleet.hub.fleet.models.terminals import Terminal
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Agent(Row):
    """A host agent: one per machine of a tenant's. The last it said is an observation, latest wins.

    Its tokens name it and carry `token_version`, as terminals' do.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    name = models.CharField(max_length=120, blank=True, help_text="what the machine calls itself")
    system = models.CharField(max_length=120, blank=True, help_text="its operating system")
    version = models.CharField(max_length=40, blank=True)
    token_version = models.PositiveIntegerField(default=1)
    code_hash = models.BinaryField(null=True, unique=True, help_text="of the pairing code, while it is open")
    code_expires_at = models.DateTimeField(null=True)
    enrolled_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    cpu_percent = models.FloatField(null=True, help_text="of all its cores")
    memory_mb = models.PositiveIntegerField(null=True)
    memory_used_mb = models.PositiveIntegerField(null=True)
    disk_mb = models.PositiveIntegerField(null=True)
    disk_free_mb = models.PositiveIntegerField(null=True)
    clock_skew_ms = models.IntegerField(null=True, help_text="its clock ahead of the hub's")
    started_at = models.DateTimeField(null=True, help_text="when the machine came up")

    class Meta:
        indexes = (models.Index(fields=("tenant", "label"), name="agent_list"),)


class AgentTerminal(models.Model):
    """A terminal program that an agent sees on its machine."""

    terminal = models.OneToOneField(
        Terminal, on_delete=models.CASCADE, primary_key=True, related_name="on_agent"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="terminals")
    path = models.CharField(max_length=260, blank=True)
    process_state = models.CharField(max_length=10, default="unknown", help_text="running, dead or unknown")
    is_connected = models.BooleanField(null=True)
    is_algo_trading = models.BooleanField(null=True)
    experts = models.JSONField(default=list, help_text="names of the EAs that are on its charts")
    last_tick_at = models.DateTimeField(null=True)
    latency_ms = models.FloatField(null=True, help_text="to the broker")
    log_errors = models.PositiveIntegerField(default=0, help_text="error lines of its journal log today")
    last_log_error = models.CharField(max_length=300, blank=True)
    log_lines = models.JSONField(
        default=list, help_text="the newest of its logs, oldest first, as {at, file, text, isError}"
    )
    restarts = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class AgentSample(models.Model):
    """How a machine was in five minutes: its highest use of processor and memory, its last room on disk."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="samples", db_index=False)
    at = models.DateTimeField(help_text="when the five minutes began")
    cpu_percent = models.FloatField(null=True)
    memory_used_mb = models.PositiveIntegerField(null=True)
    disk_free_mb = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("agent", "at"), name="agent_sample_once"),)
