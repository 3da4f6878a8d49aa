"""One simulated terminal: heartbeats, snapshots and deals, with all that happens to real ones."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from metafleet.cli.simulator import book, spoiling
from metafleet.cli.simulator.broker import Broker, Report
from metafleet.cli.simulator.load import Answer, Line, LineLost
from metafleet.cli.simulator.machine import Watch
from metafleet.cli.simulator.plan import Habits
from metafleet.cli.simulator.serving import Servant
from metafleet.cli.simulator.state import Shared
from metafleet.cli.simulator.swing import Swing
from metafleet.cli.simulator.talk import Talk, decoded
from metafleet.cli.simulator.wording import Voice

BATCH: Final = 200
_RESENT: Final = 300
"""Reports that a terminal with an outbox on disk sends again after a crash."""
_BURST: Final = 9


@dataclass(frozen=True, slots=True)
class Place:
    """A terminal's row in the installation."""

    index: int
    terminal_id: str
    account_id: str
    login: int
    server: str
    token: str


class Crashed(Exception):
    """The terminal's process ended in the middle of things."""


class Terminal:
    """`broker` is what the truth is; `acknowledged` the highest ticket that the hub has said it has."""

    def __init__(
        self, place: Place, habits: Habits, shared: Shared, line: Line, poll_line: Line | None
    ) -> None:
        self.place = place
        self.habits = habits
        self.rng = random.Random(f"{shared.plan.seed}:terminal:{place.index}")
        self.broker = Broker(habits, self.rng, _now_ms())
        self.spoiled: set[str] = set()
        self.perhaps_spoiled: set[str] = set()
        """Bad items in requests that were cut, and never came again: they may have arrived."""
        self.was_crosswired = False
        self._shared = shared
        self.line = line
        self._voice = Voice(habits, place.terminal_id, place.token)
        self._voice.sign_in(place.login, place.server)
        self._talk = Talk(place.index, line, shared, self.rng)
        self._mouth = asyncio.Lock()
        self._beats = asyncio.Lock()
        self._unsent: list[Report] = []
        self._taken = 0
        self._acknowledged = 0
        self._counted: set[int] = set()
        self._is_known = False
        self._other: Terminal | None = None
        self.watch: Watch | None = None
        """What a host agent sees of it, where there is one."""
        self._swing = Swing(
            random.Random(f"{shared.plan.seed}:swing:{place.index}"),
            is_losing=place.index < shared.plan.losing,
        )
        self.servant = Servant(self, shared, self._voice, self._talk, poll_line)

    def wire_to(self, other: Terminal) -> None:
        """The terminal for whose account this one is at times mistaken."""
        self._other = other

    async def close(self) -> None:
        """Cut the connections."""
        await self.servant.close()
        self.line.close()

    async def beat(self) -> None:
        """One heartbeat, as the timer asks for it; none where the last one still waits."""
        if self._beats.locked():
            return
        async with self._beats:
            if self._shared.has("crosswired") and self._happens(0.01):
                await self._be_crosswired()
            if self._shared.has("skew") and self._happens(0.01):
                await self._claim_an_impossible_clock()
            if self._shared.has("bursts") and self._happens(0.005):
                for _ in range(_BURST):
                    await self._talk.once("heartbeat", self._voice.post("/heartbeat", self._said()))
            if self._shared.has("drops") and self._happens(0.03):
                await self._talk.cut(self._voice.post("/heartbeat", self._said()))
                return
            known = self._acknowledged
            answer = await self._talk.once("heartbeat", self._voice.post("/heartbeat", self._said()))
            if answer is not None:
                self._hear(answer, known)

    async def snapshot(self) -> None:
        """All open positions, once."""
        if self._mouth.locked() or not self._is_known:
            return
        async with self._mouth:
            await self._talk.once("positions", self._positions())

    async def report_machine(self) -> None:
        """As its host agent does: how the machine is, and the terminal's program on it."""
        if self.watch is None or self._mouth.locked() or not self._is_known:
            return
        async with self._mouth:
            answer = await self._talk.once("machine", self._voice.post("/machine", self.watch.said()))
            if answer is not None:
                self.watch.told()

    async def trade(self) -> None:
        """Let the market go on, and report what happened."""
        for _ in range(self._how_many()):
            self.broker.act(_now_ms())
        # Until a heartbeat was heard nobody knows the terminal's clock.
        if self._mouth.locked() or not self._is_known:
            return
        async with self._mouth:
            try:
                if self._shared.has("crashes") and self._happens(0.03):
                    raise Crashed
                await self._report()
            except Crashed:
                await self._restart()

    async def report_again(self) -> None:
        """Send the recent history once more: a SYNC_TRADES asked for it."""
        if not self._is_known:
            # Its clock is not known before its first heartbeat; after that it reports everything anyway.
            return
        async with self._mouth:
            try:
                self._collect()
                await self._report_in_order()
                await self._send_all(self.broker.history[-_RESENT:])
            except Crashed:
                await self._restart()

    async def say_candles(self, said: dict[str, Any]) -> None:
        """Send bars that a command asked for; not while the terminal is signed in elsewhere."""
        async with self._mouth:
            await self._talk.until_answered("candles", self._voice.post("/candles", said))

    async def settle(self) -> None:
        """Come to rest: everything that ever happened is reported, and what is so now."""
        async with self._mouth:
            if not self._is_known:
                await self._beat_until_heard()
            self.broker.finish(_now_ms())
            self._collect()
            await self._send_all(self._unsent)
            self._unsent.clear()

    async def say_last(self) -> None:
        """A last heartbeat and a last snapshot."""
        async with self._beats, self._mouth:
            if self.was_crosswired and self._other is not None:
                beat = self._voice.post("/heartbeat", self._other.said_of_its_own())
                await self._talk.until_answered("foreign heartbeat", beat, (409,))
            await self._beat_until_heard()
            await self._talk.until_answered("positions", self._positions())
            if self.watch is not None:
                await self._talk.until_answered("machine", self._voice.post("/machine", self.watch.said()))

    async def _report(self) -> None:
        self._collect()
        if self.habits.keeps_order:
            await self._report_in_order()
        else:
            await self._report_in_disorder()

    async def _report_in_order(self) -> None:
        """An EA without an outbox on disk: whatever happens, nothing may overtake an older deal."""
        while self._unsent:
            batch = self._unsent[:BATCH]
            mixed = self.rng.sample(batch, len(batch)) if self._shared.has("reorder") else batch
            await self._send(mixed)
            del self._unsent[: len(batch)]

    async def _report_in_disorder(self) -> None:
        """An EA whose outbox is on disk may send what it likes first: here exits, and not all at once."""
        if not self._shared.has("reorder"):
            await self._send_all(self._unsent)
            self._unsent = []
            return
        self.rng.shuffle(self._unsent)
        self._unsent.sort(key=lambda report: not report.is_exit)
        count = self.rng.randint(1, len(self._unsent)) if self._unsent else 0
        now, self._unsent = self._unsent[:count], self._unsent[count:]
        try:
            await self._send_all(now)
        except Crashed:
            self._unsent += now
            raise

    async def _send_all(self, reports: Sequence[Report]) -> None:
        for start in range(0, len(reports), BATCH):
            await self._send(reports[start : start + BATCH])

    async def _send(self, batch: Sequence[Report]) -> None:
        """Send one batch until the hub has it. Raises Crashed."""
        items = self._voice.items(batch)
        bad: set[int] = set()
        marks: set[str] = set()
        if self._shared.has("baditems") and self._happens(0.1):
            if self._happens(0.2):
                await self._talk.once("trades", self._voice.post_bytes("/trades", spoiling.NO_JSON), (400,))
            owner = f"{self.place.index}-{len(self.spoiled | self.perhaps_spoiled)}"
            items, bad = spoiling.spoil(items, marks, owner, self.rng)
            self.perhaps_spoiled |= marks
        request = self._voice.post("/trades", {"trades": items})
        while self._shared.has("drops") and self._happens(0.15):
            await self._talk.cut(request)
            if self._shared.has("crashes") and self._happens(0.2):
                raise Crashed
        if self._shared.has("duplicates") and self._happens(0.1):
            await self._send_beside(request)
        was_known = self._counted.issuperset(report.ticket for report in batch)
        answer = await self._talk.until_answered("trades", request)
        if answer.status != 200:
            return
        self.spoiled |= marks
        self._check(answer, len(items), bad, was_known=was_known)
        self._acknowledge(batch)
        if self._shared.has("duplicates") and self._happens(0.2):
            part = self.rng.sample(batch, self.rng.randint(1, len(batch))) if batch else []
            again = self._voice.post("/trades", {"trades": self._voice.items(part)})
            answer = await self._talk.until_answered("trades", again)
            self._check(answer, len(part), set(), was_known=True)

    async def _send_beside(self, request: bytes) -> None:
        """The same batch at the same time from a second connection, and neither knows of the other."""
        second = Line(*self.line.address)
        self._shared.figures.counts["batches sent twice at once"] += 1
        try:
            await asyncio.gather(second.ask(request), self.line.ask(request))
        except LineLost:
            self._shared.figures.counts["lost connections"] += 1
        finally:
            second.close()

    def _check(self, answer: Answer, items: int, bad: set[int], *, was_known: bool) -> None:
        """Judge what the hub says of a batch."""
        said = decoded(answer)
        counted = [said.get(name) for name in ("imported", "skipped", "failed")]
        named = {error.get("index") for error in said.get("errors", ())}
        wrong = (
            said.get("success") is not True
            or counted[2] != len(bad)
            or sum(count or 0 for count in counted) != items
            or named != bad
            or (was_known and counted[0] != 0)
        )
        if wrong:
            words = f"{items} items, bad {sorted(bad)}, known {was_known}: {answer.body[:300].decode()}"
            self._shared.faults.add("wrong answer to a batch", f"terminal {self.place.index}: {words}")

    def _acknowledge(self, batch: Sequence[Report]) -> None:
        tickets = {report.ticket for report in batch}
        self._shared.figures.counts["deals"] += len(tickets - self._counted)
        self._counted |= tickets
        self._acknowledged = max(self._acknowledged, max(tickets, default=0))

    async def _restart(self) -> None:
        """Begin again as after a crash: what was in memory alone is forgotten."""
        self._shared.figures.counts["crashes of terminals"] += 1
        self.line.close()
        await asyncio.sleep(self.rng.uniform(0.05, 0.5))
        known_ticket = await self._beat_until_heard()
        self._taken = len(self.broker.history)
        if self.habits.keeps_order:
            self._unsent = list(self.broker.since(known_ticket))
        else:
            unsent = {report.ticket for report in self._unsent}
            tail = self.broker.history[-_RESENT:]
            self._unsent += [report for report in tail if report.ticket not in unsent]

    async def _beat_until_heard(self) -> int:
        """Return the highest ticket that the hub knows."""
        known = self._acknowledged
        answer = await self._talk.until_answered("heartbeat", self._voice.post("/heartbeat", self._said()))
        self._hear(answer, known)
        return int(decoded(answer).get("knownDealTicket", 0))

    def _collect(self) -> None:
        self._unsent += self.broker.history[self._taken :]
        self._taken = len(self.broker.history)

    def _hear(self, answer: Answer, known: int) -> None:
        """Take in a heartbeat's answer. known: the highest ticket acknowledged before it was sent."""
        if answer.status != 200:
            return
        self._is_known = True
        said = decoded(answer)
        if int(said.get("knownDealTicket", -1)) < known:
            words = (
                f"terminal {self.place.index}: {said.get('knownDealTicket')} after {known} was acknowledged"
            )
            self._shared.faults.add("the hub forgot a deal", words)
        if token := said.get("token"):
            self._voice.token = token
            self._shared.figures.counts["tokens renewed"] += 1
        elif self.habits.is_old_token and self._voice.token == self.place.token:
            self._shared.faults.add("token not renewed", f"terminal {self.place.index}")
        self.servant.hear(said)

    async def _be_crosswired(self) -> None:
        """For a while the terminal is signed in to another account. All of that must be refused."""
        other = self._other
        if other is None:
            return
        self.was_crosswired = True
        self._shared.figures.counts["cross-wired spells"] += 1
        async with self._mouth:
            with self._talk.wronged():
                await self._speak_for(other)
                await self._beat_until_heard()

    async def _speak_for(self, other: Terminal) -> None:
        self._voice.sign_in(other.place.login, other.place.server)
        for _ in range(self.rng.randint(1, 3)):
            beat = self._voice.post("/heartbeat", other.said_of_its_own())
            await self._refused("heartbeat", beat, (409,))
        deals = self._voice.post("/trades", {"trades": other.items_of_its_own()})
        await self._refused("trades", deals, (409,))
        held = self._voice.post("/positions", {"positions": other.positions_of_its_own()})
        await self._refused("positions", held, (409,))
        self._voice.sign_in(self.place.login, self.place.server)
        stranger = self._voice.post("/trades", {"terminalId": other.place.terminal_id, "trades": []})
        await self._refused("trades", stranger, (401,))

    async def _refused(self, kind: str, request: bytes, statuses: tuple[int, ...]) -> None:
        """Send what must be refused; an answer of 200 is a fault."""
        answer = await self._talk.once(f"foreign {kind}", request, (*statuses, 200))
        if answer is not None and answer.status == 200:
            words = f"terminal {self.place.index}: {answer.body[:200].decode()}"
            self._shared.faults.add(f"foreign {kind} accepted", words)

    async def _claim_an_impossible_clock(self) -> None:
        request = self._voice.post("/heartbeat", {**self._said(), "utcOffset": 10**6})
        await self._talk.once("heartbeat", request, (400,))

    def said_of_its_own(self) -> dict[str, Any]:
        """What this terminal's heartbeat says, for another one to say by mistake."""
        return self._said()

    def items_of_its_own(self) -> list[dict[str, Any]]:
        """Deals of this account, for another terminal to report by mistake."""
        return self._voice.items(self.broker.history[-3:])

    def positions_of_its_own(self) -> list[dict[str, Any]]:
        """What this account holds, for another terminal to report by mistake."""
        held = list(self.broker.held.values())
        lots = sum(one.lots for one in held)
        return [self._voice.position(one, self._swing.floating_cents * one.lots // lots) for one in held]

    def _said(self) -> dict[str, Any]:
        self._swing.step(self.balance_cents, is_open=bool(self.broker.held))
        equity = (self.balance_cents + self._swing.floating_cents) / 100
        said: dict[str, Any] = {
            "platform": self.habits.platform,
            "build": 4410,
            "version": "simulated",
            "accountInfo": {
                "login": self.place.login,
                "server": self.place.server,
                "currency": "USD",
                "leverage": 100,
                "balance": self.balance_cents / 100,
                "equity": equity,
                "margin": 0,
                "freeMargin": equity,
                "tradeAllowed": True,
            },
            "openPositions": len(self.broker.held),
            "lastDealTicket": self._acknowledged,
        }
        if self.habits.protocol > 1:
            said["protocol"] = self.habits.protocol
        if self.habits.offset_s is not None:
            said["utcOffset"] = self.habits.offset_s
        return said

    @property
    def balance_cents(self) -> int:
        return round(self.broker.book.balance / book.CENT)

    def _positions(self) -> bytes:
        return self._voice.post("/positions", {"positions": self.positions_of_its_own()})

    def _how_many(self) -> int:
        rate = self._shared.plan.rate
        return int(rate) + self._happens(rate % 1)

    def _happens(self, chance: float) -> bool:
        return self.rng.random() < chance


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
