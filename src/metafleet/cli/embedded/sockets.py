"""The folder of Unix sockets: inside the data folder, or a short one that the folder links to."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from metafleet.cli.embedded.system_user import SystemUser, can_pass
from metafleet.cli.refusal import Refused

MAX_FOLDER_LENGTH = 70
"""Bytes. The kernels' limit is 104 (macOS) to 108 (Linux) for folder, name and suffix together."""


class SocketFolderRefused(Refused):
    """The short folder under the temporary folder belongs to somebody else."""


def make_socket_folder(link: Path, user: SystemUser | None) -> Path:
    """Make the folder for sockets and return its real path, open to nobody else.

    link: <data>/run, which becomes the folder itself or a symbolic link to it, so that other
    commands find it. user: PostgreSQL's user, who gets the sub-folder `postgres`.
    Raises SocketFolderRefused when the short folder's name is taken by somebody else.
    """
    mode = 0o711 if user else 0o700
    if _fits(link, user):
        if link.is_symlink():
            link.unlink()
        link.mkdir(exist_ok=True)
        folder = link
    else:
        folder = _short_folder(link, mode)
        _point(link, folder)
    folder.chmod(mode)
    _make_own(folder / "postgres", user)
    return folder


def remove_short_folder(link: Path) -> None:
    """Remove the folder outside of the data folder, if there is one, when nothing runs any more."""
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()


def _fits(link: Path, user: SystemUser | None) -> bool:
    if len(os.fsencode(link)) > MAX_FOLDER_LENGTH:
        return False
    return user is None or can_pass(user, link.parent)


def _short_folder(link: Path, mode: int) -> Path:
    digest = hashlib.sha256(os.fsencode(link.parent)).hexdigest()[:10]
    folder = Path(tempfile.gettempdir()).resolve() / f"metafleet-{os.geteuid()}-{digest}"
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        found = folder.lstat()
        # Anybody may write to the temporary folder; only our own folder is safe to use.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise SocketFolderRefused(
                f"{folder} belongs to somebody else; remove it, set TMPDIR to a folder of your own, "
                "or name a shorter data folder by METAFLEET_DATA_DIR."
            ) from None
    return folder


def _point(link: Path, folder: Path) -> None:
    if link.is_symlink() and link.readlink() == folder:
        return
    if link.is_symlink():
        link.unlink()
    elif link.is_dir():
        # Of an earlier start; it holds only dead sockets.
        shutil.rmtree(link)
    link.symlink_to(folder)


def _make_own(folder: Path, user: SystemUser | None) -> None:
    folder.mkdir(exist_ok=True)
    if user:
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)
