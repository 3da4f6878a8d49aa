"""Group commit: whose fault is whose, and what becomes of those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from metafleet.hub.gateway.batches import Batches, Rest
from metafleet.hub.gateway.errors import Unavailable


async def test_one_senders_fault_is_no_others() -> None:
    async def work(items: Sequence[int]) -> list[int | Exception]:
        if 2 in items:
            raise ValueError("2 does not fit")
        return [item * 10 for item in items]

    batches = Batches[int, int](work, most=10)
    answers = await asyncio.gather(*(batches.submit(n) for n in (1, 2, 3)), return_exceptions=True)
    assert [answers[0], answers[2]] == [10, 30]
    assert isinstance(answers[1], ValueError)


async def test_who_has_waited_for_too_long_is_told_to_come_again() -> None:
    """Behind a database that hangs nobody piles up: each batch that fails lets the old ones go."""
    hanging = asyncio.Event()
    worked_off: list[int] = []

    async def work(items: Sequence[int]) -> list[int | Exception]:
        await hanging.wait()
        worked_off.extend(items)
        return list(items)

    batches = Batches[int, int](work, most=1, patience_s=60)
    first = batches.submit(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    behind = [batches.submit(n) for n in (2, 3, 4)]
    batches._patience_s = 0  # a minute later
    hanging.set()
    assert await first == 1
    for answer in behind:
        with pytest.raises(Unavailable):
            await answer
    assert worked_off == [1]


async def test_who_has_left_is_not_worked_for() -> None:
    hanging = asyncio.Event()
    worked_off: list[int] = []

    async def work(items: Sequence[int]) -> list[int | Exception]:
        await hanging.wait()
        worked_off.extend(items)
        return list(items)

    batches = Batches[int, int](work, most=1)
    first = batches.submit(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone, last = batches.submit(2), batches.submit(3)
    gone.cancel()
    hanging.set()
    assert [await first, await last] == [1, 3]
    assert worked_off == [1, 3]


async def test_requests_one_by_one_share_a_statement_when_they_come_close_together() -> None:
    batches: list[list[str]] = []

    async def work(items: Sequence[str]) -> list[str | Exception]:
        batches.append(list(items))
        return list(items)

    together = Batches[str, str](work, most=100, rest=Rest(0.2, sender=lambda item: item))
    await together.submit("first")
    await asyncio.gather(together.submit("second"), together.submit("third"))
    assert batches == [["first"], ["second", "third"]]


async def test_who_sends_one_after_the_other_does_not_wait_for_others() -> None:
    async def work(items: Sequence[str]) -> list[str | Exception]:
        return list(items)

    alone = Batches[str, str](work, most=100, rest=Rest(60.0, sender=lambda item: item))
    async with asyncio.timeout(10):
        for _ in range(3):
            await alone.submit("the same")


async def test_who_brings_enough_for_a_statement_does_not_wait_for_others() -> None:
    batches: list[list[int]] = []

    async def work(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        return list(items)

    together = Batches[int, int](work, most=100, weigh=lambda item: item, rest=Rest(60.0, enough=10))
    async with asyncio.timeout(10):
        await together.submit(1)
        small = [together.submit(n) for n in (2, 3)]
        await asyncio.sleep(0.01)
        assert batches == [[1]]
        await asyncio.gather(*small, together.submit(5))
        await together.submit(10)
    assert batches == [[1], [2, 3, 5], [10]]


async def test_enough_for_a_statement_rests_for_less() -> None:
    batches: list[tuple[float, list[int]]] = []
    loop = asyncio.get_running_loop()

    async def work(items: Sequence[int]) -> list[int | Exception]:
        batches.append((loop.time(), list(items)))
        return list(items)

    together = Batches[int, int](work, most=100, rest=Rest(60.0, enough=3, enough_s=0.05))
    async with asyncio.timeout(10):
        await together.submit(1)
        await asyncio.gather(*map(together.submit, (2, 3, 4, 5)))
    (first_at, first), (second_at, second) = batches
    assert (first, second) == ([1], [2, 3, 4, 5])
    # uvloop's clock has milliseconds.
    assert second_at - first_at >= 0.048


async def test_those_who_bring_enough_share_the_statements_that_may_be_under_way_at_the_same_time() -> None:
    batches: list[list[int]] = []
    both_begun = asyncio.Event()

    async def work(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        if len(batches) == 2:
            both_begun.set()
        await both_begun.wait()
        return list(items)

    rest: Rest[int] = Rest(60.0, sender=lambda item: item, enough=10)
    side_by_side = Batches[int, int](work, most=100, at_once=2, weigh=lambda _: 10, rest=rest)
    async with asyncio.timeout(10):
        await asyncio.gather(*(side_by_side.submit(n) for n in (1, 2, 3, 4)))
    assert batches == [[1, 2], [3, 4]]
