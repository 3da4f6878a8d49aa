from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.kernel.models import Row


class EATemplate(Row):
    """An EA that customers may deploy. Public to all tenants; synced from the code that ships."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    summary = models.CharField(max_length=200)
    description = models.TextField()
    risk_note = models.TextField()
    category = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=4)
    symbols = models.JSONField(default=list)
    cpu = models.DecimalField(max_digits=4, decimal_places=2, help_text="cores")
    memory_mb = models.PositiveIntegerField()
    required_plan = models.CharField(max_length=8, default="bronze")


class VersionState(models.TextChoices):
    """draft → in_review → approved → released → withdrawn; refused from any of the first three.

    draft: its trial is due or under way; in_review: a person is to decide; released: may be deployed;
    withdrawn: no new deployments, what runs goes on.
    """

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REFUSED = "refused"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


class EAVersion(Row):
    """One released version of a template: its code by hash, its inputs by JSON Schema."""

    template = models.ForeignKey(EATemplate, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=20)
    content_hash = models.CharField(max_length=80)
    changelog = models.TextField(blank=True)
    input_schema = models.JSONField()
    published_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=9, choices=VersionState, default=VersionState.RELEASED, db_default="released"
    )
    source = models.TextField(
        blank=True, db_default="", help_text="the EA's code; empty for one that ships with the product"
    )
    uploaded_by = models.CharField(max_length=254, blank=True, db_default="")
    input_migration = models.JSONField(
        default=dict,
        db_default={},
        help_text="from the version before: as {renamed: {old: new}, removed: [], set: {}}",
    )
    review = models.JSONField(null=True, help_text="as catalogue.records.ReviewRecord")
    reviewed_by = models.CharField(max_length=254, blank=True, db_default="")
    reviewed_at = models.DateTimeField(null=True)
    decision = models.CharField(
        max_length=500, blank=True, db_default="", help_text="why it was refused or withdrawn"
    )
    trial_due_at = models.DateTimeField(null=True)
    trial_lease_until = models.DateTimeField(null=True)
    trial_attempts = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = (
            # The same code under the same number is one release; changed code is a new one.
            models.UniqueConstraint(fields=("template", "version", "content_hash"), name="ea_version_once"),
        )
        indexes = (
            # The sweep: whose trial is due.
            models.Index(
                fields=("trial_due_at",), condition=Q(trial_due_at__isnull=False), name="ea_version_trial"
            ),
        )

    @property
    def is_uploaded(self) -> bool:
        """Whether its code is another's and came here by an upload."""
        return bool(self.source)
