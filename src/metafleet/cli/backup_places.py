"""Where backups are looked for: in the folder, or in the bucket, whose files are fetched for the while."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from metafleet.cli.backup_settings import BackupSettings
from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from metafleet.cli.backups.bucket import Bucket
    from metafleet.cli.backups.store import Backup


def folder_of(settings: BackupSettings, said: str | None) -> Path:
    """Return the folder of backups, as said or as set. Raises Refused for a bucket."""
    if said and said.startswith("s3://"):
        raise Refused(
            "backups are taken into a folder first; name the bucket that gets a copy by METAFLEET_BACKUP_URL."
        )
    return Path(said).expanduser().resolve() if said else settings.folder


def bucket_of(settings: BackupSettings, said: str | None = None) -> Bucket | None:
    """Return the bucket that was said, else the one that is set."""
    from metafleet.cli.backups.bucket import Bucket, is_url, read_bucket_settings

    url = said if said and is_url(said) else settings.bucket
    return Bucket(url, read_bucket_settings(os.environ)) if url else None


@contextmanager
def listed(settings: BackupSettings, said: str | None) -> Iterator[tuple[Path, str]]:
    """Yield a folder with the manifests of all backups there, and what to call the place."""
    from metafleet.cli.backups import mirror

    bucket = _chosen(settings, said)
    if bucket is None:
        folder = folder_of(settings, said)
        yield folder, str(folder)
        return
    with mirror.heads_of(bucket) as folder:
        yield folder, bucket.url


@contextmanager
def chosen(
    settings: BackupSettings,
    said: str | None,
    which: str | None,
    *,
    complete_by: datetime | None = None,
    with_log: bool = True,
) -> Iterator[tuple[Path, Backup]]:
    """Yield the folder that has the backup and its log, and the backup; what is noted on it is kept there.

    Raises NoBackup, Damaged.
    """
    from metafleet.cli.backups import mirror, store

    bucket = _chosen(settings, said)
    if bucket is None:
        folder = folder_of(settings, said)
        yield folder, store.find(folder, which, complete_by)
        return
    with mirror.fetched(bucket, which, complete_by=complete_by, with_log=with_log) as (folder, backup):
        yield folder, backup
        mirror.push_verified(backup, bucket)


@contextmanager
def keys_to_write(said: str | None, settings: BackupSettings, into: Path) -> Iterator[Path | None]:
    """Yield the file that the installation's keys are to be sealed into; a bucket gets it after the block.

    Raises Refused for a place where the backups lie too: who has both needs one secret less.
    """
    from metafleet.cli.backups.bucket import Bucket, is_url, read_bucket_settings, split_key

    if not said:
        yield None
        return
    if not is_url(said):
        path = Path(said).expanduser()
        if path.resolve().is_relative_to(into):
            raise Refused(f"--keys must name a file outside of {into}: who has both needs one secret less.")
        yield path
        return
    if settings.bucket and said.startswith(settings.bucket.rstrip("/") + "/"):
        raise Refused(f"--keys must name a place outside of {settings.bucket}, or another bucket.")
    place, name = split_key(said)
    bucket = Bucket(place, read_bucket_settings(os.environ))
    with tempfile.TemporaryDirectory(prefix="metafleet-keys-") as scratch:
        yield Path(scratch) / name
        bucket.put(Path(scratch) / name, name)


@contextmanager
def keys_to_read(said: str | None) -> Iterator[Path | None]:
    """Yield the file of sealed keys, fetched where it is in a bucket."""
    from metafleet.cli.backups.bucket import Bucket, is_url, read_bucket_settings, split_key

    if not said or not is_url(said):
        yield Path(said).expanduser() if said else None
        return
    place, name = split_key(said)
    with tempfile.TemporaryDirectory(prefix="metafleet-keys-") as scratch:
        Bucket(place, read_bucket_settings(os.environ)).get(name, Path(scratch) / name)
        yield Path(scratch) / name


def _chosen(settings: BackupSettings, said: str | None) -> Bucket | None:
    """Return the bucket where it was said, or where the folder has nothing, as on another machine."""
    from metafleet.cli.backups import store
    from metafleet.cli.backups.bucket import is_url

    if said:
        return bucket_of(settings, said) if is_url(said) else None
    return None if store.backups_in(settings.folder) else bucket_of(settings)
