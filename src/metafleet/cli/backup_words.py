"""Backups and what was found in them, as `metafleet backup` says it."""

from __future__ import annotations

from metafleet.cli.asking import remark, say
from metafleet.cli.backups.store import Backup
from metafleet.cli.backups.verifying import Found


def size(backup: Backup) -> str:
    return f"{backup.size / 2**20:,.1f} MiB"


def say_verified(backup: Backup, found: Found) -> None:
    examined, reaches = found.examined, found.reaches or "the backup itself"
    say(f"Backup {backup.manifest.id} restores: {len(found.rows)} tables, {found.total} rows.")
    say(f"It reaches {reaches}, by {found.laid.count} segments of the log.")
    say(
        f"Looked at: {examined.entries} entries of the record, {examined.deals} deals, "
        f"{examined.trades} trades; {len(examined.troubles) or 'none'} not as it must be."
    )
    for trouble in examined.troubles:
        remark(trouble)


def as_json(backup: Backup) -> dict[str, object]:
    manifest, verified = backup.manifest, backup.verified
    return {
        "id": manifest.id,
        "folder": str(backup.folder),
        "version": manifest.version,
        "beganAt": manifest.began_at.isoformat(),
        "endedAt": manifest.ended_at.isoformat(),
        "keyId": manifest.key_id,
        "bytes": backup.size,
        "verifiedAt": verified.at.isoformat() if verified else None,
        "verifiedRows": verified.rows if verified else None,
        "verifiedReaches": (verified.reaches or None) if verified else None,
    }


def verified_as_json(backup: Backup, found: Found) -> dict[str, object]:
    examined = found.examined
    return {
        "backup": backup.manifest.id,
        "rows": found.rows,
        "reaches": found.reaches or None,
        "segments": found.laid.count,
        "logFault": found.laid.fault or None,
        "entries": examined.entries,
        "deals": examined.deals,
        "trades": examined.trades,
        "troubles": list(examined.troubles),
    }
