"""The clocks that a program can live by: one that runs faster than the machine's, and one that leaps.

A leaping clock stands still while the program works. It moves when every thread of the program is asleep, to
the earliest time that one of them wants to be woken at, and wakes that one alone: a bot that sleeps a minute
between two looks lives through a year as fast as it looks. What follows from it:

* A thread that has not touched the clock for `STUCK_S` of real time, while others are asleep and nobody
  computes, because a server on the network keeps it waiting, say, is not waited for until it touches the
  clock again.
* A program that never sleeps would never see another price. After `LOOKS` looks at clock or market without a
  sleep, each further one takes `LOOK_NS` of the market's time; of several threads that look without a sleep,
  each has its look before time moves again. A sleep of no length is a look.
* A program whose threads all wait for each other, none for a time, has nothing more to come but the end.
* The market's end is `MarketOver`, raised in the main thread and in whoever sleeps across it. It is a
  KeyboardInterrupt, the way in which bots expect to be ended: `except Exception` does not catch it, their
  last words are still said.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from operator import index
from typing import Final

from metafleet.engine.mt5.clocks import WallClock

STUCK_S: Final = 0.1
"""Real seconds: longer than a bot's turn takes, short beside what a person waits for."""

IDLE_RATIO: Final = 0.1
"""Who takes less of a processor than this waits for something."""

LOOKS: Final = 1_000
"""More looks than a scan of every symbol takes in one turn."""

LOOK_NS: Final = 1_000_000_000
"""A second: less than most symbols' ticks are apart."""

_TURN_S: Final = 1e-5
"""Real seconds that another thread is given for its turn; a machine makes more of it."""

_real_monotonic = time.monotonic
_real_process_time = time.process_time
_real_sleep = time.sleep
_get_ident = threading.get_ident


class MarketOver(KeyboardInterrupt):
    """There is no more market: the data is over, or the end that was asked for is reached."""


class PacedClock:
    """A clock that begins at start_ns (Unix nanoseconds) and runs `speed` times as fast as the machine's.

    `now_msc` is the market's: it stands still while reads follow each other that belong together.
    """

    def __init__(self, start_ns: int, speed: float) -> None:
        self.speed = speed
        self._market = WallClock(speed, start_ns / 1e9)
        self._start_ns = start_ns
        self._monotonic_ns = time.monotonic_ns
        self._began_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """Return the present in Unix nanoseconds."""
        return self._start_ns + int((self._monotonic_ns() - self._began_ns) * self.speed)

    def steady_ns(self) -> int:
        """Return the time since the clock began, plus a second: a monotonic clock."""
        return self.now_ns() - self._start_ns + 1_000_000_000

    def now_msc(self) -> int:
        """Return the market's present in Unix milliseconds."""
        return self._market.now_msc()


class Sleeper:
    """A thread's sleep: until a time, or until somebody wakes it. Made by `LeapClock.sleeper`."""

    __slots__ = (
        "_clock",
        "_lock",
        "began_ns",
        "deadline_ns",
        "is_awake",
        "is_loop",
        "is_woken",
        "over",
        "ring",
        "thread",
    )

    def __init__(self, clock: LeapClock, deadline_ns: int | None) -> None:
        self._clock = clock
        self._lock = _new_lock()
        self._lock.acquire()
        self.deadline_ns = deadline_ns
        self.thread = _get_ident()
        self.began_ns = 0
        self.is_awake = False
        self.is_loop = False
        self.is_woken = False
        self.over = False
        self.ring: Callable[[], None] = self._lock.release

    def release(self) -> None:
        """Wake it before its time; what `threading.Condition.notify` calls."""
        self._clock.wake(self)

    def rest(self, seconds: float) -> None:
        """Wait in real time until it is rung, at most so long."""
        self._lock.acquire(timeout=seconds)


_new_lock = threading.Lock


