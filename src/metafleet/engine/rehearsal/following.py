"""Let a program live by another clock than the machine's: what it asks for the time, what it sleeps by.

Followed: `time` (time, monotonic, perf_counter, each also in ns; sleep; localtime, gmtime, ctime, asctime
and strftime of now), `datetime.now`, `utcnow`, `today`, `date.today`, the timeouts of `threading` (Condition,
Event, Semaphore, Barrier, Timer, join) and `queue`, thread pools, and asyncio's loops.

Not followed: process times, `signal.alarm`, `select`, sockets' own timeouts, `Lock.acquire(timeout=...)`,
other processes, and what a library in C reads or sleeps by itself, as uvloop or `numpy.datetime64("now")`.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import queue
import selectors
import subprocess
import threading
import time
from time import struct_time as Moment  # noqa: N812 -- `time` is a method's name here
from types import SimpleNamespace
from typing import Any, Final, SupportsIndex

from metafleet.engine.rehearsal.clock import LeapClock, PacedClock, seconds_of
from metafleet.engine.rehearsal.leaping import leap

_SECOND_NS: Final = 1_000_000_000


def follow(clock: LeapClock | PacedClock) -> None:
    """Let whatever asks for the time in this process follow this clock from now on. There is no way back.

    Call it before the program's first import: a name imported from `time` earlier keeps the old clock.
    """
    _leave_processes()
    _follow_reading(clock)
    _follow_dates(clock)
    if isinstance(clock, LeapClock):
        leap(clock)
    else:
        _hasten(clock.speed)


def _leave_processes() -> None:
    """Let who waits for another process do so in real time: that one lives by it."""
    subprocess._time = time.monotonic  # type: ignore[attr-defined]
    subprocess.time = SimpleNamespace(sleep=time.sleep)  # type: ignore[attr-defined]


def _follow_reading(clock: LeapClock | PacedClock) -> None:
    told = _Told(clock)
    for name in _READ:
        setattr(time, name, getattr(told, name))
    # These took the name before; without a clock of their own they would count in the wall's time.
    for module, name in ((threading, "_time"), (queue, "time")):
        setattr(module, name, told.monotonic)


_READ: Final = (
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "localtime",
    "gmtime",
    "ctime",
    "asctime",
    "strftime",
)


class _Told:
    """The functions of `time` by another clock.

    They are bound methods: a class in which one stands, as logging's Formatter has `converter`, does not bind
    it again, no more than a built-in.
    """

    def __init__(self, clock: LeapClock | PacedClock) -> None:
        self.time_ns = clock.now_ns
        self.monotonic_ns = self.perf_counter_ns = clock.steady_ns
        self._local, self._gmt, self._strftime, self._asctime = (
            time.localtime,
            time.gmtime,
            time.strftime,
            time.asctime,
        )

    def time(self) -> float:
        return self.time_ns() / _SECOND_NS

    def monotonic(self) -> float:
        return self.monotonic_ns() / _SECOND_NS

    def perf_counter(self) -> float:
        return self.monotonic_ns() / _SECOND_NS

    def localtime(self, secs: float | None = None, /) -> Moment:
        return self._local(self.time() if secs is None else secs)

    def gmtime(self, secs: float | None = None, /) -> Moment:
        return self._gmt(self.time() if secs is None else secs)

    def ctime(self, secs: float | None = None, /) -> str:
        return self._asctime(self.localtime(secs))

    def asctime(self, moment: Any = None, /) -> str:
        return self._asctime(self.localtime() if moment is None else moment)

    def strftime(self, form: str, moment: Any = None, /) -> str:
        return self._strftime(form, self.localtime() if moment is None else moment)


def _follow_dates(clock: LeapClock | PacedClock) -> None:
    """Put `now` and `utcnow` into datetime's own type: a type in its place would not be the one that other
    libraries, and names imported before, know."""

    def now(cls: type[dt.datetime], tz: dt.tzinfo | None = None) -> dt.datetime:
        return cls.fromtimestamp(clock.now_ns() / _SECOND_NS, tz)

    def utcnow(cls: type[dt.datetime]) -> dt.datetime:
        return cls.fromtimestamp(clock.now_ns() / _SECOND_NS, dt.UTC).replace(tzinfo=None)

    def today(cls: type[dt.date]) -> dt.date:
        return cls.fromtimestamp(clock.now_ns() / _SECOND_NS)

    _put(dt.datetime, "now", classmethod(now))
    _put(dt.datetime, "utcnow", classmethod(utcnow))
    _put(dt.date, "today", classmethod(today))
    assert abs(dt.datetime.now(dt.UTC).timestamp() - clock.now_ns() / _SECOND_NS) < 60  # noqa: S101 -- it took


def _put(type_: type, name: str, value: object) -> None:
    """Set an attribute of a type that is written in C: its dictionary is there, only `setattr` is refused."""
    (members,) = (one for one in gc.get_referents(type_.__dict__) if isinstance(one, dict))
    members[name] = value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(type_))


def _hasten(speed: float) -> None:
    """Let sleeps and timeouts take a speed-th of their time."""
    real_sleep, wait, join = time.sleep, threading.Condition.wait, threading.Thread.join
    select = selectors.DefaultSelector.select

    def sleep(seconds: float | SupportsIndex, /) -> None:
        real_sleep(seconds_of(seconds) / speed)

    def _wait(self: threading.Condition, timeout: float | None = None) -> bool:
        return wait(self, None if timeout is None else timeout / speed)

    def _join(self: threading.Thread, timeout: float | None = None) -> None:
        join(self, None if timeout is None else timeout / speed)

    class Selector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> Any:
            return select(self, None if timeout is None else timeout / speed)

    time.sleep = sleep
    threading.Condition.wait = _wait  # type: ignore[method-assign]
    threading.Thread.join = _join  # type: ignore[method-assign]
    selectors.DefaultSelector = Selector  # type: ignore[misc]
