"""From where a deed comes: set at the edges, read where it goes on record and into the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Final

MOST_OF_AGENT: Final = 200
"""Characters kept of a browser's name for itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`via`: session, API key <name>, support, cli, web (nobody has signed in), or system.

    `tenant_id` and `instance_id` are for the log; a record names its tenant and subject itself.
    """

    via: str = "system"
    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    tenant_id: str = ""
    instance_id: str = ""

    def as_detail(self) -> dict[str, str]:
        """Return what is known of it, in the API's words."""
        words = {"via": "via", "address": "address", "user_agent": "userAgent", "request_id": "requestId"}
        return {words[name]: value for name, value in asdict(self).items() if value and name in words}


_current: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - it is frozen


def current() -> Origin:
    """Return where what is being done comes from; the system itself, where nobody said."""
    return _current.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """What is done in the body comes from there."""
    before = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(before)


def came_by(via: str, tenant_id: str = "") -> None:
    """Say how the one who asks was let in, and into whose desk, once that is known."""
    _current.set(replace(_current.get(), via=via, tenant_id=tenant_id))


class Named(logging.Filter):
    """Put request, tenant and EA instance, where known, on each record of the log that does not say them."""

    def filter(self, record: logging.LogRecord) -> bool:
        whence = _current.get()
        for name in ("request_id", "tenant_id", "instance_id"):
            if not hasattr(record, name):
                setattr(record, name, getattr(whence, name))
        return True
