"""What is refused, in one sentence: what the file is, and what to export instead."""

from __future__ import annotations

from metafleet.hub.kernel.errors import Fault, Malformed, Refused


class NotAHistory(Malformed):
    """The file holds no history that can be read. Nothing is kept of it."""

    def __init__(self, detail: str) -> None:
        super().__init__(Fault("/file", detail))


class FileTooLarge(NotAHistory):
    """The file, or what it unpacks to, is larger than is read."""

    status = 413


class UnknownTimezone(Malformed):
    def __init__(self, name: str) -> None:
        said = name[:64] or "nothing"
        super().__init__(
            Fault("/timezone", f"{said!r} is no time zone. Write a name like Europe/Athens, or UTC.")
        )


class WrongState(Refused):
    """The import is past what was asked of it."""
