"""Sign how far each chain goes, day by day, and take away what is older than it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from metafleet.hub.audit import queries
from metafleet.hub.audit.models import AuditCheckpoint
from metafleet.hub.kernel.tenancy import tenant_scope

Sign = Callable[[dict[str, Any]], dict[str, Any]]
"""Returns the document with the installation's signature."""

EVERY: Final = timedelta(hours=24)
"""What is cut off within it shows in the checkpoints that others keep, if they asked meanwhile."""


def make_checkpoints(*, sign: Sign, now: datetime) -> int:
    """Sign the newest entry of each chain that has grown, a day after the last time at the soonest.

    Returns how many were signed. Safe to run twice.
    """
    made = 0
    for head in queries.heads():
        with tenant_scope(head.tenant_id):
            newest = queries.newest_checkpoint(tenant_id=head.tenant_id)
            if newest is not None and (newest.sequence >= head.sequence or now - newest.signed_at < EVERY):
                continue
            document = {
                "tenant": str(head.tenant_id),
                "sequence": head.sequence,
                "hash": head.hash.hex(),
                "at": now.isoformat(),
            }
            _, is_new = AuditCheckpoint.objects.get_or_create(
                tenant_id=head.tenant_id,
                sequence=head.sequence,
                defaults={"hash": head.hash, "document": sign(document), "signed_at": now},
            )
            made += is_new
    return made


def prune(*, keep: timedelta, now: datetime) -> int:
    """Take away the oldest entries of each chain that are older than `keep`; return how many.

    The database's door takes only what comes before all younger ones, and leaves an entry that says
    where the chain begins now. A chain's newest entry stays, however old.
    """
    older_than = now - keep
    return sum(_prune(head, older_than, now) for head in queries.heads() if head.oldest_at < older_than)


def _prune(head: queries.Head, older_than: datetime, now: datetime) -> int:
    with tenant_scope(head.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT audit_prune(%s, %s, %s)", [head.tenant_id, older_than, now])
        row: tuple[int] = cursor.fetchone()
        return row[0]
