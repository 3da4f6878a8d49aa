"""GET /brain/v1/stream: a signal of each asked market as soon as its bar has closed, as server-sent events.

Each open stream asks as if it had been asked: the row is the same that a question would have got, written
before it is sent. Nothing has to be remembered from one connection to the next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from metafleet.engine.market.timeframes import BY_NAME
from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.brain import announce, fields
from metafleet.hub.gateway.edge import admit_bare, bearer
from metafleet.hub.gateway.errors import Unauthorised
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response, Send, query
from metafleet.hub.gateway.replies import calm
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed, Refused, Throttled
from metafleet.hub.signals.serving.counter import Asked
from metafleet.wire import brain

MOST_MARKETS: Final = 64
MOST_STREAMS: Final = 4
"""Open at once, of one terminal, at one gateway."""
LOOK_EACH_S: Final = 1.0
ALIVE_EACH_S: Final = 15.0
"""A comment, so that proxies and both ends know that it still stands."""
_EVENTS: Final = b"text/event-stream"
_RETRY: Final = b"retry: 2000\n\n"

_open: Counter[str] = Counter()


@dataclass(frozen=True, slots=True)
class _Market:
    symbol: str
    timeframe: str


class Stream(Response):
    """Sends events until the other side goes, the token does, or the process is told to stop."""

    __slots__ = ("_events", "_gone")

    def __init__(self, events: AsyncIterator[bytes], gone: Request) -> None:
        super().__init__(b"", content_type=_EVENTS)
        self._events, self._gone = events, gone

    async def send(self, send: Send, request: Request) -> None:
        headers = [
            (b"content-type", _EVENTS),
            (b"x-request-id", request.id.encode()),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        leaving = asyncio.create_task(_until_gone(self._gone))
        sending = asyncio.create_task(self._send_all(send))
        try:
            await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (leaving, sending):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await task
        if not self._gone_first(leaving):
            await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send) -> None:
        async for event in self._events:
            await send({"type": "http.response.body", "body": event, "more_body": True})

    def _gone_first(self, leaving: asyncio.Task[None]) -> bool:
        return leaving.done() and not leaving.cancelled()


async def get_stream(gateway: Gateway, request: Request) -> Response:
    """`?symbols=EURUSD,USDJPY&timeframe=M15`, `&model=` for one by name. Raises Malformed, Throttled."""
    slot = (await admit_bare(gateway, request, "stream")).slot
    markets = _markets(request)
    if _open[slot.name] >= MOST_STREAMS:
        raise Throttled(f"This terminal has {MOST_STREAMS} streams open already.", retry_after_s=15)
    return Stream(_events(gateway, request, slot, markets, query(request.scope, "model")), request)


async def _events(
    gateway: Gateway, request: Request, slot: Slot, markets: Sequence[_Market], model: str | None
) -> AsyncIterator[bytes]:
    _open[slot.name] += 1
    try:
        told: dict[_Market, str] = {}
        yield _RETRY
        quiet_s = 0.0
        while not gateway.closing.is_set():
            try:
                # Whose token is revoked hears no more.
                await gateway.callers.identify(bearer(request), clock.now())
            except Unauthorised as over:
                yield _event("end", {"status": 401, "detail": calm(over.detail)})
                return
            answers = await asyncio.gather(*(_answer(gateway, slot, one, model) for one in markets))
            for market, (name, event) in zip(markets, answers, strict=True):
                if told.get(market) != name:
                    told[market], quiet_s = name, 0.0
                    yield event
            with suppress(TimeoutError):
                await asyncio.wait_for(gateway.closing.wait(), LOOK_EACH_S)
            quiet_s += LOOK_EACH_S
            if quiet_s >= ALIVE_EACH_S:
                quiet_s = 0.0
                yield b": alive\n\n"
    finally:
        _open[slot.name] -= 1
        if _open[slot.name] <= 0:
            del _open[slot.name]


async def _answer(gateway: Gateway, slot: Slot, market: _Market, model: str | None) -> tuple[str, bytes]:
    """Return what there is to say of a market, and a name for it: what was said before is not said again."""
    asked = Asked(slot, market.symbol, market.timeframe, None, clock.now())
    try:
        told = await gateway.brain.signal(asked, model)
    except Refused as refused:
        about = {"symbol": market.symbol, "timeframe": market.timeframe}
        document = {**about, "status": refused.status, "detail": calm(refused.detail)}
        # By its kind: the sentence of old bars is another one each minute.
        return type(refused).__name__, _event("problem", document)
    announce(gateway, told)
    return str(told.kept.id), _event("signal", brain.Signal(**fields(told)), str(told.kept.id))


def _event(kind: str, data: object, name: str = "") -> bytes:
    told = b"id: %b\n" % name.encode() if name else b""
    return told + b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode(data))


def _markets(request: Request) -> list[_Market]:
    """Raises Malformed."""
    timeframe = query(request.scope, "timeframe") or ""
    if timeframe not in BY_NAME:
        raise Malformed(Fault("/timeframe", f"timeframe is one of {', '.join(BY_NAME)}"))
    symbols = list(dict.fromkeys(one for one in (query(request.scope, "symbols") or "").split(",") if one))
    if not 1 <= len(symbols) <= MOST_MARKETS or any(len(one) > 64 for one in symbols):
        raise Malformed(Fault("/symbols", f"symbols names 1 to {MOST_MARKETS} symbols, as EURUSD,USDJPY"))
    return [_Market(symbol, timeframe) for symbol in symbols]


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
