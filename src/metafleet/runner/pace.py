"""When one kind of observation may be sent next."""

from __future__ import annotations

from metafleet.runner.backoff import Backoff


class Pace:
    """At most one each interval, unless hurried; after a failure none before its back-off is over.

    All times are steady seconds.
    """

    def __init__(self) -> None:
        self._backoff = Backoff()
        self._next_s = 0.0
        self._is_failing = False

    def is_due(self, now_s: float, *, hurried: bool = False) -> bool:
        """Whether it may be sent now; `hurried` overrides the interval but not a back-off."""
        return now_s >= self._next_s or (hurried and not self._is_failing)

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next may be sent."""
        return max(0.0, self._next_s - now_s)

    def succeed(self, now_s: float, interval_s: float) -> bool:
        """Note a success; return whether it ended a row of failures."""
        was_failing, self._is_failing = self._is_failing, False
        self._backoff.reset()
        self._next_s = now_s + interval_s
        return was_failing

    def fail(self, now_s: float, asked_s: float | None) -> float:
        """Note a failure and what the other side asked for; return the wait, in seconds."""
        self._is_failing = True
        wait_s = self._backoff.next_wait_s(asked_s)
        self._next_s = now_s + wait_s
        return wait_s
