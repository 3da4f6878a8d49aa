"""How the installation's backups stand, as `metafleet backup` last wrote it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from metafleet.hub.monitor.models import BackupStanding

TOO_OLD: Final = timedelta(hours=48)
"""Of the newest verified backup: one that is taken each day may fail once before anybody is told."""


def standing() -> BackupStanding | None:
    """Return what was last said of the backups; None where none was ever made."""
    return BackupStanding.objects.order_by("-seen_at").first()


def is_too_old(row: BackupStanding, now: datetime) -> bool:
    """Whether no verified backup is young enough."""
    return row.verified_of is None or now - row.verified_of > TOO_OLD
