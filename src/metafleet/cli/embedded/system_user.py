"""The unprivileged user that PostgreSQL runs as when metafleet runs as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from metafleet.cli.embedded import as_user
from metafleet.cli.refusal import Refused

OWN_NAME = "metafleet-db"
FALLBACK_NAMES = ("postgres", "_postgres", "nobody")


class SystemUserRefused(Refused):
    """No unprivileged user exists and none can be made."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """An unprivileged user of this machine."""

    name: str
    uid: int
    gid: int


def database_user(data: Path) -> SystemUser | None:
    """Return who PostgreSQL shall run as; None says: as we do, since we are not root.

    data: PostgreSQL's data folder. An ordinary user who owns it already stays its user, so
    that a folder made without root keeps working without root.
    Raises SystemUserRefused when root finds no unprivileged user.
    """
    if os.geteuid() != 0:
        return None
    return _owner(data) or _known((OWN_NAME,)) or _made() or _known(FALLBACK_NAMES) or _refuse()


def command_as(user: SystemUser | None, command: list[str]) -> list[str]:
    """Return the command line that runs command as that user, in the same process."""
    if user is None:
        return command
    return [sys.executable, "-I", "-S", as_user.__file__, str(user.uid), str(user.gid), *command]


def can_pass(user: SystemUser, folder: Path) -> bool:
    """Whether that user may open files in folder, given the rights of all folders above."""
    check = command_as(user, ["/bin/sh", "-c", 'cd "$0"', str(folder)])
    return subprocess.run(check, cwd="/", capture_output=True, check=False).returncode == 0


def _owner(data: Path) -> SystemUser | None:
    if not data.exists() or data.stat().st_uid == 0:
        return None
    try:
        entry = pwd.getpwuid(data.stat().st_uid)
    except KeyError:
        return None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _known(names: Iterable[str]) -> SystemUser | None:
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return None


def _made() -> SystemUser | None:
    """Make the user with the tool that the machine has: useradd, or BusyBox's adduser."""
    useradd, adduser = shutil.which("useradd"), shutil.which("adduser")
    if useradd:
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_NAME]
    elif adduser:
        command = [adduser, "-S", "-D", "-H", OWN_NAME]
    else:
        return None
    subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return _known((OWN_NAME,))


def _refuse() -> SystemUser:
    raise SystemUserRefused(
        "PostgreSQL refuses to run as root and no unprivileged user could be made; "
        f"run `useradd --system {OWN_NAME}`, start metafleet as an ordinary user, or set DATABASE_URL."
    )
