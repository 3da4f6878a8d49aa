"""The paper server: what a call over its socket takes, and whether it keeps up with very many clients.

First one program alone, function by function, beside a bare round trip over TCP between two Python processes,
so that each figure is a ratio too. Then 500 accounts with five clients each, all on one market of ten ticks
a second and symbol: once every client has a symbol's ticks pushed, once every client is a MetaTrader
program that looks once a second and trades now and then. The market is live, so a tick's time is
when it was due; lag is what passes until a client has it, over the least that any tick took.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from metafleet.engine.broker import frames, messages
from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.passwords import hash_password
from metafleet.engine.broker.records import SERVER_NAME, TickEvent
from metafleet.engine.broker.requests import ACTION_DEAL, TradeRequest
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.process import PASSWORD, BrokerProcess
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.mt5.remote import Remote
from metafleet.engine.mt5.terminal import Terminal

ACCOUNTS: Final = 500
CLIENTS_OF_EACH: Final = 5
TICKS_PER_BAR: Final = 600
MEASURED_S: Final = 20.0
SETTLING_S: Final = 3.0
CALLS: Final = 2_000
OPEN: Final = 10
ORDERS: Final = 300
BARS_BYTES: Final = 60_030
ORDER_BYTES: Final = 3 * 4_120
"""An answer with a thousand bars; and what an order adds to SQLite's log: three pages, each with its head."""
SAMPLED: Final = 20
"""Of so many clients that are pushed ticks, one looks at them: the others' work would be what is measured."""

LOOKS_APART_S: Final = 1.0
ORDERS_APART: Final = 60
"""Looks of a client between two of its orders: 2,500 clients send about forty a second."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(messages.FromBroker)


def main(names: list[str]) -> None:
    """Names of the three parts; without any all of them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    parts: dict[str, Callable[[Path], None]] = {
        "alone": _alone,
        "pushed": lambda folder: _crowd(folder, Listening),
        "looking": lambda folder: _crowd(folder, Looking),
    }
    for name in names or parts:
        with tempfile.TemporaryDirectory(prefix="mf-bench-") as folder:
            parts[name](Path(folder))


def _alone(folder: Path) -> None:
    bare_us, bars_us = (_bare_round_trip(size) for size in (64, BARS_BYTES))
    print(f"one program alone; a bare round trip over TCP takes {bare_us:.0f} us, with bars {bars_us:.0f} us")
    with _terminal(folder / "kill", "--outlives", "kill") as terminal:
        _print("symbol_info_tick", _times(lambda: terminal.symbol_info_tick("EURUSD"), CALLS), bare_us)
        _print("positions_get, 10 open", _times(terminal.positions_get, CALLS), bare_us)
        _print(
            "copy_rates_from_pos 1000",
            _times(lambda: terminal.copy_rates_from_pos("EURUSD", 1, 0, 1000), CALLS),
            bare_us,
        )
        _print("account_info", _times(terminal.account_info, CALLS), bare_us)
        order = {"action": ACTION_DEAL, "symbol": "EURUSD", "volume": 0.01, "type": 0, "price": 1.0}
        _print("order_check", _times(lambda: terminal.order_check(order), CALLS), bare_us)
        opening_us, closing_us = _order_times(terminal, order)
        _print("order_send, outlives kill", opening_us, bare_us)
        _print("the same, closing", closing_us, bare_us)
    with _terminal(folder / "power", "--outlives", "power") as terminal:
        _print("order_send, and a power cut", _order_times(terminal, order)[0], bare_us)
    flush_us = _flush(folder)
    print(f"  the least for that, a round trip and a flush of its pages: {bare_us + flush_us:.0f} us")


@contextlib.contextmanager
def _terminal(folder: Path, *options: str) -> Iterator[Terminal]:
    """A terminal at a server of its own, with ten positions open."""
    with BrokerProcess(folder, *options) as broker:
        login = broker.new_account("1000000").login
        terminal = Terminal(Remote(host="127.0.0.1", port=broker.port, login=login, password=PASSWORD).open)
        assert terminal.initialize()
        for _ in range(OPEN):
            terminal.Buy("EURUSD", 0.01)
        yield terminal
        terminal.shutdown()


