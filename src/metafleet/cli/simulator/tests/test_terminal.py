"""Simulated terminals against a small gateway of their own: whatever goes wrong, everything arrives."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from metafleet.cli.simulator.load import Line
from metafleet.cli.simulator.plan import CHAOS, Plan, habits
from metafleet.cli.simulator.state import Shared, share
from metafleet.cli.simulator.terminal import Place, Terminal


@dataclass
class Hub:
    """As much of a hub as a terminal can tell: it remembers tickets, and refuses what is not an account's."""

    clumsiness: float = 0.0
    forgets: bool = False
    logins: dict[str, int] = field(default_factory=dict)
    tickets: dict[str, set[int]] = field(default_factory=dict)
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    results: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(5))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length: ")[1].split("\r\n")[0])
                body = await reader.readexactly(length)
                if self.rng.random() < self.clumsiness:
                    break
                status, said = self._answer(head, body)
                text = json.dumps(said).encode()
                retry = "Retry-After: 0\r\n" if status == 503 else ""
                writer.write(
                    f"HTTP/1.1 {status} X\r\n{retry}Content-Length: {len(text)}\r\n\r\n".encode() + text
                )
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _answer(self, head: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if "content-encoding: gzip" in head:
            body = gzip.decompress(body)
        body = body.rstrip(b"\x00")
        path = head.split(" ")[1].removeprefix("/webhook/terminal/")
        if path.endswith("/result"):
            self.results.append((path.split("/")[1], json.loads(body)))
            return 200, {"success": True}
        try:
            said = json.loads(body, parse_constant=_refuse)
        except UnicodeDecodeError:
            said = json.loads(body.decode("windows-1252"))
        except ValueError:
            return 400, {"detail": "no JSON"}
        _, _, bearer = head.partition("authorization: bearer ")
        who = said.get("authToken") or bearer.split("\r\n")[0]
        return (401, {"detail": "another terminal"}) if said["terminalId"] != who else self._write(path, said)

    def _write(self, path: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        who = said["terminalId"]
        if path == "heartbeat":
            if int(said["accountInfo"]["login"]) != self.logins[who]:
                return 409, {"detail": "another account"}
            if abs(said.get("utcOffset", 0)) > 60_000:
                return 400, {"detail": "utcOffset"}
            commands = self.commands.pop(who, [])
            return 200, {
                "success": True,
                "knownDealTicket": self._known(who),
                "token": who,
                "commands": commands,
            }
        if said.get("login", said.get("mt5Login")) != self.logins[who]:
            return 409, {"detail": "another account"}
        if path == "trades":
            return 200, self._record(who, said["trades"])
        return 200, {"success": True}

    def _record(self, who: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        known = self.tickets.setdefault(who, set())
        bad = [n for n, item in enumerate(items) if item["comment"].startswith("bad-")]
        good = {int(item["ticket"]) for item in items if not item["comment"].startswith("bad-")}
        new = good - known
        if not self.forgets:
            known |= new
        return {
            "success": True,
            "imported": len(new),
            "skipped": len(items) - len(bad) - len(new),
            "failed": len(bad),
            "errors": [{"index": n} for n in bad],
            "knownDealTicket": self._known(who),
        }

    def _known(self, who: str) -> int:
        return max(self.tickets.get(who, set()), default=0)


def _refuse(word: str) -> Any:
    raise ValueError(word)


@asynccontextmanager
async def a_fleet(hub: Hub, plan: Plan) -> AsyncIterator[tuple[Shared, list[Terminal]]]:
    """Yield terminals that speak to this hub."""
    server = await asyncio.start_server(hub.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    shared = share(plan)
    terminals = []
    for index in range(plan.terminals):
        name = str(uuid4())
        place = Place(index, name, str(uuid4()), 7000 + index, "Server", token=name)
        hub.logins[place.terminal_id] = place.login
        terminals.append(Terminal(place, habits(index, plan), shared, Line(host, port), None))
    for one, other in zip(terminals, terminals[1:] + terminals[:1], strict=True):
        one.wire_to(other)
    try:
        async with server:
            yield shared, terminals
    finally:
        for terminal in terminals:
            await terminal.close()


async def live(terminals: list[Terminal], rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.gather(*(terminal.beat() for terminal in terminals))
        await asyncio.gather(*(terminal.trade() for terminal in terminals))
        await asyncio.gather(*(terminal.snapshot() for terminal in terminals))


def missing(hub: Hub, terminals: list[Terminal]) -> dict[int, set[int]]:
    """What did not arrive, or should not have, by terminal."""
    return {
        terminal.place.index: wrong
        for terminal in terminals
        if (
            wrong := {report.ticket for report in terminal.broker.history}
            ^ hub.tickets.get(terminal.place.terminal_id, set())
        )
    }


async def test_with_all_chaos_on_every_deal_arrives_and_nothing_else() -> None:
    hub = Hub(clumsiness=0.03)
    async with a_fleet(hub, Plan(terminals=10, minutes=1, chaos=frozenset(CHAOS), rate=5)) as (
        shared,
        terminals,
    ):
        await live(terminals, rounds=25)
        shared.is_calm = True
        for terminal in terminals:
            await terminal.settle()
            await terminal.say_last()
        assert shared.faults.words == []
        assert missing(hub, terminals) == {}
        assert shared.figures.counts["cut connections"] > 10
        assert shared.figures.counts["crashes of terminals"] > 3
        assert any(terminal.spoiled for terminal in terminals)


async def test_a_hub_that_forgets_is_found_out() -> None:
    hub = Hub(forgets=True)
    async with a_fleet(hub, Plan(terminals=2, minutes=1)) as (shared, terminals):
        await live(terminals, rounds=3)
        assert shared.faults.counts["the hub forgot a deal"] > 0


async def test_a_hub_that_takes_another_accounts_data_is_found_out() -> None:
    hub = Hub()
    async with a_fleet(hub, Plan(terminals=2, minutes=1, chaos=frozenset({"crosswired"}))) as (
        shared,
        terminals,
    ):
        await live(terminals, rounds=1)
        hub.logins = dict.fromkeys(hub.logins, terminals[1].place.login)
        shared.faults.counts.clear()
        while not any(terminal.was_crosswired for terminal in terminals):
            await terminals[0].beat()
        assert shared.faults.counts["foreign heartbeat accepted"] > 0


async def test_an_order_that_comes_twice_is_executed_once() -> None:
    hub = Hub()
    async with a_fleet(hub, Plan(terminals=1, minutes=1)) as (shared, (terminal,)):
        payload = {"symbol": "EURUSD", "side": "buy", "volume": 0.1}
        command = {"id": str(uuid4()), "type": "OPEN", "payload": payload, "expiresAt": None}
        for attempt in (1, 2):
            hub.commands[terminal.place.terminal_id] = [{**command, "attempt": attempt}]
            await terminal.beat()
            while len(hub.results) < attempt:
                await asyncio.sleep(0)
        marked = [deal for deal in terminal.broker.book.deals.values() if deal.comment.startswith("mf:")]
        assert len(marked) == 1
        assert [result["result"] for _, result in hub.results] == [{"deal": marked[0].ticket}] * 2
        # The hub had its result, and delivered again at once: it should not have.
        assert shared.faults.counts["command delivered within its lease"] == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_after_a_crash_everything_is_sent_from_what_the_hub_knows(kept: bool) -> None:
    hub, plan = Hub(), Plan(terminals=10, minutes=1, chaos=frozenset({"crashes", "reorder"}), rate=3)
    async with a_fleet(hub, plan) as (shared, terminals):
        chosen = [terminal for terminal in terminals if terminal.habits.keeps_order == kept]
        while shared.figures.counts["crashes of terminals"] < 3:
            await live(chosen, rounds=1)
        shared.is_calm = True
        for terminal in chosen:
            await terminal.settle()
        assert chosen
        assert missing(hub, chosen) == {}
