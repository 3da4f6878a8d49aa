"""Group commit: what many requests ask for at the same time becomes one statement.

Nothing waits for a clock. A batch takes what has arrived by the time the one before it
returned; on an idle gateway that is the one request, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from metafleet.hub.kernel.errors import Refused

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Work = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]


class Batches(Generic[Item, Answer]):
    """`submit` an item, and get its own answer when its batch has been worked off.

    work: answers a batch, in its order; an answer that is an exception is raised to its sender alone.
    most: items in one batch. at_once: batches under way at the same time.
    key: two items of one key never share a batch and never overtake each other.
    """

    def __init__(
        self,
        work: Work[Item, Answer],
        *,
        most: int,
        at_once: int = 1,
        key: Callable[[Item], Hashable] | None = None,
        weigh: Callable[[Item], int] = lambda _: 1,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._work = work
        self._most = most
        self._at_once = at_once
        self._key = key
        self._weigh = weigh
        self._on_batch = on_batch
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._busy: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_called = False

    def submit(self, item: Item) -> asyncio.Future[Answer]:
        """Return the future of the item's answer. Raises, by the future, whatever its batch raised."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer))
        if not self._is_called and len(self._tasks) < self._at_once:
            # After this turn of the loop: whatever the same look at the sockets brought joins in.
            self._is_called = True
            loop.call_soon(self._start)
        return answer

    def _start(self) -> None:
        self._is_called = False
        while self._waiting and len(self._tasks) < self._at_once:
            taken = self._take()
            if not taken:
                return
            task = asyncio.create_task(self._run(taken))
            self._tasks.add(task)
            task.add_done_callback(self._next)

    def _next(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._start()

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        if self._key is None and len(self._waiting) <= self._most and self._at_once == 1:
            taken, self._waiting = self._waiting, []
            return taken
        taken, left, weight, held = [], [], 0, set(self._busy)
        for place, entry in enumerate(self._waiting):
            if weight >= self._most:
                left.extend(self._waiting[place:])
                break
            key = self._key(entry[0]) if self._key else None
            if key is not None and key in held:
                left.append(entry)
                continue
            if key is not None:
                held.add(key)
                self._busy.add(key)
            taken.append(entry)
            weight += self._weigh(entry[0])
        self._waiting = left
        return taken

    async def _run(self, taken: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            await self._answer(taken)
        finally:
            if self._key:
                self._busy.difference_update([self._key(item) for item, _ in taken])

    async def _answer(self, taken: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        self._on_batch(len(taken))
        try:
            answers = await self._work([item for item, _ in taken])
        except Refused as refused:
            _fail(taken, refused)
        except asyncio.CancelledError:
            _fail(taken, asyncio.CancelledError())
            raise
        except Exception as error:  # noqa: BLE001 - one sender's fault must not become the others'
            if len(taken) == 1:
                _fail(taken, error)
                return
            for entry in taken:
                await self._answer([entry])
        else:
            for (_, future), answer in zip(taken, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)


def _fail(taken: Sequence[tuple[object, asyncio.Future[Answer]]], error: BaseException) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
