"""What a program asks the Brain and what it is told: `POST /brain/v1/signal` and `/signals`.

    with BrainClient("https://hub.example:8001", token=token) as brain:
        signal = brain.signal(SignalRequest(symbol="EURUSD", timeframe="M15"))

The messages are those of docs/reference/brain-signals.md, version 1. Times in an answer are instants in UTC;
only the bars that somebody sends along carry their terminal's own clock, as MetaTrader shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Annotated, Final, Literal, NamedTuple, Self

import msgspec

from metafleet.wire import messages
from metafleet.wire.caller import Caller, WireError, decode

__all__ = [
    "BrainBar",
    "BrainClient",
    "Signal",
    "SignalFault",
    "SignalReply",
    "SignalRequest",
    "SignalsReply",
    "SignalsRequest",
    "WireError",
]

PROTOCOL_VERSION: Final = 1
MOST_BARS: Final = 2_000
"""Of one question; a model looks back over some hundreds."""
MOST_SIGNALS: Final = 64
"""Of one batch."""

SIGNAL_PATH: Final = "/brain/v1/signal"
SIGNALS_PATH: Final = "/brain/v1/signals"
STREAM_PATH: Final = "/brain/v1/stream"

TIMEOUT_S: Final = 2.0
"""A signal is worth little once its bar is old: who waits longer does better by its own rule."""

Side = Literal["buy", "sell", "none"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Ratio = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class BrainBar(NamedTuple):
    """One closed bar, on the wire an array of seven numbers.

    time: when it opened, epoch seconds by its terminal's server clock; spread in points.
    """

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    spread: int


class Asked(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Of which symbol and timeframe; `model` by name, None for the champion.

    bars: closed ones, oldest first, the newest last; None: the hub's own record of that market.
    """

    symbol: Name
    timeframe: Name
    model: Name | None = None
    bars: Annotated[list[BrainBar], msgspec.Meta(max_length=MOST_BARS)] | None = None


class SignalRequest(messages.Said, frozen=True, kw_only=True):
    """`POST /brain/v1/signal`. Its fields are those of `Asked`."""

    protocol_version: int = PROTOCOL_VERSION
    symbol: Name
    timeframe: Name
    model: Name | None = None
    bars: Annotated[list[BrainBar], msgspec.Meta(max_length=MOST_BARS)] | None = None


class SignalsRequest(messages.Said, frozen=True, kw_only=True):
    """`POST /brain/v1/signals`: several at once, which become one matrix where they are of one model."""

    protocol_version: int = PROTOCOL_VERSION
    signals: Annotated[list[Asked], msgspec.Meta(min_length=1, max_length=MOST_SIGNALS)]


class Signal(messages.Message, frozen=True, kw_only=True, omit_defaults=False):
    """What a model says, written once under `signal_id`. Also each event's data of the stream.

    probability: calibrated, that the price goes up (the upper barrier is met first), whatever the side.
    size: a hint, how much of the usual risk is worth it: 0 to 1, 0 where side is "none".
    bar_time: when the newest bar that it has seen opened; valid_until: from when on it says nothing more.
    Both are the market's time. issued_at is the hub's.
    horizon_bars: how many bars the model looks ahead; 0 where it does not say.
    inputs_hash: SHA-256 of the features that the model was given.
    """

    signal_id: str
    symbol: str
    timeframe: str
    bar_time: Instant
    side: Side
    probability: Ratio
    size: Ratio
    model: str
    model_version: int
    inputs_hash: str
    valid_until: Instant
    issued_at: Instant
    horizon_bars: int = 0

    @property
    def confidence(self) -> float:
        """The probability that the side is right: of "none" the larger of both."""
        if self.side == "none":
            return max(self.probability, 1.0 - self.probability)
        return self.probability if self.side == "buy" else 1.0 - self.probability


class SignalReply(Signal, frozen=True, kw_only=True, omit_defaults=False):
    """The answer to one question."""

    success: bool = True


class SignalFault(messages.Message, frozen=True, kw_only=True, omit_defaults=False):
    """Why one question of a batch has no signal; status as it would have been alone: 404, 409, 503."""

    index: int
    status: int
    detail: str


class SignalsReply(messages.Message, frozen=True, kw_only=True, omit_defaults=False):
    """One signal for each question, in its place; None where `errors` says why there is none."""

    success: bool = True
    signals: list[Signal | None]
    errors: list[SignalFault] = msgspec.field(default_factory=list)


class BrainClient:
    """Ask the Brain over one kept-alive connection for each thread. Every question raises WireError.

    A refusal's status says what it is: 404 no model for this, 409 no bars or old ones, 503 later perhaps;
    None where no answer came in time. In all of them the one who asks goes by its own rule.
    """

    def __init__(self, gateway_url: str, *, token: str | None, timeout_s: float = TIMEOUT_S) -> None:
        """Raise ValueError when `gateway_url` is no http:// or https:// address.

        token: a terminal's. timeout_s: of each wait for the other side.
        """
        self._caller = Caller(gateway_url, token=token, timeout_s=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def token(self) -> str | None:
        """The bearer token in use."""
        return self._caller.token

    @token.setter
    def token(self, token: str | None) -> None:
        self._caller.token = token

    def signal(self, request: SignalRequest) -> SignalReply:
        """Ask one question."""
        return decode(self._caller.call("POST", SIGNAL_PATH, request), SignalReply)

    def signals(self, asked: Sequence[Asked]) -> SignalsReply:
        """Ask at most MOST_SIGNALS questions at once. One that has no answer spoils no other."""
        body = self._caller.call("POST", SIGNALS_PATH, SignalsRequest(signals=list(asked)))
        reply = decode(body, SignalsReply)
        if len(reply.signals) != len(asked):
            raise WireError(
                f"{len(asked)} signals were asked for, {len(reply.signals)} came", permanent=False
            )
        return reply

    def close(self) -> None:
        """Close this thread's connection."""
        self._caller.close()
