"""The three shapes in which the package's functions are called, each a decorator, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, TypeVar

from metafleet.engine.mt5.errors import (
    NO_CONNECTION,
    NOTHING_CALLED,
    SUCCESS,
    TIMED_OUT,
    CallFailed,
    Error,
    LeftException,
)
from metafleet.engine.mt5.venue import Venue, VenueLost

R = TypeVar("R")


class Connection:
    """A venue or none, the last error, and the lock that lets one call in at a time.

    The lock may be taken again by the thread that holds it, for a signal's handler that calls `shutdown`.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._error: Error = NOTHING_CALLED
        self._venue: Venue | None = None

    def _connected(self) -> Venue:
        """Return the venue, with its market brought up to now."""
        venue = self._venue
        if venue is None:
            raise CallFailed(NO_CONNECTION)
        venue.pulse()
        return venue

    def _ended(self, name: str, ending: Exception, failed: Any) -> Any:
        """Return what a call answers that could not end well."""
        if isinstance(ending, LeftException):
            self._error = ending.error
            text = f"<built-in function {name}> returned a result with an exception set"
            raise SystemError(text) from ending.cause
        if isinstance(ending, CallFailed):
            self._error = ending.error
            return failed if ending.value is None else ending.value
        assert isinstance(ending, VenueLost)  # noqa: S101 -- narrows the type
        self._error = TIMED_OUT if ending.timed_out else NO_CONNECTION
        return failed


_ENDINGS = (CallFailed, LeftException, VenueLost)


def _with_own_signature(call: Callable[..., R]) -> Callable[..., R]:
    """Let `inspect` see how it is called, not what is behind: mocks with a spec take no call else."""
    del call.__wrapped__  # type: ignore[attr-defined]
    return call


def no_arguments(method: Callable[[Any], R]) -> Callable[..., R | None]:
    """Make a function that takes nothing; it answers None when it fails."""
    name = method.__name__

    @wraps(method)
    def call(self: Connection, /, *arguments: Any, **keywords: Any) -> R | None:
        if keywords:
            raise TypeError(f"{name}() takes no keyword arguments")
        if arguments:
            raise TypeError(f"{name}() takes no arguments ({len(arguments)} given)")
        with self._lock:
            self._error = SUCCESS
            try:
                return method(self)
            except _ENDINGS as ending:
                return self._ended(name, ending, None)  # type: ignore[no-any-return]

    return _with_own_signature(call)


def positional_only(method: Callable[[Any, tuple[Any, ...]], R]) -> Callable[..., R | None]:
    """Make a function that takes no keyword; it answers None when it fails."""
    name = method.__name__

    @wraps(method)
    def call(self: Connection, /, *arguments: Any, **keywords: Any) -> R | None:
        if keywords:
            raise TypeError(f"{name}() takes no keyword arguments")
        with self._lock:
            self._error = SUCCESS
            try:
                return method(self, arguments)
            except _ENDINGS as ending:
                return self._ended(name, ending, None)  # type: ignore[no-any-return]

    return _with_own_signature(call)


Free = Callable[[Any, tuple[Any, ...], dict[str, Any]], R]


def with_keywords(failed: Any) -> Callable[[Free[R]], Callable[..., R]]:
    """Make a function that takes both, and passes over keywords that it does not know.

    failed: what it answers when it fails.
    """

    def decorate(method: Free[R]) -> Callable[..., R]:
        name = method.__name__

        @wraps(method)
        def call(self: Connection, /, *arguments: Any, **keywords: Any) -> R:
            with self._lock:
                self._error = SUCCESS
                try:
                    return method(self, arguments, keywords)
                except _ENDINGS as ending:
                    return self._ended(name, ending, failed)  # type: ignore[no-any-return]

        return _with_own_signature(call)

    return decorate
