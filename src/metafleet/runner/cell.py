"""The cell that a trial shuts itself in: no files, no network, no other process, little memory and time.

After its imports, and for good. As root it gives up its user too; elsewhere a user namespace of its
own lets it do the rest. Where neither can be had it says so, and nothing is run.
Sources: unshare(2), chroot(2), capset(2), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from metafleet.runner import confinement

_CLONE_NEWIPC: Final = 0x08000000
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWPID: Final = 0x20000000
_CLONE_NEWNET: Final = 0x40000000
_CAPABILITY_VERSION: Final = 0x20080522

MOST_FILES: Final = 32


class NoCell(Exception):
    """This machine does not let us shut anything in; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """root: an empty folder that becomes all there is. user: whom to become, None where we are not root.
    data_mb: private memory; cpu_s: processor time."""

    root: Path
    user: int | None
    data_mb: int
    cpu_s: int


def enter(cell: Cell) -> None:
    """Shut this process in. Raises NoCell, with nothing promised."""
    if sys.platform != "linux":
        raise NoCell("A trial needs Linux: its sandbox is made of Linux's namespaces.")
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWPID
    if libc.unshare(spaces | (0 if cell.user is not None else _CLONE_NEWUSER)) != 0:
        why = os.strerror(ctypes.get_errno())
        raise NoCell(
            f"A trial needs root or user namespaces, and has neither here ({why}). "
            "Run metafleet as root, or allow kernel.unprivileged_userns_clone."
        )
    _go_on_in_a_child()
    try:
        os.chroot(cell.root)
        os.chdir("/")
    except OSError as refused:
        raise NoCell(f"A trial cannot leave the machine's files behind: {refused}.") from refused
    _limit(cell)
    confinement.give_up_privileges()
    if cell.user is not None:
        os.setgroups([])
        os.setresgid(cell.user, cell.user, cell.user)
        os.setresuid(cell.user, cell.user, cell.user)
    elif not _drop_capabilities(libc):
        raise NoCell("A trial cannot give its capabilities up.")
    confinement.end_with_parent()


def _go_on_in_a_child() -> None:
    """Who makes a space of processes is not in it: its first child is. This one waits and ends alike."""
    child = os.fork()
    if child == 0:
        return
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(abs(code))


def _limit(cell: Cell) -> None:
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_NPROC, 1),
        (resource.RLIMIT_CPU, cell.cpu_s),
        (resource.RLIMIT_DATA, cell.data_mb * 1024 * 1024),
    ):
        resource.setrlimit(what, (most, most))


def _drop_capabilities(libc: ctypes.CDLL) -> bool:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    return bool(libc.capset(header, none) == 0)
