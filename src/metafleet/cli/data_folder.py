"""The data folder: its layout, its version and the lock that gives it to one `metafleet up`."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from metafleet.cli.atomic import write_atomically
from metafleet.cli.refusal import Refused

FORMAT = 1
"""Layout of the data folder; a folder with a higher number was written by a newer metafleet."""

PARTS = frozenset(
    {
        *("VERSION", "lock", "supervisord.conf", "demo.json", "installation", "docker.json"),
        *("keys", "postgres", "postgres.new", "redis", "broker", "runners", "logs", "run", "mail"),
    }
)


class DataFolderRefused(Refused):
    """The data folder cannot be used: newer, somebody else's, not writable or in use."""


class DataFolderBusy(DataFolderRefused):
    """Another `metafleet up` holds the folder."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths inside one installation's data folder."""

    root: Path

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def broker(self) -> Path:
        return self.root / "broker"

    @property
    def runners(self) -> Path:
        return self.root / "runners"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def sockets(self) -> Path:
        """Unix sockets; a link to a shorter folder where this path is too long or out of reach."""
        return self.root / "run"

    @property
    def demo(self) -> Path:
        """The demo user's sign-in, written by the hub when it seeds the demo."""
        return self.root / "demo.json"

    @property
    def installation(self) -> Path:
        """What tells this installation's containers from another's on the same engine."""
        return self.root / "installation"

    @property
    def docker(self) -> Path:
        """The engine that this installation started containers on, for whoever stops them."""
        return self.root / "docker.json"

    @property
    def supervisor_config(self) -> Path:
        return self.root / "supervisord.conf"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def version(self) -> Path:
        return self.root / "VERSION"


def open_data_folder(root: Path) -> DataFolder:
    """Make or check the folder and return it; a folder that is refused is left as it was.

    Raises DataFolderRefused when it was written by a newer metafleet, holds other files,
    belongs to somebody else or cannot be written.
    """
    folder = DataFolder(root)
    try:
        _check_existing(folder)
        _make(folder)
    except OSError as error:
        raise DataFolderRefused(
            f"The data folder {root} cannot be used ({error.strerror}: {error.filename}); "
            "make it writable or name another one by METAFLEET_DATA_DIR."
        ) from error
    return folder


def _check_existing(folder: DataFolder) -> None:
    if not folder.root.exists():
        return
    strangers = sorted(
        name for name in os.listdir(folder.root) if name not in PARTS and not name.startswith(".")
    )
    if strangers and not folder.version.exists():
        raise DataFolderRefused(
            f"The data folder {folder.root} already holds other files (such as {strangers[0]}); "
            "name an empty folder by METAFLEET_DATA_DIR."
        )
    if folder.version.exists():
        _check_version(folder)


def _check_version(folder: DataFolder) -> None:
    try:
        written = json.loads(folder.version.read_text())
        found, by = int(written["format"]), str(written["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataFolderRefused(
            f"{folder.version} cannot be read as a metafleet version file; restore the data folder "
            "from a backup or name another one by METAFLEET_DATA_DIR."
        ) from error
    if found > FORMAT:
        raise DataFolderRefused(
            f"The data folder {folder.root} was written by metafleet {by} (format {found}), newer than this "
            f"metafleet {version('metafleet')} (format {FORMAT}); start that version or name another folder "
            "by METAFLEET_DATA_DIR."
        )


def _make(folder: DataFolder) -> None:
    # Root's database runs as another user, who has to pass through to its sockets.
    folder.root.mkdir(parents=True, exist_ok=True)
    folder.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for part in (folder.keys, folder.redis, folder.broker, folder.runners, folder.logs):
        part.mkdir(exist_ok=True, mode=0o700)
    if not folder.version.exists():
        record = json.dumps({"format": FORMAT, "version": version("metafleet")}) + "\n"
        write_atomically(folder.version, record.encode())
    if not folder.installation.exists():
        write_atomically(folder.installation, secrets.token_hex(5).encode() + b"\n")


@contextlib.contextmanager
def locked(folder: DataFolder) -> Iterator[int]:
    """Hold the folder while the block runs; yields the lock's file descriptor.

    Raises DataFolderBusy when another process holds it.
    """
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataFolderBusy(
                f"metafleet already runs on {folder.root} (process {lock_holder(folder) or 'unknown'}); "
                "stop it with `metafleet down` or name another folder by METAFLEET_DATA_DIR."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def lock_holder(folder: DataFolder) -> int | None:
    """Return the process id of the `metafleet up` that holds the folder, None when none does."""
    try:
        descriptor = os.open(folder.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 32, 0).decode().strip()
        return int(text) if text.isdigit() else None
    else:
        return None
    finally:
        os.close(descriptor)
