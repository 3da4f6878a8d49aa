"""The runner's line to the Brain: questions go out by a thread of its own, and nobody waits for it.

The trading loop asks and goes on; when an answer has come the bell rings, and the loop tells the EA. A Brain
that is slow, dead, or talks nonsense costs the loop nothing: the EA hears that it is silent, and why.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.signals import Heard, Signal, Silence
from metafleet.engine.market.records import Bar
from metafleet.engine.market.timeframes import BY_NAME, next_open_s, open_s
from metafleet.runner import clock
from metafleet.wire import brain as wire
from metafleet.wire.brain import BrainBar, BrainClient, SignalRequest, WireError

PATIENCE_S: Final = 4.0
"""After that an EA goes on without: twice the client's time-out, for a connection and an answer."""

AWAITED: Final = Silence("the Brain was asked just now", is_awaited=True)

LATE: Final = Silence("the Brain has not answered within a bar")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Line:
    """What was asked of one symbol, timeframe and model, and what came of it.

    bar_s: the bar that was forming when it was asked last. newest: the latest signal that came, whenever.
    """

    bar_s: int = -1
    due_s: float = 0.0
    is_open: bool = False
    request: SignalRequest | None = None
    came: Heard | None = None
    newest: Signal | None = None
    heard: Heard = field(default=AWAITED)


_Key = tuple[str, str, str]


class Brain:
    """Asks by a thread that begins with the first question. Used by the trading loop; its thread is inside.

    `is_asked`: whether there was a question yet.
    token: the bearer token in force. ring: called from the thread when there is news.
    """

    def __init__(
        self, client: BrainClient, token: Callable[[], str | None], ring: Callable[[], None]
    ) -> None:
        self._client = client
        self._token = token
        self._ring = ring
        self._changed = threading.Condition()
        self._lines: dict[_Key, _Line] = {}
        self._thread: threading.Thread | None = None
        self.is_asked = False

    def ask(self, chart: Chart, *, model: str, bars: int, now_s: int) -> Heard:
        """Return what is known of this bar already, else ask and say that the answer is awaited.

        now_s: the market's time. See `desk.Desk.ask_brain`.
        """
        bar_s = open_s(BY_NAME[chart.timeframe], now_s)
        with self._changed:
            line = self._lines.setdefault((chart.symbol, chart.timeframe, model), _Line())
            if line.bar_s == bar_s:
                return _valid(line.heard, now_s)
        request = _request(chart, model, bars)
        with self._changed:
            # A market that is faster than the Brain: the EA does not wait from bar to bar for ever.
            is_late = line.is_open and line.came is None
            line.bar_s, line.due_s, line.is_open = bar_s, clock.steady_s() + PATIENCE_S, True
            line.request, line.came = request, None
            line.heard = _valid(line.newest or LATE, now_s) if is_late else AWAITED
            self._changed.notify_all()
        self._begin()
        return line.heard

    def heard(self, now_s: int) -> list[Heard]:
        """Return what became of questions since the last time: each one's end is told once.

        Where there is no answer, the newest signal that came before stands in for it while it is valid.
        """
        with self._changed:
            return [self._ended(line, now_s) for line in self._lines.values() if _is_over(line)]

    @property
    def has_news(self) -> bool:
        """Whether `heard` has something to tell."""
        return self.is_asked and any(map(_is_over, self._lines.values()))

    def _ended(self, line: _Line, now_s: int) -> Heard:
        line.is_open = False
        found = line.came or Silence(f"no answer from the Brain in {PATIENCE_S:.0f} s")
        if isinstance(found, Silence) and line.newest is not None:
            found = line.newest if now_s < line.newest.valid_until_s else found
        line.heard = _valid(found, now_s)
        return line.heard

    def _begin(self) -> None:
        if self._thread is None:
            self.is_asked = True
            self._thread = threading.Thread(target=self._run, name="brain", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                found = self._changed.wait_for(self._next)
                assert found is not None  # noqa: S101 - waited for
                line, request = found
                bar_s, line.request = line.bar_s, None
            came = self._asked(request)
            with self._changed:
                if isinstance(came, Signal):
                    line.newest = came
                if line.bar_s == bar_s:
                    line.came = came
            self._ring()

    def _next(self) -> tuple[_Line, SignalRequest] | None:
        return next(((line, line.request) for line in self._lines.values() if line.request), None)

    def _asked(self, request: SignalRequest) -> Heard:
        """Ask, and turn whatever happens into something to hear."""
        self._client.token = self._token()
        try:
            reply = self._client.signal(request)
        except WireError as silent:
            return Silence(_why(silent))
        except Exception:
            logger.exception("the Brain could not be asked")
            return Silence("the runner could not ask the Brain")
        if (reply.symbol, reply.timeframe) != (request.symbol, request.timeframe):
            return Silence(f"the Brain answered for {reply.symbol} {reply.timeframe}")
        return heard_of(reply)


def _is_over(line: _Line) -> bool:
    return line.is_open and (line.came is not None or clock.steady_s() >= line.due_s)


def heard_of(reply: wire.Signal) -> Signal:
    """Return a signal as an EA hears it. The paper market's clock is UTC, as its heartbeats say."""
    return Signal(
        time_s=next_open_s(BY_NAME[reply.timeframe], int(reply.bar_time.timestamp())),
        side=reply.side,
        probability=reply.probability,
        size=reply.size,
        valid_until_s=int(reply.valid_until.timestamp()),
        model=reply.model,
        version=reply.model_version,
        horizon_bars=reply.horizon_bars,
        id=reply.signal_id,
    )


def _valid(heard: Heard, now_s: int) -> Heard:
    if isinstance(heard, Signal) and now_s >= heard.valid_until_s:
        return Silence("the newest signal is past its validity")
    return heard


def _why(silent: WireError) -> str:
    """A clause for people: the refusal's own words, or that none came."""
    if silent.status is None:
        return silent.detail[:120].rstrip(".")
    words = silent.detail.partition(": ")[2].rstrip(".")
    return f"the Brain refused ({silent.status}): {words[:100]}"


def _request(chart: Chart, model: str, bars: int) -> SignalRequest:
    sent = [_row(bar) for bar in chart.bars(min(bars, wire.MOST_BARS))] if bars else None
    return SignalRequest(symbol=chart.symbol, timeframe=chart.timeframe, model=model or None, bars=sent)


def _row(bar: Bar) -> BrainBar:
    return BrainBar(bar.time_s, bar.open, bar.high, bar.low, bar.close, bar.tick_volume or 0, bar.spread or 0)
