"""The base of every expected refusal.

A refusal is a sentence for a person: what was expected, what was found, what to do.
Edges translate it to a status; nothing is written when one is raised.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a request body; `pointer` is a JSON pointer, as `/inputs/fast_period`."""

    pointer: str
    detail: str


class Refused(Exception):
    """An operation says no. `status` is the HTTP status that edges answer."""

    status = 409

    def __init__(self, detail: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class Malformed(Refused):
    """The request itself is wrong; `faults` name the fields."""

    status = 400

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].detail, faults=faults)


class NotFound(Refused):
    """There is no such thing here, or it is somebody else's: the two look the same."""

    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what} here.")


class Throttled(Refused):
    """Too many tries; `retry_after_s` says when the next may come."""

    status = 429

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
