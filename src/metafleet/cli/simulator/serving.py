"""A simulated terminal and its commands: polls, executes once, answers until it was heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from metafleet.cli.simulator.broker import SYMBOLS
from metafleet.cli.simulator.load import Line, LineLost
from metafleet.cli.simulator.plan import server_offset_s
from metafleet.cli.simulator.state import Note, Shared
from metafleet.cli.simulator.talk import Talk, decoded
from metafleet.cli.simulator.wording import Voice

if TYPE_CHECKING:
    from metafleet.cli.simulator.terminal import Terminal

WAIT_S: Final = 25
MARK_DIGITS: Final = 12
_BARS: Final = 60
_REST_S: Final = 0.5
_CRASHES: Final = 0.06
"""Of first deliveries: before the command is executed, and again after."""

Result = dict[str, Any]


class Servant:
    """Serves the commands of one terminal, however they reach it."""

    def __init__(
        self, terminal: Terminal, shared: Shared, voice: Voice, talk: Talk, poll_line: Line | None
    ) -> None:
        self._terminal = terminal
        self._shared = shared
        self._voice = voice
        self._talk = talk
        self._poll_line = poll_line
        self._under_way: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End what is under way, and the connection."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._poll_line is not None:
            self._poll_line.close()

    async def poll_for_ever(self, after_s: float = 0.0) -> None:
        """Wait for commands at the hub's door, one long poll after another. after_s: before the first."""
        await asyncio.sleep(after_s)
        line = self._poll_line
        while line is not None:
            try:
                answer = await line.ask(self._voice.poll(WAIT_S), WAIT_S + 10.0)
            except LineLost:
                self._shared.figures.counts["lost polls"] += 1
                await asyncio.sleep(_REST_S)
                continue
            if answer.status == 200:
                for command, note in self._noted(decoded(answer)):
                    await self._serve(command, note)
                continue
            self._shared.figures.counts[f"answers {answer.status}"] += 1
            # 409: the terminal is cross-wired just now.
            if answer.status not in {409, 429, 502, 503, 504}:
                self._talk.fault("commands", answer)
            await asyncio.sleep(answer.retry_after_s or _REST_S)

    def hear(self, beat: dict[str, Any]) -> None:
        """Serve what came with a heartbeat's answer, in either version of the protocol, beside the beats."""
        for command, note in self._noted(beat):
            self._begin(self._serve(command, note))
        if flat := beat.get("command"):
            self._shared.figures.counts["commands delivered"] += 1
            self._begin(self._serve_flat(flat, str(beat.get("payload", ""))))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _noted(self, answer: dict[str, Any]) -> list[tuple[dict[str, Any], Note]]:
        """Return the commands of an answer, each noted as it arrived and not when its turn comes."""
        return [(command, self._note(command)) for command in answer.get("commands") or ()]

    def _note(self, command: dict[str, Any]) -> Note:
        self._shared.figures.counts["commands delivered"] += 1
        return self._shared.notes.deliver(
            command["id"],
            command["type"],
            terminal=self._terminal.place.index,
            attempt=command["attempt"],
            expires_in_s=_seconds_until(command.get("expiresAt")),
        )

    async def _serve(self, command: dict[str, Any], note: Note) -> None:
        is_first = command["attempt"] == 1
        if is_first and self._shared.has("crashes") and self._terminal.rng.random() < _CRASHES:
            self._shared.figures.counts["crashes before a command"] += 1
            return
        result = await self._execute(command)
        if is_first and self._shared.has("crashes") and self._terminal.rng.random() < _CRASHES:
            self._shared.figures.counts["crashes after a command"] += 1
            return
        await self._answer(command["id"], note, result)

    async def _answer(self, command_id: str, note: Note, result: Result) -> None:
        is_retriable = bool((result.get("result") or {}).get("retriable"))
        request = self._voice.result(command_id, result)
        note.sent.add("retriable" if is_retriable else result["status"])
        # The hub may hear it long before its answer is heard here, and then the command comes again.
        note.is_retried = is_retriable
        if self._shared.has("drops") and self._terminal.rng.random() < 0.1:
            await self._talk.cut(request)
        await self._talk.until_answered("result", request)
        note.is_retried = is_retriable
        if not is_retriable:
            note.acknowledged, note.acknowledged_s = result["status"], time.monotonic()
        self._shared.figures.counts["commands answered"] += 1

    async def _execute(self, command: dict[str, Any]) -> Result:
        payload: dict[str, Any] = command["payload"]
        match command["type"]:
            case "OPEN":
                return self._open(command["id"], payload, command["attempt"])
            case "CLOSE":
                return self._close(command["id"], int(payload["ticket"]))
            case "FETCH_CANDLES":
                await self._fetch(payload, command["id"])
                return _done(stored=_BARS)
            case "SYNC_TRADES":
                await self._terminal.report_again()
                return _done()
            case "PING":
                return _done(pong=True)
            case kind:
                return _failed(f"{kind} is not known here")

    def _open(self, command_id: str, payload: dict[str, Any], attempt: int) -> Result:
        """Open a position, once: an order of this command that is in the history already is it."""
        mark = mark_of(command_id)
        earlier = self._terminal.broker.marks.get(mark)
        if earlier is not None:
            self._shared.figures.counts["orders found by their mark"] += 1
            return _done(deal=earlier.ticket)
        if payload["symbol"] not in SYMBOLS:
            return _failed(f"{payload['symbol']} is not traded here")
        if attempt <= busy_for(payload):
            return {**_failed("the server is busy"), "result": {"retriable": True}}
        side = 0 if payload["side"].lower() == "buy" else 1
        deal = self._terminal.broker.order(_now_ms(), payload["symbol"], side, mark)
        self._shared.figures.counts["orders executed"] += 1
        return _done(deal=deal.ticket)

    def _close(self, command_id: str, ticket: int) -> Result:
        broker, mark = self._terminal.broker, mark_of(command_id)
        if earlier := broker.marks.get(mark):
            self._shared.figures.counts["orders found by their mark"] += 1
            return _done(deal=earlier.ticket)
        held = broker.held.get(ticket)
        if held is None:
            return _failed(f"position {ticket} is not open")
        self._shared.figures.counts["orders executed"] += 1
        return _done(deal=broker.close(_now_ms(), held, mark=mark).ticket)

    async def _serve_flat(self, name: str, payload: str) -> None:
        """Version 1: what is done is what says that it was done."""
        if name == "SYNC_TRADES":
            await self._terminal.report_again()
        elif name == "FETCH_CANDLES":
            symbol, timeframe, start, _end, trade = payload.split(",")
            said = {"symbol": symbol, "timeframe": timeframe, "tradeId": trade}
            await self._send_bars(said, int(start))
        else:
            self._shared.faults.add("flat command that no version-1 terminal knows", name)

    async def _fetch(self, payload: dict[str, Any], command_id: str) -> None:
        said = {
            "symbol": payload["symbol"],
            "timeframe": payload.get("timeframe", "1m"),
            "commandId": command_id,
        }
        if trade := payload.get("tradeId"):
            said["tradeId"] = trade
        await self._send_bars(said, self._server_time_s(payload["from"]))

    async def _send_bars(self, said: dict[str, Any], start_s: int) -> None:
        base = SYMBOLS.get(said["symbol"], 100_000) / 1e5
        first = start_s - start_s % 60
        bars = [
            {"time": first + 60 * n, "open": base, "high": base + 0.002, "low": base - 0.002, "close": base}
            for n in range(_BARS)
        ]
        await self._terminal.say_candles({**said, "candles": bars})

    def _server_time_s(self, value: float | str) -> int:
        """An instant of a payload, in this terminal's server time."""
        if isinstance(value, str) and not value.isdigit():
            utc_s = datetime.fromisoformat(value).timestamp()
            return int(utc_s) + server_offset_s(self._terminal.habits, utc_s)
        number = float(value)
        return int(number / 1000 if number >= 1e12 else number)


def mark_of(command_id: str) -> str:
    """What the orders of one command carry in their comment, as our own runners mark theirs."""
    return f"mf:{command_id.replace('-', '')[:MARK_DIGITS]}"


def busy_for(payload: dict[str, Any]) -> int:
    """How many deliveries of this order the broker is to be too busy for."""
    word, _, count = str(payload.get("comment", "")).partition(":")
    return int(count) if word == "busy" and count.isdigit() else 0


def _done(**result: Any) -> Result:
    return {"status": "done", "result": result}


def _failed(error: str) -> Result:
    return {"status": "failed", "error": error}


def _seconds_until(expires_at: str | None) -> float | None:
    return None if expires_at is None else datetime.fromisoformat(expires_at).timestamp() - time.time()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
