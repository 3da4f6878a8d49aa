"""The folder of backups: one folder each, with a manifest that is written last."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from metafleet.cli.atomic import write_atomically
from metafleet.cli.backups.sealing import BackupKey, Damaged, WrongKey
from metafleet.cli.refusal import Refused

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
VERIFIED: Final = "verified.json"
DATABASE: Final = "database.sealed"
FILES: Final = "files.sealed"
_BROKEN_OFF_S: Final = 86_400.0


class NoBackup(Refused):
    """The folder holds no such backup."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed file; sha256 is of what lies on the disk, so that anybody can check it."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup is. Positions are PostgreSQL's, in the log of the system of that identifier.

    first_segment: the log's segment that a restore begins with.
    """

    format: int
    id: str
    version: str
    began_at: datetime
    ended_at: datetime
    key_id: str
    system: str
    first_segment: str
    end_lsn: str
    files: list[File]


class Verified(msgspec.Struct, frozen=True):
    """What the last verification found in the restored database. reaches: its newest commit, in
    PostgreSQL's words, "" for none after the backup."""

    at: datetime
    tables: int
    rows: int
    reaches: str = ""


@dataclass(frozen=True, slots=True)
class Backup:
    """One complete backup in its folder."""

    folder: Path
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(file.bytes for file in self.manifest.files)

    @property
    def verified(self) -> Verified | None:
        try:
            return msgspec.json.decode((self.folder / VERIFIED).read_bytes(), type=Verified)
        except (OSError, msgspec.DecodeError):
            return None

    def keep_verified(self, verified: Verified) -> None:
        write_atomically(self.folder / VERIFIED, msgspec.json.encode(verified))

    def check_key(self, key: BackupKey) -> None:
        """Raises WrongKey where another key sealed it."""
        if key.id != self.manifest.key_id:
            raise WrongKey(
                f"backup {self.manifest.id} was sealed by key {self.manifest.key_id}, but this is key "
                f"{key.id}; name the file of the right one by --key."
            )

    def check_files(self) -> None:
        """Raises Damaged, which names the file that is not what was written."""
        for file in self.manifest.files:
            path = self.folder / file.name
            try:
                with path.open("rb") as opened:
                    found = hashlib.file_digest(opened, "sha256").hexdigest()
            except OSError as error:
                raise Damaged(f"{path} cannot be read ({error.strerror}); restore another backup.") from error
            if found != file.sha256:
                raise Damaged(f"{path} is damaged (SHA-256 differs); restore another backup.")


def backups_in(folder: Path) -> list[Backup]:
    """Return the complete backups in the folder, oldest first; what broke off is none."""
    found = (_read(path.parent) for path in sorted(folder.glob(f"*/{MANIFEST}")))
    return [backup for backup in found if backup and not backup.folder.name.startswith(".")]


def find(folder: Path, wanted: str | None, complete_by: datetime | None = None) -> Backup:
    """Return the backup of that id or path, the newest for None. Raises NoBackup.

    complete_by: the newest that was complete by then.
    """
    if wanted and (Path(wanted) / MANIFEST).exists():
        backup = _read(Path(wanted))
        if backup:
            return backup
        raise Damaged(f"{Path(wanted) / MANIFEST} cannot be read as a manifest; restore another backup.")
    kept = backups_in(folder)
    for backup in reversed(kept):
        if wanted == backup.manifest.id:
            return backup
        if wanted is None and (complete_by is None or backup.manifest.ended_at <= complete_by):
            return backup
    named = f"no backup {wanted}" if wanted else "no backup"
    named += f" that was complete by {complete_by:%F %T} UTC" if complete_by and not wanted else ""
    raise NoBackup(f"there is {named} in {folder}; see `metafleet backup list`, or name the folder by --in.")


def new_id(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    write_atomically(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def thin_out(folder: Path, keep: int) -> Sequence[str]:
    """Remove all but the newest; return the ids of what was removed. keep: at least 1.

    The newest that was verified stays in any case.
    """
    kept = backups_in(folder)
    return _remove(backup for backup in kept[:-keep] if backup != newest_verified(kept))


def remove_oldest(folder: Path) -> Sequence[str]:
    """Remove the oldest but the newest, and the newest verified; return its id, none where none is spare."""
    kept = backups_in(folder)
    spared = [backup for backup in kept[:-1] if backup != newest_verified(kept)]
    return _remove(spared[:1])


def newest_verified(backups: Sequence[Backup]) -> Backup | None:
    return next((backup for backup in reversed(backups) if backup.verified), None)


def remove_broken_off(folder: Path) -> None:
    """Remove what a copy left that was killed a day ago or longer: a younger one may be under way."""
    for part in folder.glob(".*.part"):
        if time.time() - part.stat().st_mtime > _BROKEN_OFF_S:
            shutil.rmtree(part, ignore_errors=True)


def _remove(surplus: Iterable[Backup]) -> list[str]:
    removed = []
    for backup in surplus:
        # Without its manifest it is no backup any more, should this break off.
        (backup.folder / MANIFEST).unlink()
        shutil.rmtree(backup.folder)
        removed.append(backup.manifest.id)
    return removed


def _read(folder: Path) -> Backup | None:
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None
    return Backup(folder, manifest) if manifest.format == FORMAT else None
