"""What waits for a client that does not read."""

from __future__ import annotations

import asyncio
import socket

from metafleet.engine.broker.session import Session


async def pair() -> tuple[Session, socket.socket, asyncio.Task[None]]:
    """Return a session, the other end of its connection, which nobody reads, and its writing task."""
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)
    session = Session(reader, writer)
    return session, far, asyncio.create_task(session.write_forever())


async def read_all(far: socket.socket, size: int) -> bytes:
    far.setblocking(False)
    loop = asyncio.get_running_loop()
    data = b""
    async with asyncio.timeout(10):
        while len(data) < size:
            data += await loop.sock_recv(far, 1 << 20)
    return data


async def test_of_waiting_ticks_only_the_newest_is_sent_and_every_deal() -> None:
    session, far, writing = await pair()
    filler = bytes(4_000_000)
    session.send(filler)
    await asyncio.sleep(0)
    for number in range(1_000):
        session.send_tick("EURUSD", b"tick %03d." % number)
        session.send(b"deal %03d." % number)
        await asyncio.sleep(0)
    rest = (await read_all(far, len(filler) + 9_000 + 9))[len(filler) :]
    assert rest.count(b"deal") == 1_000
    assert rest.count(b"tick") < 20
    assert b"tick 999." in rest
    await finish(session, far, writing)


async def test_a_client_that_never_reads_is_cut_off() -> None:
    session, far, writing = await pair()
    for _ in range(10):
        session.send(bytes(1_000_000))
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await writing
        session.send(b"more")
        await session.flushed()
        assert await session.receive(None) is None
    await finish(session, far, writing)


async def test_flushed_waits_for_the_reader() -> None:
    session, far, writing = await pair()
    session.send(bytes(4_000_000))
    flushing = asyncio.create_task(session.flushed())
    await asyncio.sleep(0)
    assert not flushing.done()
    await read_all(far, 4_000_000)
    async with asyncio.timeout(10):
        await flushing
    await finish(session, far, writing)


async def finish(session: Session, far: socket.socket, writing: asyncio.Task[None]) -> None:
    far.close()
    await session.close("over")
    writing.cancel()
    await asyncio.wait({writing})
