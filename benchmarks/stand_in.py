"""A gateway for measurements of runners: it hands out work and thanks for everything.

`python -m benchmarks.stand_in`: the assignments come as one line of JSON on stdin, a runner's
one-start token is the index of its own. The port is printed; `GET /running` counts the runners
that have reported to be running with their first tick.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sys
import zlib
from typing import Any

import msgspec

HOLD_S = 25.0
_DONE: set[str] = set()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, work: list[Any]) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if headers.get("content-encoding") == "gzip":
                body = zlib.decompress(body, 31)
            answer = msgspec.json.encode(await _answer(lines[0].split()[1], body, work))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
    writer.close()


async def _answer(path: str, body: bytes, work: list[Any]) -> Any:
    kind = path.rpartition("/")[2].partition("?")[0]
    if kind == "running":
        return len(_DONE)
    if kind == "assignment":
        return work[int(msgspec.json.decode(body)["assignmentToken"])]
    if kind == "commands":
        await asyncio.sleep(HOLD_S)
        return {"success": True, "commands": []}
    if kind == "heartbeat":
        expert = msgspec.json.decode(body)["expert"]
        if expert["status"] == "running" and expert.get("firstTickAt"):
            _DONE.add(expert["runId"])
        now = dt.datetime.now(dt.UTC).isoformat()
        return {"success": True, "serverTime": now, "nextHeartbeat": 15, "knownDealTicket": 0}
    replies = {"trades": {"imported": 0, "skipped": 0, "failed": 0, "errors": [], "knownDealTicket": 0}}
    return {"success": True, **replies.get(kind, {"stored": 0} if kind == "candles" else {})}


async def _main() -> None:
    work = msgspec.json.decode(sys.stdin.readline())
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, work), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
