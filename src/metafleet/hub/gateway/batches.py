"""Group commit: what many requests ask for at the same time becomes one statement.

A batch takes what has arrived by the time the one before it returned; on an idle gateway that is the
one request, at once. Between the two it may rest for some milliseconds after the last one began: a
statement costs so much more than a row that a fleet whose requests come one by one, each just after
the last, would take a processor for what a tenth of it can do.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.kernel.errors import Refused

Item = TypeVar("Item")
Answer = TypeVar("Answer")

PATIENCE_S: Final = 6.0
"""With the batch that it comes into at last, within what clients wait at least twice."""
RETRY_AFTER_S: Final = 2

_Entry = tuple[Item, asyncio.Future[Answer], float]
"""An item, where its answer goes, and since when it waits, by the loop's clock."""

Work = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]


@dataclass(frozen=True, slots=True)
class Rest(Generic[Item]):
    """`seconds` from the beginning of one batch to that of the next, at least.

    Who comes alone again, by `sender`, after a batch of their own, does not wait: they send one
    request after the other, and nobody's would join them. For those who weigh `enough` together it is
    `enough_s` only: beside so many rows the statement costs little. So they do not share one either
    while another may be under way beside it.
    """

    seconds: float
    sender: Callable[[Item], Hashable] | None = None
    enough: float = math.inf
    enough_s: float = 0.0


class Batches(Generic[Item, Answer]):
    """`submit` an item, and get its own answer when its batch has been worked off.

    work: answers a batch, in its order; an answer that is an exception is raised to its sender alone.
    most: items in one batch. at_once: batches under way at the same time.
    key: two items of one key never share a batch and never overtake each other.
    rest: between the beginnings of two batches; none unless said.
    patience_s: who has waited for so long behind others is told to come again: behind a database
    that hangs nobody piles up.
    """

    def __init__(
        self,
        work: Work[Item, Answer],
        *,
        most: int,
        at_once: int = 1,
        key: Callable[[Item], Hashable] | None = None,
        weigh: Callable[[Item], int] | None = None,
        on_batch: Callable[[int], None] = lambda _: None,
        rest: Rest[Item] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._work = work
        self._most = most
        self._at_once = at_once
        self._key = key
        self._weigh = weigh
        self._on_batch = on_batch
        self._rest: Rest[Item] = rest or Rest(0.0)
        self._alone: Hashable = None
        self._began = -math.inf
        self._patience_s = patience_s
        self._waiting: list[_Entry[Item, Answer]] = []
        self._busy: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_called = False
        self._resting: asyncio.TimerHandle | None = None
        self._weight = 0

    def submit(self, item: Item) -> asyncio.Future[Answer]:
        """Return the future of the item's answer. Raises, by the future, whatever its batch raised."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer, loop.time()))
        before = self._weight
        self._weight += self._weight_of(item)
        if self._resting and before < self._rest.enough <= self._weight:
            self._resting.cancel()
            self._resting, self._is_called = None, False
        if not self._is_called:
            self._call(loop)
        return answer

    def _weight_of(self, item: Item) -> int:
        return 1 if self._weigh is None else self._weigh(item)

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._is_called or not self._waiting or len(self._tasks) >= self._at_once:
            return
        self._is_called = True
        left_s = self._began + self._rest_s() - loop.time() if self._rest.seconds else 0.0
        if left_s > 0 and not self._is_alone_again():
            self._resting = loop.call_later(left_s, self._start)
        else:
            # After this turn of the loop: whatever the same look at the sockets brought joins in.
            loop.call_soon(self._start)

    def _rest_s(self) -> float:
        return self._rest.seconds if self._weight < self._rest.enough else self._rest.enough_s

    def _is_alone_again(self) -> bool:
        return (
            self._rest.sender is not None
            and len(self._waiting) == 1
            and self._rest.sender(self._waiting[0][0]) == self._alone
        )

    def _start(self) -> None:
        self._is_called, self._resting = False, None
        if self._waiting:
            self._let_go()
        self._began = asyncio.get_running_loop().time()
        while self._waiting and len(self._tasks) < self._at_once and (taken := self._take(self._share())):
            task = asyncio.create_task(self._run(taken))
            self._tasks.add(task)
            task.add_done_callback(self._next)

    def _share(self) -> float:
        """Return how much the next batch takes: those under way at the same time share what waits."""
        free = self._at_once - len(self._tasks)
        return min(self._most, max(self._rest.enough, self._weight / free))

    def _next(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._rest.seconds:
            self._call(asyncio.get_running_loop())
        else:
            self._start()

    def _let_go(self) -> None:
        """Of those who wait the oldest come first."""
        before = asyncio.get_running_loop().time() - self._patience_s
        if self._waiting[0][2] >= before:
            return
        old = [entry for entry in self._waiting if entry[2] < before]
        self._keep(self._waiting[len(old) :])
        _fail(
            old, Unavailable("The database is slow. Keep it and send it again.", retry_after_s=RETRY_AFTER_S)
        )

    def _take(self, most: float) -> list[_Entry[Item, Answer]]:
        if self._key is None and len(self._waiting) <= most and self._at_once == 1:
            taken = self._waiting
            self._keep([])
            return taken
        taken, left, weight, held = [], [], 0, set(self._busy)
        key_of = self._key
        for place, entry in enumerate(self._waiting):
            if weight >= most:
                left.extend(self._waiting[place:])
                break
            if entry[1].done():  # its sender has left
                continue
            if key_of is not None:
                key = key_of(entry[0])
                if key in held:
                    left.append(entry)
                    continue
                held.add(key)
            taken.append(entry)
            weight += self._weight_of(entry[0])
        self._keep(left)
        if self._at_once > 1:
            self._busy = held
        return taken

    def _keep(self, waiting: list[_Entry[Item, Answer]]) -> None:
        self._waiting = waiting
        self._weight = sum(self._weight_of(item) for item, _, _ in waiting)

    async def _run(self, taken: list[_Entry[Item, Answer]]) -> None:
        if self._rest.sender is not None:
            self._alone = self._rest.sender(taken[0][0]) if len(taken) == 1 else None
        try:
            await self._answer(taken)
        finally:
            if self._busy and self._key:
                self._busy.difference_update([self._key(item) for item, _, _ in taken])

    async def _answer(self, taken: list[_Entry[Item, Answer]]) -> None:
        self._on_batch(len(taken))
        try:
            answers = await self._work([item for item, _, _ in taken])
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
            for (_, future, _), answer in zip(taken, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)


def _fail(taken: Sequence[_Entry[Item, Answer]], error: BaseException) -> None:
    for _, future, _ in taken:
        if not future.done():
            future.set_exception(error)
