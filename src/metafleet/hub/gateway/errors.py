"""Why the gateway says no, beside `kernel.errors`: each is one status."""

from __future__ import annotations

from metafleet.hub.kernel.errors import Refused


class Unauthorised(Refused):
    """No token, or none that may speak here. Nothing was written."""

    status = 401


class TooLarge(Refused):
    """The body is larger than the protocol allows."""

    status = 413

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body is larger than {limit_bytes} bytes. Send less at once.")


class WrongAccount(Refused):
    """The terminal is signed in to another account than the one it was given."""

    status = 409


class Unavailable(Refused):
    """The database is away; the sender keeps what it has and comes again."""

    status = 503

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
