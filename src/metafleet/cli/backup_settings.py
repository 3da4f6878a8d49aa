"""What the environment says of backups: where they lie, how often, how many, and how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from metafleet.cli.settings import SettingRefused, Settings

BACKUP_KEY: Final = "backup.key"
"""In the folder of keys."""


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """folder: where they lie. is_kept: whether `metafleet up` takes them by itself.

    max_bytes: what backups and log may take together, as far as keeping a verified one allows.
    bucket: the address of a copy of the folder, None for none.
    """

    folder: Path
    bucket: str | None
    is_kept: bool
    every: timedelta
    keep: int
    max_bytes: int


def read_backup_settings(environ: Mapping[str, str], settings: Settings) -> BackupSettings:
    """Raises SettingRefused."""
    return BackupSettings(
        folder=_folder(environ, settings),
        bucket=_bucket(environ),
        is_kept=_is_kept(environ, has_own_database=settings.database_url is None),
        every=timedelta(hours=_number(environ, "METAFLEET_BACKUP_HOURS", 24, low=0.1, high=24 * 366)),
        keep=int(_number(environ, "METAFLEET_BACKUP_KEEP", 7, low=1, high=10_000)),
        max_bytes=int(_number(environ, "METAFLEET_BACKUP_MAX_GB", 10, low=0.1, high=1e6) * 10**9),
    )


def _folder(environ: Mapping[str, str], settings: Settings) -> Path:
    """Return the folder as set, or one beside the data folder, which may be lost."""
    given = environ.get("METAFLEET_BACKUP_DIR", "").strip()
    if given:
        return Path(given).expanduser().resolve()
    return settings.data_dir.with_name(f"{settings.data_dir.name}-backups")


def _bucket(environ: Mapping[str, str]) -> str | None:
    url = environ.get("METAFLEET_BACKUP_URL", "").strip()
    if url and not url.startswith("s3://"):
        raise SettingRefused(f"METAFLEET_BACKUP_URL must be like s3://BUCKET/PREFIX, but is {url!r}.")
    return url or None


def _is_kept(environ: Mapping[str, str], *, has_own_database: bool) -> bool:
    text = environ.get("METAFLEET_BACKUPS", "").strip().lower()
    if text not in {"", "true", "false"}:
        raise SettingRefused(f"METAFLEET_BACKUPS must be true or false, but is {text!r}.")
    return text == "true" if text else has_own_database


def _number(environ: Mapping[str, str], name: str, default: float, *, low: float, high: float) -> float:
    text = environ.get(name, "").strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not low <= value <= high:
        raise SettingRefused(f"{name} must be a number from {low:g} to {high:g}, but is {text!r}.")
    return value