class LeapClock:
    """A clock that moves only while the whole program sleeps, and then at once.

    start_ns, end_ns: Unix nanoseconds; beyond the end is MarketOver. on_move: called with the time before and
    the time after, in the thread that is woken and before it goes on; it may move the clock between the two
    by `pass_by`.
    """

    def __init__(self, start_ns: int, end_ns: int) -> None:
        self.end_ns = end_ns
        self.is_over = False
        self.on_move: Callable[[int, int], None] | None = None
        self._start_ns = start_ns
        self._now_ns = start_ns
        self._looks = 0
        self._looked: set[int] = set()
        """The threads that have looked since time moved last."""
        # A signal's handler may set an event while its own thread moves the clock.
        self._lock = threading.RLock()
        self._asleep: dict[int, Sleeper] = {}
        self._touched: dict[int, float] = {}
        self._stuck: set[int] = set()
        self._ended: set[int] = set()
        self._own: set[int] = set()
        self._is_moving = False
        self._measured = (_real_monotonic(), _real_process_time())
        self._ran: tuple[float, dict[int, int]] = (_real_monotonic(), {})

    # What the patched functions call.

    def now_ns(self) -> int:
        """Return the present in Unix nanoseconds, and count the look."""
        self.look()
        return self._now_ns

    def now_msc(self) -> int:
        """Return the present in Unix milliseconds, and count the look: a venue asks at each function."""
        self.look()
        return self._now_ns // 1_000_000

    def steady_ns(self) -> int:
        """Return the time since the clock began, plus a second, and count the look: a monotonic clock."""
        self.look()
        return self._now_ns - self._start_ns + 1_000_000_000

    def look(self) -> None:
        """Count a look at clock or market; too many without a sleep take market time. Raises MarketOver."""
        if self._is_moving:
            return
        thread = _get_ident()
        self._touched[thread] = _real_monotonic()
        if self._stuck:
            self._stuck.discard(thread)
        self._looked.add(thread)
        self._looks += 1
        if self._looks > LOOKS and not self._spend(LOOK_NS):
            _real_sleep(_TURN_S)

    def sleep(self, seconds: float) -> None:
        """Sleep so long by this clock. Raises MarketOver."""
        self.block(self.sleeper(seconds))

    def sleeper(self, seconds: float | None) -> Sleeper:
        """Return a sleep of the calling thread that has not begun; None: until it is woken."""
        deadline_ns = None if seconds is None else self._now_ns + max(0, _nanoseconds(seconds))
        return Sleeper(self, deadline_ns)

    def block(self, sleeper: Sleeper) -> bool:
        """Sleep; return whether it was woken before its time. Raises MarketOver."""
        if sleeper.deadline_ns is not None and sleeper.deadline_ns <= self._now_ns:
            self.look()
            _real_sleep(0)
            return sleeper.is_woken
        self.lie_down(sleeper)
        try:
            while not sleeper.is_awake:
                sleeper.rest(STUCK_S)
                if not sleeper.is_awake:
                    self.give_up_on_stuck()
        except BaseException:  # Ctrl-C, in the main thread
            self.get_up(sleeper)
            raise
        return self.rise(sleeper)

    def lie_down(self, sleeper: Sleeper) -> None:
        """Count the calling thread as asleep; move on if it was the last one awake."""
        with self._lock:
            self._looks = 0
            self._touched[sleeper.thread] = _real_monotonic()
            self._stuck.discard(sleeper.thread)
            sleeper.began_ns = self._now_ns
            if not sleeper.is_awake:
                self._asleep[sleeper.thread] = sleeper
                self._move_on()

    def get_up(self, sleeper: Sleeper) -> None:
        """Count a sleeper as awake that something else has woken."""
        with self._lock:
            sleeper.is_awake = sleeper.is_woken = True
            if self._asleep.get(sleeper.thread) is sleeper:
                del self._asleep[sleeper.thread]

    def rise(self, sleeper: Sleeper) -> bool:
        """End a sleep; return whether it was woken before its time. Raises MarketOver."""
        if not sleeper.is_woken:
            self._report(sleeper.began_ns)
        if sleeper.over:
            raise MarketOver
        return sleeper.is_woken

    def wake(self, sleeper: Sleeper) -> None:
        """Wake a sleeper before its time. Raises RuntimeError when it is awake, as a lock would."""
        with self._lock:
            if sleeper.is_awake:
                raise RuntimeError("release unlocked lock")
            sleeper.is_woken = True
            self._rouse(sleeper)

    def wake_loop(self, thread: int | None) -> None:
        """Count an event loop's thread as awake that another thread has called, if it waits for calls."""
        with self._lock:
            sleeper = None if thread is None else self._asleep.get(thread)
            if sleeper is not None and sleeper.is_loop:
                sleeper.is_awake = sleeper.is_woken = True
                del self._asleep[sleeper.thread]

    def end_thread(self) -> None:
        """Count the calling thread as gone, and wake who waits for its end."""
        with self._lock:
            self._ended.add(_get_ident())
            self._asleep.pop(_get_ident(), None)
            self._move_on()

    def begin_thread(self) -> None:
        """Count the calling thread among the program's; thread numbers are used again."""
        with self._lock:
            self._ended.discard(_get_ident())
            self._stuck.discard(_get_ident())
            self._touched[_get_ident()] = _real_monotonic()

    def disown(self) -> None:
        """Never wait for the calling thread: it is not the program's."""
        self._own.add(_get_ident())

    def give_up_on_stuck(self) -> None:
        """Wait no longer for threads that have not touched the clock for a while; perhaps move on."""
        with self._lock:
            if not self._is_idle():
                return
            since = _real_monotonic() - STUCK_S
            for thread in self._awake():
                if self._touched.setdefault(thread, _real_monotonic()) < since:
                    self._stuck.add(thread)
            self._move_on()
            if self._is_deadlock():
                self._end()

    def _is_idle(self) -> bool:
        """Say whether nobody has computed for a while, nor waits for a processor to do so."""
        at_s, used_s = _real_monotonic(), _real_process_time()
        before_s, before_used_s = self._measured
        if at_s - before_s < STUCK_S:
            return False
        self._measured = (at_s, used_s)
        if used_s - before_used_s > IDLE_RATIO * (at_s - before_s):
            return False
        awake = set(self._awake())
        return not any(_wants_processor(one) for one in threading.enumerate() if (one.ident or 0) in awake)

    def _is_deadlock(self) -> bool:
        """Say whether all threads wait to be woken, and there is none to wake them."""
        idents = {thread.ident for thread in threading.enumerate()}
        if self._awake() or self._stuck & idents - self._ended:
            return False
        # An event loop may hear from the network.
        return bool(self._asleep) and not any(
            sleeper.is_loop or sleeper.deadline_ns is not None for sleeper in self._asleep.values()
        )

    # What the runner calls.

    def pass_by(self, at_ns: int) -> None:
        """Let it be this time, on the way to a later one: for `on_move`."""
        self._now_ns = at_ns

    def _spend(self, length_ns: int) -> bool:
        """Move on by so much without a sleep, or to the first sleeper's time, and say so. Raises MarketOver.

        Nothing moves before the other threads that are awake have looked too.
        """
        before_ns = self._now_ns
        with self._lock:
            if self._is_waited_for():
                return False
            self._looked.clear()
            target_ns = before_ns + length_ns
            first = self._first()
            if first is not None and first.deadline_ns is not None and first.deadline_ns <= target_ns:
                target_ns = first.deadline_ns
                self._now_ns = min(target_ns, self.end_ns)
                self._rouse(first)
            elif target_ns > self.end_ns:
                self._now_ns = self.end_ns
                self.is_over = True
                self._looks = 0
            else:
                self._now_ns = target_ns
        self._report(before_ns)
        if self.is_over and self._looks == 0:
            raise MarketOver
        return True

    def _is_waited_for(self) -> bool:
        """Say whether another thread is awake that has not looked since time moved; who waits is stuck."""
        others = [one for one in self._awake() if one not in self._looked]
        before_s, before = self._ran
        at_s = _real_monotonic()
        if not others or at_s - before_s < STUCK_S:
            return bool(others)
        numbers = {thread.ident or 0: thread.native_id or 0 for thread in threading.enumerate()}
        ran = {one: _ran_ns(numbers.get(one, 0)) for one in others}
        self._ran = (at_s, ran)
        if at_s - before_s > 10 * STUCK_S:  # too long ago to tell what they do now
            return True
        for one in others:
            is_idle = ran[one] - before.get(one, 0) < IDLE_RATIO * (at_s - before_s) * 1e9
            if is_idle and self._touched.setdefault(one, at_s) < at_s - STUCK_S:
                self._stuck.add(one)
        return not self._stuck.issuperset(others)

    def _report(self, before_ns: int) -> None:
        """Tell what was passed; the clock ends where it was."""
        after_ns = self._now_ns
        if self.on_move is None or after_ns <= before_ns or self._is_moving:
            return
        self._is_moving = True
        try:
            self.on_move(before_ns, after_ns)
        finally:
            self._now_ns = after_ns
            self._is_moving = False

    def _move_on(self) -> None:
        """Wake the sleeper whose time comes first, if nobody of the program is awake. Holds the lock."""
        if not self._asleep or self._awake():
            return
        first = self._first()
        if first is None:
            return
        deadline_ns = first.deadline_ns
        assert deadline_ns is not None  # noqa: S101 -- narrows the type
        if deadline_ns > self.end_ns:
            self._end()
            return
        self._looked.clear()
        self._now_ns = max(self._now_ns, deadline_ns)
        self._rouse(first)

    def _end(self) -> None:
        """Wake at the market's end who waits for a time, and the main thread. Holds the lock.

        Who waits for another thread may be needed to the last, as what writes the logs is; all are woken
        where nobody waits for anything else.
        """
        self._now_ns = max(self._now_ns, self.end_ns)
        self.is_over = True
        sleepers = list(self._asleep.values())
        main = threading.main_thread().ident
        timed = [one for one in sleepers if one.deadline_ns is not None or one.is_loop]
        for sleeper in [one for one in sleepers if one in timed or one.thread == main] if timed else sleepers:
            sleeper.over = True
            self._rouse(sleeper)

    def _first(self) -> Sleeper | None:
        """Return the sleeper whose time comes first, of equal ones the one who lay down first."""
        timed = [sleeper for sleeper in list(self._asleep.values()) if sleeper.deadline_ns is not None]
        return min(timed, key=lambda sleeper: sleeper.deadline_ns or 0, default=None)

    def _awake(self) -> list[int]:
        """Return the threads of the program that are to be waited for."""
        asleep, stuck, own, ended = self._asleep, self._stuck, self._own, self._ended
        idents = (thread.ident or 0 for thread in threading.enumerate())
        return [
            ident
            for ident in idents
            if ident not in asleep and ident not in stuck and ident not in own and ident not in ended
        ]

    def _rouse(self, sleeper: Sleeper) -> None:
        if sleeper.is_awake:
            return
        sleeper.is_awake = True
        if self._asleep.get(sleeper.thread) is sleeper:
            del self._asleep[sleeper.thread]
        self._touched[sleeper.thread] = _real_monotonic()
        sleeper.ring()


def _wants_processor(thread: threading.Thread) -> bool:
    """Say whether a thread runs, or would if the machine were less busy. Only Linux knows."""
    try:
        with open(f"/proc/self/task/{thread.native_id}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] in "RD"
    except (OSError, IndexError):
        return False


def _ran_ns(number: int) -> int:
    """Return how long a thread has run, or waited for a processor, so far. Only Linux knows."""
    try:
        with open(f"/proc/self/task/{number}/schedstat", encoding="ascii") as file:
            ran, waited, _ = file.read().split()
    except (OSError, ValueError):
        return 0
    return int(ran) + int(waited)


def seconds_of(value: object) -> float:
    """Return what `time.sleep` is given as it takes it. Raises TypeError and ValueError as it does."""
    seconds = value if isinstance(value, float) else float(index(value))  # type: ignore[arg-type]
    if math.isnan(seconds):
        raise ValueError("Invalid value NaN (not a number)")
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    return seconds


def _nanoseconds(seconds: float) -> int:
    """Round up to whole microseconds, so that who waits for a time finds it reached in spite of floats."""
    return math.ceil(seconds * 1e6 - 1e-3) * 1_000
