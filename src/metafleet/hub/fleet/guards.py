"""The limits that a runner enforces by itself. Who judges accounts, above the fleet, says which."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from metafleet.wire import messages

Source = Callable[[UUID], messages.Guard | None]
"""Takes an account, in its tenant's scope."""

_sources: list[Source] = []


def use(source: Source) -> None:
    """Let the source be asked from now on, in place of the one before."""
    _sources[:] = [source]


def guard_of(account_id: UUID) -> messages.Guard | None:
    """Return what a runner on this account is to hold its equity against, with the marks as they are now."""
    return _sources[0](account_id) if _sources else None
