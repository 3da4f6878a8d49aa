"""Sleeps and timeouts that move a leaping clock instead of taking time; `following` says which."""

from __future__ import annotations

import logging
import os
import queue
import selectors
import sys
import threading
import time
from typing import Any, Final, SupportsIndex

from metafleet.engine.rehearsal.clock import STUCK_S, LeapClock, MarketOver, Sleeper, seconds_of

_OWN_FILES: Final = 2
"""A selector's bell, and the pipe by which asyncio's loop is called from other threads."""


def leap(clock: LeapClock) -> None:
    """Let every sleep and timeout of this process move the clock."""

    def sleep(seconds: float | SupportsIndex, /) -> None:
        clock.sleep(seconds_of(seconds))

    time.sleep = sleep
    # The one that is written in C waits by itself.
    queue.SimpleQueue = queue._PySimpleQueue  # type: ignore[misc, attr-defined]
    _leap_conditions(clock)
    _leap_threads(clock)
    _Selector.clock = clock
    selectors.DefaultSelector = _Selector  # type: ignore[misc]


def _leap_conditions(clock: LeapClock) -> None:
    def wait(self: Any, timeout: float | None = None) -> bool:
        """As threading.Condition.wait, with a sleep of the clock's in place of a lock."""
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        sleeper = clock.sleeper(timeout)
        self._waiters.append(sleeper)
        saved = self._release_save()
        is_woken = False
        try:
            is_woken = clock.block(sleeper)
            return is_woken
        finally:
            self._acquire_restore(saved)
            if not is_woken and sleeper in self._waiters:
                self._waiters.remove(sleeper)

    threading.Condition.wait = wait  # type: ignore[method-assign]


def _leap_threads(clock: LeapClock) -> None:
    followed = _Threads(clock)
    threading.Thread.start = lambda self: followed.start(self)  # type: ignore[method-assign]  # noqa: PLW0108
    threading.Thread.join = lambda self, timeout=None: followed.join(self, timeout)  # type: ignore[method-assign]
    threading.excepthook = followed.excepthook
    # A pool's idle worker logs what ends it.
    logging.getLogger("concurrent.futures").addFilter(_is_no_end)


def _is_no_end(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], MarketOver))


class _Threads:
    """Threads whose beginning and end the clock knows, and who waits for which."""

    def __init__(self, clock: LeapClock) -> None:
        self._clock = clock
        self._joiners: dict[threading.Thread, list[Sleeper]] = {}
        self._start, self._join = threading.Thread.start, threading.Thread.join
        self._excepthook = threading.excepthook

    def start(self, thread: threading.Thread) -> None:
        run = thread.run

        def followed() -> None:
            self._clock.begin_thread()
            try:
                run()
            finally:
                self._end(thread)

        if thread.ident is None:
            thread.run = followed  # type: ignore[method-assign]
        self._start(thread)

    def join(self, thread: threading.Thread, timeout: float | None) -> None:
        if not thread.is_alive() or thread is threading.current_thread():
            return self._join(thread, timeout)
        sleeper = self._clock.sleeper(timeout)
        self._joiners.setdefault(thread, []).append(sleeper)
        if not thread.is_alive() or self._clock.block(sleeper):
            self._join(thread)
        return None

    def excepthook(self, arguments: threading.ExceptHookArgs, /) -> None:
        """The market's end is nothing to print."""
        if not issubclass(arguments.exc_type, MarketOver):
            self._excepthook(arguments)

    def _end(self, thread: threading.Thread) -> None:
        for sleeper in self._joiners.pop(thread, []):
            if not sleeper.is_awake:
                self._clock.wake(sleeper)
        self._clock.end_thread()


class _Selector(selectors.DefaultSelector):
    """What an asyncio loop waits with: for its files in real time, for its timers by the clock."""

    clock: LeapClock

    def __init__(self) -> None:
        super().__init__()
        self._heard, self._bell = os.pipe()
        for end in (self._heard, self._bell):
            os.set_blocking(end, False)
        self._key = self.register(self._heard, selectors.EVENT_READ)
        _wake_with_loops(self.clock)

    def close(self) -> None:
        super().close()
        os.close(self._heard)
        os.close(self._bell)

    def select(self, timeout: float | None = None) -> Any:
        # A loop with a line to the network gives it time to answer before the market moves on.
        is_talking = len(self.get_map()) > _OWN_FILES
        events = super().select(STUCK_S if is_talking and timeout != 0 else 0)
        if not events and (timeout is None or timeout > 0):
            events = self._sleep(timeout)
        if any(key is self._key for key, _ in events):
            os.read(self._heard, 1_024)
        return [(key, what) for key, what in events if key is not self._key]

    def _sleep(self, timeout: float | None) -> Any:
        events: Any = []
        sleeper = self.clock.sleeper(timeout)
        sleeper.ring = self._ring
        sleeper.is_loop = True
        self.clock.lie_down(sleeper)
        try:
            while not sleeper.is_awake:
                events = super().select(STUCK_S)
                if not events:
                    self.clock.give_up_on_stuck()
                elif not sleeper.is_awake:
                    self.clock.get_up(sleeper)
        except BaseException:  # Ctrl-C, in the main thread
            self.clock.get_up(sleeper)
            raise
        self.clock.rise(sleeper)
        return events or super().select(0)

    def _ring(self) -> None:
        os.write(self._bell, b"!")


def _wake_with_loops(clock: LeapClock) -> None:
    """When a loop is called from another thread, count its thread as awake at once, not when it has read it.

    Done with the first loop, since asyncio takes a while to import.
    """
    module: Any = sys.modules.get("asyncio.selector_events")
    if module is None or hasattr(module.BaseSelectorEventLoop, "_metafleet_write"):
        return
    loops = module.BaseSelectorEventLoop
    loops._metafleet_write = loops._write_to_self

    def _write_to_self(self: Any) -> None:
        self._metafleet_write()
        clock.wake_loop(self._thread_id)

    loops._write_to_self = _write_to_self
