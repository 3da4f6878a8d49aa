"""A tick reaches all who listen, and holds up nobody who has it already."""

from __future__ import annotations

import asyncio
import socket

import msgspec

from metafleet.engine.broker.fan_out import TOLD_AT_ONCE, FanOut
from metafleet.engine.market.records import Tick

_MINUTE_MSC = 1_700_000_040_000
TICK = Tick("EURUSD", 1_700_000_000_000, 1.1, 1.1001)


class Ear:
    """A client that notes, in a list that many share, that it was told."""

    def __init__(
        self, number: int, told: list[int], symbols: frozenset[str] | None = frozenset({"EURUSD"})
    ) -> None:
        self.number, self.told, self.symbols = number, told, symbols
        self.wants_bars = False

    def send_tick(self, symbol: str, data: bytes | bytearray) -> None:
        assert symbol == "EURUSD"
        assert data
        self.told.append(self.number)


async def test_only_those_who_listen_are_told_each_once() -> None:
    told: list[int] = []
    ears = [Ear(number, told) for number in range(25)]
    ears += [Ear(98, told, None), Ear(99, told, frozenset({"GBPUSD"}))]
    await FanOut().tell(TICK, ears)
    assert sorted(told) == list(range(25))


async def test_who_waits_for_bars_is_told_the_first_tick_of_each_minute() -> None:
    told: list[int] = []
    ears, fan_out = [Ear(number, told) for number in range(2)], FanOut()
    ears[1].wants_bars = True
    for passed_msc in (0, 1, 59_999, 60_000, 60_001, 300_000):
        await fan_out.tell(msgspec.structs.replace(TICK, time_msc=_MINUTE_MSC + passed_msc), ears)
    assert told.count(0) == 6
    assert told.count(1) == 3


async def test_an_order_is_served_before_the_next_are_told() -> None:
    told: list[int] = []
    served_after: list[int] = []
    fan_out, (near, far) = FanOut(), socket.socketpair()
    with near, far:
        fan_out.attend(near.fileno())

        def serve() -> None:
            near.recv(100)
            served_after.append(len(told))

        asyncio.get_running_loop().add_reader(near, serve)
        far.send(b"an order")
        await fan_out.tell(TICK, [Ear(number, told) for number in range(100)])
        asyncio.get_running_loop().remove_reader(near)
    assert served_after == [TOLD_AT_ONCE]
    assert len(told) == 100


async def test_what_comes_in_by_no_socket_has_its_turn_too() -> None:
    told: list[int] = []
    served_after: list[int] = []

    async def serve() -> None:
        served_after.append(len(told))

    task = asyncio.create_task(serve())
    await FanOut().tell(TICK, [Ear(number, told) for number in range(100)])
    await task
    assert 0 < served_after[0] < 100


async def test_who_is_first_of_one_tick_is_last_of_the_next() -> None:
    told: list[int] = []
    ears, fan_out = [Ear(number, told) for number in range(3)], FanOut()
    for _ in range(3):
        await fan_out.tell(TICK, ears)
    assert told == [1, 2, 0, 2, 0, 1, 0, 1, 2]


async def test_who_stops_listening_in_the_meantime_is_not_told() -> None:
    told: list[int] = []
    ears = [Ear(number, told) for number in range(30)]

    async def leave() -> None:
        for ear in ears:
            ear.symbols = frozenset()

    leaving = asyncio.create_task(leave())
    await FanOut().tell(TICK, ears)
    await leaving
    assert 0 < len(told) < 30
