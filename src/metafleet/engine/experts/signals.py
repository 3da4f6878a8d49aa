"""What a model says, as an EA hears it; and signals that are known beforehand, for the tester.

    heard = self.ask_brain(bars=600)
    if isinstance(heard, Signal) and heard.side == "buy" and heard.confidence > 0.6: ...

An EA asks when a bar has closed. In the tester the answer is there at once; at a terminal it comes a moment
later, by `on_signal`. Where the Brain is silent the EA is told so, and why: it then goes by its own rule.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

Side = Literal["buy", "sell", "none"]


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says at the end of a bar. Times: Unix seconds of the market's clock.

    time_s: from when on it could be known: the end of the newest bar that the model has seen.
    valid_until_s: from when on it says nothing more.
    probability: that the price goes up, 0 to 1, whatever the side. size: a hint, how much of the usual risk
    it is worth, 0 to 1. horizon_bars: how many bars it looks ahead; 0 where it does not say.
    """

    time_s: int
    side: Side
    probability: float
    size: float
    valid_until_s: int
    model: str = ""
    version: int = 0
    horizon_bars: int = 0
    id: str = ""

    @property
    def confidence(self) -> float:
        """The probability that the side is right; of "none" the larger of both."""
        up = self.probability
        return up if self.side == "buy" else 1.0 - up if self.side == "sell" else max(up, 1.0 - up)


class Silence(msgspec.Struct, frozen=True):
    """There is no signal. why: a clause, for people. is_awaited: an answer may come yet, by `on_signal`."""

    why: str
    is_awaited: bool = False


Heard = Signal | Silence

NOBODY = Silence("there is no Brain here")


class SignalSource(Protocol):
    """Whom a desk without a gateway asks."""

    def at(self, symbol: str, timeframe: str, now_s: int) -> Heard:
        """Return the newest signal that could be known by now, the market's seconds, and is still valid."""


class SignalTape:
    """Signals of one symbol that are known beforehand. It never shows one before its time.

    It counts what it was asked, for a report to say: `asked` bars, of which `silent` had no answer.
    """

    def __init__(self, symbol: str, signals: Sequence[Signal]) -> None:
        """signals: of this symbol, in any order; of two of the same time the later one counts."""
        self._symbol = symbol
        self._signals = sorted(signals, key=lambda signal: signal.time_s)
        self._times = [signal.time_s for signal in self._signals]
        self._asked_at: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self._signals)

    @property
    def asked(self) -> int:
        """How many moments it was asked at."""
        return len(self._asked_at)

    @property
    def silent(self) -> int:
        """At how many of them it had nothing to say."""
        return sum(self._asked_at.values())

    def at(self, symbol: str, timeframe: str, now_s: int) -> Heard:  # noqa: ARG002 - they are of one
        heard = self._at(symbol, now_s)
        self._asked_at[now_s] = isinstance(heard, Silence)
        return heard

    def _at(self, symbol: str, now_s: int) -> Heard:
        if symbol != self._symbol:
            return Silence(f"the signals given are of {self._symbol}")
        place = bisect_right(self._times, now_s)
        if not place:
            return Silence("no signal yet" if self._times else "no signals were given")
        newest = self._signals[place - 1]
        if now_s >= newest.valid_until_s:
            return Silence("the newest signal is past its validity")
        return newest