def _order_times(terminal: Terminal, order: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Return what openings took, and closings, with 10 to 40 positions open."""
    opening_us: list[float] = []
    closing_us: list[float] = []
    while len(opening_us) < ORDERS:
        opening_us += _times(lambda: terminal.order_send(order), 30)
        tickets = [position.ticket for position in (terminal.positions_get() or ())[OPEN:]]
        closing_us += _closing_times(terminal, order, tickets)
    return opening_us, closing_us


def _closing_times(terminal: Terminal, order: dict[str, Any], tickets: list[int]) -> list[float]:
    def close() -> None:
        terminal.order_send(order | {"type": 1, "position": tickets.pop()})

    return _times(close, len(tickets))


def _print(name: str, taken_us: list[float], bare_us: float) -> None:
    median, late = statistics.median(taken_us), sorted(taken_us)[int(len(taken_us) * 0.99)]
    print(f"  {name:<27} p50 {median:8.0f} us   p99 {late:8.0f} us   {median / bare_us:6.1f} round trips")


def _times(call: Callable[[], Any], count: int) -> list[float]:
    taken_us = []
    for _ in range(count):
        began_s = time.perf_counter()
        call()
        taken_us.append(1e6 * (time.perf_counter() - began_s))
    return taken_us


def _bare_round_trip(size: int) -> float:
    """Return the microseconds of 64 bytes there and so many back; the other process does nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        pid = os.fork()
        if not pid:
            there, _ = door.accept()
            there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answer = b"x" * size
            while there.recv(64):
                there.sendall(answer)
            os._exit(0)
        here = socket.create_connection(door.getsockname())
    here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = bytearray(2 * BARS_BYTES)

    def call() -> None:
        here.send(b"x" * 64)
        left = size
        while left:
            left -= here.recv_into(room)

    try:
        return statistics.median(_times(call, CALLS))
    finally:
        here.close()
        os.waitpid(pid, 0)


def _flush(folder: Path) -> float:
    """Return the microseconds in which pages of an order are on the disk, in a file that has its length."""
    with (folder / "flushed").open("wb", buffering=0) as file:
        file.write(bytes(50 * ORDER_BYTES))
        file.seek(0)

        def call() -> None:
            file.write(b"x" * ORDER_BYTES)
            os.fdatasync(file.fileno())

        return statistics.median(_times(call, 50))


class Client:
    """One connection: it signs in, and takes whole frames off what comes."""

    def __init__(self, port: int, login: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = bytearray()
        self._asked = 0
        self.ask(messages.Login, login=login, password=PASSWORD, server=SERVER_NAME)
        self._answered()

    def ask(self, kind: type[messages.Request], **fields: Any) -> None:
        self._asked += 1
        self.socket.sendall(frames.frame(_encoder.encode(kind(id=self._asked, **fields))))

    def _answered(self) -> None:
        while not any(isinstance(message, messages.Answer) for message in self.received()):
            pass

    def received(self) -> list[messages.FromBroker]:
        data = self.socket.recv(65_536)
        assert data, "the server hung up"
        self._unread += data
        found = []
        while len(self._unread) >= 4:
            end = 4 + frames.body_length(self._unread[:4])
            if len(self._unread) < end:
                break
            found.append(_decoder.decode(self._unread[4:end]))
            del self._unread[:end]
        return found


class Listening(Client):
    """Has one symbol's ticks pushed."""

    what = "every client has a symbol's ticks pushed"

    def __init__(self, port: int, login: int, place: int) -> None:
        super().__init__(port, login)
        self._is_sample = place % SAMPLED == 0
        self.ask(messages.Subscribe, symbols=[list(SYMBOLS)[place // SAMPLED % len(SYMBOLS)]])

    def due_s(self) -> float:
        return float("inf")

    def act(self) -> None:
        """Do nothing by itself."""

    def lags_ms(self) -> list[float]:
        """Return how late each tick was that has come; of most clients only take it off the line."""
        if not self._is_sample:
            self.socket.recv(65_536)
            return []
        messages_ = self.received()
        now_ms = time.time() * 1000
        return [now_ms - one.time_msc for one in messages_ if isinstance(one, TickEvent)]


class Looking(Client):
    """Looks once a second, as a program does that sleeps in its loop, and trades now and then."""

    what = "every client looks once a second and trades once a minute"

    def __init__(self, port: int, login: int, place: int) -> None:
        super().__init__(port, login)
        self._next_s = time.monotonic() + SETTLING_S + place % 997 / 997 * LOOKS_APART_S
        self._sent_s = 0.0
        self._looks = place * 7

    def due_s(self) -> float:
        return self._next_s

    def act(self) -> None:
        self._next_s += LOOKS_APART_S
        self._looks += 1
        self._sent_s = time.perf_counter()
        if self._looks % ORDERS_APART:
            self.ask(messages.Look, parts=messages.QUOTES | messages.POSITIONS)
        else:
            wanted = TradeRequest(
                action=ACTION_DEAL, symbol="EURUSD", volume=0.01, type=self._looks // ORDERS_APART % 2
            )
            self.ask(messages.Trade, order=msgspec.Raw(_encoder.encode(wanted)))

    def lags_ms(self) -> list[float]:
        """Return how long each answer took that has come."""
        found = self.received()
        now_s = time.perf_counter()
        return [1000 * (now_s - self._sent_s) for one in found if isinstance(one, messages.Answer)]


def _crowd(folder: Path, kind: type[Listening | Looking]) -> None:
    logins = _accounts(folder)
    with BrokerProcess(folder, "--ticks-per-bar", str(TICKS_PER_BAR)) as broker:
        assert broker.process is not None
        server = broker.process.pid
        # The server on one core, the clients on another.
        os.sched_setaffinity(server, {0})
        os.sched_setaffinity(0, set(range(1, os.cpu_count() or 2)))
        clients = [kind(broker.port, login, place) for place, login in enumerate(logins * CLIENTS_OF_EACH)]
        _served(clients, SETTLING_S)
        before_s = _cpu_s(server)
        began_s = time.monotonic()
        lags_ms = sorted(_served(clients, MEASURED_S))
        if kind is Listening:
            # The market's clock stands a constant part of a second behind the machine's: since its start.
            lags_ms = [lag - lags_ms[0] for lag in lags_ms]
        taken_s = time.monotonic() - began_s
        cpu_s = _cpu_s(server) - before_s
        print(f"{len(logins)} accounts, {len(clients)} clients: {kind.what}")
        served = len(lags_ms) * (SAMPLED if kind is Listening else 1)
        each_us = 1e6 * cpu_s / served
        print(f"  {served / taken_s:,.0f} a second, {each_us:.1f} us CPU of the server each")
        for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0)):
            print(f"  {name:<5} {lags_ms[min(int(len(lags_ms) * share), len(lags_ms) - 1)]:8.1f} ms")
        print(f"  the server's core is {100 * cpu_s / taken_s:.0f} % busy")
        for client in clients:
            client.socket.close()


def _accounts(folder: Path) -> list[int]:
    """Open all accounts, with one hash for their one password."""
    with Store(folder) as store:
        house, kept = House(store, SYMBOLS.values(), Terms()), hash_password(PASSWORD)
        house.quotes.advance(int(time.time() * 1000))
        wanted = NewAccount(login=0, name="Crowd", deposit=Decimal(100_000))
        return [house.open_account(wanted, kept).book.login for _ in range(ACCOUNTS)]


def _served(clients: list[Any], seconds: float) -> list[float]:
    """Let the clients live so long, and return their lags."""
    end_s = time.monotonic() + seconds
    found: list[float] = []
    with selectors.EpollSelector() as waiting:
        for client in clients:
            waiting.register(client.socket, selectors.EVENT_READ, client)
        while (now_s := time.monotonic()) < end_s:
            for key, _ in waiting.select(0.005):
                found += key.data.lags_ms()
            for client in clients:
                if client.due_s() <= now_s:
                    client.act()
    return found


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main(sys.argv[1:])
