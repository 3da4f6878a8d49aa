"""Everything that a runner may come to load, loaded beforehand.

For two reasons: what is loaded before a fork is shared by all children, and a runner with a
user of its own may not be able to read Python's library any more.
"""

from __future__ import annotations

# Loaded late by the standard library itself: names of hosts, times in text, tracebacks.
import _strptime  # type: ignore[import-not-found]
import encodings.ascii
import encodings.idna
import encodings.latin_1
import http.client
import io
import linecache
import traceback
from typing import Final

import msgspec

from metafleet.engine.broker import messages as broker
from metafleet.engine.broker.records import AccountInfo, Deal, OrderResult, Position
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.engine.market.records import Bar
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.runner import run
from metafleet.wire import messages as wire

LOADED: Final = (_strptime, encodings.ascii, encodings.idna, encodings.latin_1, linecache, traceback, run)


_FROM_BROKER: Final = (
    broker.FromBroker,
    AccountInfo,
    OrderResult,
    list[SymbolSpec],
    list[Bar],
    list[Position],
    list[Deal],
)
_FROM_GATEWAY: Final = (
    wire.Assignment,
    wire.HeartbeatReply,
    wire.TradesReply,
    wire.CandlesReply,
    wire.CommandsReply,
    wire.Success,
    wire.Problem,
)


def warm_up() -> None:
    """Do what is done once: read each shipped EA's source for its hash, learn the messages' shapes."""
    for cls in EXPERTS.values():
        content_hash(cls)
    for kind in _FROM_BROKER:
        msgspec.msgpack.Decoder(kind)
    for message in _FROM_GATEWAY:
        msgspec.json.Decoder(message)
    http.client.parse_headers(io.BytesIO(b"Content-Length: 0\r\n\r\n"))
