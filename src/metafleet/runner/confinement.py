"""What a runner gives up before it touches its work: memory, privileges, its user.

Done in the runner itself, after its imports: the Python that it runs by may lie where its
user has no business, and from here on nothing more is read from there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from typing import Final

import msgspec

MAX_THREADS: Final = 64
"""Of one user, who has one runner; it has five threads. A fork bomb ends here."""

MAX_FILES: Final = 256

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15
_PR_SET_NO_NEW_PRIVS: Final = 38
"""Source: prctl(2)."""


class Confinement(msgspec.Struct, frozen=True, rename="camel"):
    """data_mb: private memory that may be reserved. user: its own user and group; None keeps ours."""

    data_mb: int | None = None
    user: int | None = None


def confine(limits: Confinement) -> None:
    """Take the limits for good. Raises OSError where the user cannot be changed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the password
    if limits.data_mb is not None:
        most = limits.data_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    give_up_privileges()
    if limits.user is not None:
        _become(limits.user)


def give_up_privileges() -> None:
    """No program that is started from here on has more rights than this one."""
    _prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


def end_with_parent() -> None:
    """Be killed when whoever started this is gone. A change of user takes it back: say it again after."""
    _prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))


def name_process(name: str) -> None:
    """Set what `ps` and `top` show; at most 15 bytes."""
    _prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()[:15]))


def _become(user: int) -> None:
    _lower(resource.RLIMIT_NPROC, MAX_THREADS)
    _lower(resource.RLIMIT_NOFILE, MAX_FILES)
    os.umask(0o077)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _lower(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (limit, limit))


def _prctl(option: int, argument: ctypes.c_ulong | ctypes.Array[ctypes.c_char]) -> None:
    """Elsewhere than on Linux there is none, and nothing is promised."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, argument, 0, 0, 0)
