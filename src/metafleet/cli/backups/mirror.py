"""The folder of backups and its copy in a bucket, which outlives the machine.

The bucket has the folder's names: `<id>/manifest.json` and so on, and `log/<system>/<segment>.sealed`. It has
retention of its own, by what it holds: an emptied folder empties no bucket.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from metafleet.cli.backups import store
from metafleet.cli.backups.bucket import Bucket
from metafleet.cli.backups.log import SEALED, SEGMENT, number
from metafleet.cli.backups.store import MANIFEST, VERIFIED, Backup

_HEADS: Final = (MANIFEST, VERIFIED)


def push(folder: Path, bucket: Bucket, keep: int) -> int:
    """Send what the bucket has not, then thin it out; return how many files were sent. Safe to break off.

    keep: how many backups stay there, beside the newest that was verified.
    """
    there = bucket.sizes()
    sent = 0
    for backup in store.backups_in(folder):
        # One that retention took out there is not brought again; one that is there may be verified since.
        if f"{backup.manifest.id}/{MANIFEST}" in there or _is_kept(backup, folder, keep):
            sent += _push_backup(backup, bucket)
    for path in sorted((folder / "log").glob(f"*/*{SEALED}")):
        key = path.relative_to(folder).as_posix()
        # One that was sealed before it was whole comes again once it is.
        if there.get(key) != path.stat().st_size:
            sent += bucket.put(path, key)
    thin_out(bucket, keep)
    return sent


def thin_out(bucket: Bucket, keep: int) -> list[str]:
    """Remove all but the newest backups there and the newest verified, and the log that none needs."""
    keys = bucket.sizes()
    with _heads(bucket, keys) as folder:
        kept = store.backups_in(folder)
        spared = store.newest_verified(kept)
        gone = [backup for backup in kept[:-keep] if backup != spared]
        left = [backup for backup in kept if backup not in gone]
    for backup in gone:
        # Without its manifest it is no backup any more, should this break off.
        bucket.remove(f"{backup.manifest.id}/{MANIFEST}")
    ids = {backup.manifest.id for backup in left}
    for key in keys:
        first, _, name = key.partition("/")
        is_part = name in {*_HEADS, store.DATABASE, store.FILES}
        # Also what broke off there before the newest was complete.
        if (is_part and first not in ids and first < max(ids, default="")) or _is_old_log(key, left):
            bucket.remove(key)
    return [backup.manifest.id for backup in gone]


@contextmanager
def fetched(
    bucket: Bucket, which: str | None, *, complete_by: datetime | None = None, with_log: bool = True
) -> Iterator[tuple[Path, Backup]]:
    """Fetch a backup, and the log that follows it, into a scratch folder; yield that and the backup.

    Raises NoBackup, Damaged.
    """
    keys = bucket.sizes()
    with _heads(bucket, keys) as folder:
        backup = store.find(folder, which, complete_by)
        for file in backup.manifest.files:
            bucket.get(f"{backup.manifest.id}/{file.name}", backup.folder / file.name)
        for key in keys if with_log else ():
            if key.startswith(f"log/{backup.manifest.system}/") and not _is_old_log(key, [backup]):
                (folder / key).parent.mkdir(parents=True, exist_ok=True)
                bucket.get(key, folder / key)
        yield folder, backup


@contextmanager
def heads_of(bucket: Bucket) -> Iterator[Path]:
    """Yield a scratch folder with the manifests of what the bucket has."""
    with _heads(bucket, bucket.sizes()) as folder:
        yield folder


def push_verified(backup: Backup, bucket: Bucket) -> None:
    """Say there that it was verified."""
    if (backup.folder / VERIFIED).exists():
        bucket.put(backup.folder / VERIFIED, f"{backup.manifest.id}/{VERIFIED}")


def _push_backup(backup: Backup, bucket: Bucket) -> int:
    """The manifest goes last, so that what broke off is no backup."""
    sent = 0
    for file in backup.manifest.files:
        sent += bucket.put(backup.folder / file.name, f"{backup.manifest.id}/{file.name}", file.sha256)
    sent += bucket.put(backup.folder / MANIFEST, f"{backup.manifest.id}/{MANIFEST}")
    push_verified(backup, bucket)
    return sent


def _is_kept(backup: Backup, folder: Path, keep: int) -> bool:
    kept = store.backups_in(folder)
    return backup in kept[-keep:] or backup == store.newest_verified(kept)


@contextmanager
def _heads(bucket: Bucket, keys: dict[str, int]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="metafleet-bucket-") as scratch:
        folder = Path(scratch) / "backups"
        folder.mkdir()
        for key in keys:
            first, _, name = key.partition("/")
            if name in _HEADS and f"{first}/{MANIFEST}" in keys:
                (folder / first).mkdir(exist_ok=True)
                bucket.get(key, folder / key)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _is_old_log(key: str, backups: list[Backup]) -> bool:
    """Whether it is a segment that none of the backups needs; a system's of which there is none is kept."""
    top, _, rest = key.partition("/")
    system, _, name = rest.partition("/")
    first = [b.manifest.first_segment for b in backups if b.manifest.system == system]
    segment = name.removesuffix(SEALED)
    if top != "log" or not first or not SEGMENT.fullmatch(segment):
        return False
    return number(segment) < min(number(each) for each in first)
