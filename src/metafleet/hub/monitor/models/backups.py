"""How the installation's backups stand: written by `metafleet backup`, read by operators and the judge."""

from __future__ import annotations

from django.db import models

from metafleet.hub.kernel.models import Row


class BackupStanding(Row):
    """What the copy of the database has, as who makes it last saw it. The operator's; one row each slot.

    The database's replication slot names it, which one follower alone can hold.
    """

    slot = models.CharField(max_length=63, unique=True)
    place = models.CharField(max_length=300, help_text="the folder or the bucket's address")
    newest = models.CharField(max_length=40, blank=True, help_text="the newest backup's id")
    newest_at = models.DateTimeField(null=True, help_text="when it was complete")
    verified_of = models.DateTimeField(null=True, help_text="when the newest that was verified was complete")
    verified_at = models.DateTimeField(null=True, help_text="when that was verified")
    followed_at = models.DateTimeField(null=True, help_text="until when the copy has every commit")
    kept = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0, help_text="of backups and log together")
    problem = models.CharField(max_length=300, blank=True, help_text="what went wrong last, while it lasts")
    seen_at = models.DateTimeField(help_text="when this was written")
