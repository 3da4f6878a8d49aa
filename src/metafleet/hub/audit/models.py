from __future__ import annotations

import uuid

from django.db import models

from metafleet.hub.identity.models import Tenant


class AuditEntry(models.Model):
    """Who did what to what, when, from where, and what it changed. Nobody changes or removes it.

    The database chains the entries of a tenant when their transaction commits (`audit_link`): until
    then, and only then, the last three columns are empty. The platform's own have `PLATFORM` for tenant,
    which is no tenant's id: hence no constraint.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=254, help_text="a person's e-mail, or system:<part>")
    action = models.CharField(max_length=64, help_text="verb of the subject, as instance.deployed")
    subject_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    changes = models.JSONField(default=dict, help_text="{field: [before, after]}, without secrets")
    origin = models.JSONField(default=dict, help_text="via, address, userAgent, requestId")
    created_at = models.DateTimeField(auto_now_add=True)
    sequence = models.BigIntegerField(null=True, editable=False, help_text="from 1, in the order of commits")
    previous_hash = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta:
        indexes = (
            # The activity page: the newest entries of a tenant.
            models.Index(fields=("tenant", "-at"), name="audit_newest"),
            # All that concerns one thing.
            models.Index(fields=("tenant", "subject_id"), name="audit_of_subject"),
        )
        constraints = (
            # A chain has no two entries in one place; and its newest is found.
            models.UniqueConstraint(fields=("tenant", "sequence"), name="audit_sequence_once"),
        )


class AuditCheckpoint(models.Model):
    """How far a tenant's chain was, signed by the installation: kept elsewhere, it proves a cut tail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    sequence = models.BigIntegerField()
    hash = models.BinaryField()
    document = models.JSONField(help_text="tenant, sequence, hash, at, signature")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = (
            # One for each length of a chain; the newest is found by it.
            models.UniqueConstraint(fields=("tenant", "sequence"), name="audit_checkpoint_once"),
        )
