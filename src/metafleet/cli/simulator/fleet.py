"""All terminals of a simulation on one event loop: their timers, their mischief and their rest."""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

from metafleet.cli.simulator.load import Line, allow_many_files
from metafleet.cli.simulator.machine import Machine, Watch
from metafleet.cli.simulator.plan import BATCH_S, BEAT_S, POSITIONS_S, REPORT_S, Plan, habits
from metafleet.cli.simulator.rows import Rows
from metafleet.cli.simulator.state import Shared
from metafleet.cli.simulator.terminal import Place, Terminal

_KEPT_FILES: Final = 256
"""Descriptors left for everything but the terminals' connections."""
_FEWEST_LINES: Final = 64
_TICK_S: Final = 0.05
_AT_ONCE: Final = 500
"""Terminals that come to rest together."""
_LOOK_S: Final = 1.0


class Fleet:
    """The terminals. `run` them, then let them `settle`."""

    def __init__(self, shared: Shared, rows: Rows, host: str, port: int) -> None:
        self._shared = shared
        lines, pollers = _connections(shared.plan)
        own = [Line(host, port) for _ in range(lines)]
        self.terminals = [
            _terminal(place, shared, own[place.index % lines], host, port, can_poll=place.index < pollers)
            for place in rows.places
        ]
        machines = [Machine(number, shared.plan.seed) for number in range(shared.plan.hosts)]
        for terminal in self.terminals if machines else ():
            index = terminal.place.index
            terminal.watch = Watch(machines[shared.plan.host_of(index)], index, shared.plan.seed)
        for one, other in zip(self.terminals, [*self.terminals[1:], *self.terminals[:1]], strict=True):
            if other is not one:
                one.wire_to(other)
        self._under_way: set[asyncio.Task[None]] = set()
        self._polls: list[asyncio.Task[None]] = []
        self._rng = random.Random(f"{shared.plan.seed}:fleet")

    async def run(self, until: asyncio.Event) -> None:
        """Let the fleet live at its pace until the event is set."""
        plan, figures = self._shared.plan, self._shared.figures
        joins_s = [self._rng.uniform(0, plan.join_s) for _ in self.terminals]
        timers = self._timers(plan, joins_s)
        heapq.heapify(timers)
        self._polls = [
            asyncio.create_task(one.servant.poll_for_ever(join_s))
            for one, join_s in zip(self.terminals, joins_s, strict=True)
        ]
        joined_at_s = time.monotonic() + plan.join_s
        while not until.is_set():
            now_s = time.monotonic()
            if figures.joined_at_s is None and now_s >= joined_at_s:
                figures.joined_at_s = now_s
            while timers and timers[0][0] <= now_s:
                due_s, number, every_s, act = timers[0]
                # What could not be done in time is not made up for: no terminal does.
                next_s = max(due_s + every_s, now_s - every_s)
                heapq.heapreplace(timers, (next_s, number, every_s, act))
                self._begin(act())
            await asyncio.sleep(min(_TICK_S, max(0.001, timers[0][0] - now_s)) if timers else _TICK_S)
        figures.held_until_s = time.monotonic()

    async def settle(self, are_over: Callable[[], Awaitable[bool]]) -> None:
        """No more mischief: report everything, wait until `are_over` says so, and say how things stand."""
        self._shared.is_calm = True
        await self._each(Terminal.settle)
        beats_due_s = 0.0
        while not await are_over():
            # Terminals that do not poll get their commands with heartbeats.
            if time.monotonic() >= beats_due_s:
                await self._each(Terminal.beat)
                beats_due_s = time.monotonic() + BEAT_S / max(1.0, self._shared.plan.speed)
            await asyncio.sleep(_LOOK_S)
        # Commands that were served meanwhile have made new deals.
        await self._each(Terminal.settle)
        await self._each(Terminal.say_last)

    async def end(self) -> None:
        """Stop whatever still waits for an answer, and close every connection."""
        tasks = [*self._polls, *self._under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for terminal in self.terminals:
            await terminal.close()

    def failures(self) -> list[BaseException]:
        """What ended a poll that was to go on for ever: a mistake of the simulator."""
        over = [task for task in self._polls if task.done() and not task.cancelled()]
        return [error for task in over if (error := task.exception()) is not None]

    def _timers(
        self, plan: Plan, joins_s: Sequence[float]
    ) -> list[tuple[float, int, float, Callable[[], Coroutine[Any, Any, None]]]]:
        """Each terminal's timers. It joins with a heartbeat; what else it does begins within its interval."""
        began_s = time.monotonic()
        paces = [(BEAT_S, Terminal.beat), (POSITIONS_S, Terminal.snapshot), (BATCH_S, Terminal.trade)]
        if plan.hosts:
            paces.append((REPORT_S, Terminal.report_machine))
        return [
            (
                began_s + join_s + (self._rng.uniform(0, every_s / plan.speed) if number else 0.0),
                len(paces) * terminal.place.index + number,
                every_s / plan.speed,
                _bound(act, terminal),
            )
            for terminal, join_s in zip(self.terminals, joins_s, strict=True)
            for number, (every_s, act) in enumerate(paces)
        ]

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._shared.faults.add("mistake of the simulator", repr(error))

    async def _each(self, act: Callable[[Terminal], Coroutine[Any, Any, None]]) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(terminal: Terminal) -> None:
            async with gate:
                await act(terminal)

        await asyncio.gather(*(one(terminal) for terminal in self.terminals))


def _connections(plan: Plan) -> tuple[int, int]:
    """Return how many lines the terminals share, and how many of them may hold a long poll besides.

    Everyone has a connection of its own as far as open files allow, unless the plan says otherwise.
    """
    allowed = allow_many_files() - _KEPT_FILES
    wanted = plan.connections or plan.terminals
    lines = max(1, min(wanted, plan.terminals, max(_FEWEST_LINES, allowed // 2)))
    return lines, max(0, allowed - lines)


def _terminal(place: Place, shared: Shared, line: Line, host: str, port: int, *, can_poll: bool) -> Terminal:
    manner = habits(place.index, shared.plan)
    poll_line = Line(host, port) if manner.polls and can_poll else None
    return Terminal(place, manner, shared, line, poll_line)


def _bound(
    act: Callable[[Terminal], Coroutine[Any, Any, None]], terminal: Terminal
) -> Callable[[], Coroutine[Any, Any, None]]:
    def begin() -> Coroutine[Any, Any, None]:
        return act(terminal)

    return begin
