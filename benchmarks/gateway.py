"""The gateway on loopback: heartbeats, batches of deals and commands, and what limits them.

One uvicorn process and one load generator share this machine with PostgreSQL and Redis. Each
figure stands beside the same server's bare echo and beside plainer ways to do the same, in the
same run. Limits are lifted, not left out: each request spends from its bucket in Redis.
Every figure is the median of three.

`BENCH_GATEWAY`: which of beats, deals and commands, with blanks between; all when it is not set. Beside the
rates stand the processor time of a request, which a busy machine changes little, and what the machine itself
can do: the disk's flush, the statement's own rate, and that of a bare insert of the same rows.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
import uvloop

from benchmarks import costs, naive, statement
from metafleet.cli.data_folder import open_data_folder
from metafleet.cli.keys import ensure_keys
from metafleet.cli.readiness import answers_ready, wait_until
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.simulator.histogram import Histogram
from metafleet.cli.simulator.load import Hammered, Line, encode, hammer
from metafleet.cli.temporary_servers import serving

HOST, PORT, ECHO_PORT = "127.0.0.1", 8791, 8792
TERMINALS, CONNECTIONS = 400, 160
ROUNDS, ROUND_S = 3, 4.0
PARTS: Final = os.environ.get("BENCH_GATEWAY", "beats deals commands").split()
STORED = int(os.environ.get("BENCH_STORED_DEALS", "1000000"))
BATCH, REPEATED = 100, 5
ONE_BY_ONE, SENDERS = 150, 32
TOGETHER: Final = 8
"""Batches in one statement, as they come from so many senders."""
POLLS, QUEUED = 1_000, 300
PLENTY: Final = {name: [100_000_000, 10_000_000] for name in ("heartbeat", "trades", "commands", "positions")}


def main() -> None:
    with _stage() as stage:
        tenant = stage.tenant("Benchmark")
        terminals = [stage.terminal(tenant) for _ in range(TERMINALS)]
        # As after their first heartbeat, whichever parts are measured.
        stage.run("UPDATE fleet_terminal SET protocol = 2")
        # What is compared is heartbeats and deals, not the plan of the first statement.
        stage.run("ANALYZE")
        flush_s = costs.flush_s(Path(os.environ["METAFLEET_DATA_DIR"]))
        print(f"{'a flush of the disk':<52}{'':>9}      p50 {flush_s * 1e3:7.2f} ms")
        if "beats" in PARTS:
            _measure_beats(terminals)
        with _server("metafleet.hub.gateway.asgi:app", PORT):
            if "deals" in PARTS:
                _measure_deals(stage, terminals)
            if "commands" in PARTS:
                _measure_commands(stage, terminals[0].tenant_id)


def _measure_beats(terminals: Sequence[Any]) -> None:
    with _server("benchmarks.echo:app", ECHO_PORT):
        echo = _say("bare echo of the same server", asyncio.run(_median(_beats(terminals, ECHO_PORT))))
    with _server("benchmarks.careful:app", ECHO_PORT):
        careful = _say("a careful Django view", asyncio.run(_median(_beats(terminals, ECHO_PORT))))
    with _server("metafleet.hub.gateway.asgi:app", PORT) as gateway:
        said = f"heartbeats, {CONNECTIONS} connections"
        beats = _say(said, asyncio.run(_median(_beats(terminals, PORT))))
        print(f"{'memory of the gateway':<52}{gateway.memory_full_info().uss / 1e6:9.1f} MB unique")
        plain = naive.beats(terminals)
        print(
            f"{'':4}of the echo: {beats / echo:.0%}; x naive ({plain:.0f}/s): {beats / plain:.0f}; "
            f"x a careful Django view: {beats / careful:.1f}"
        )


def _beats(terminals: Sequence[Any], port: int) -> Callable[[], Any]:
    requests = [_request("heartbeat", terminal, _beat(terminal)) for terminal in terminals]
    turn = iter(range(10**12))

    def next_request(_: int) -> bytes:
        return requests[next(turn) % len(requests)]

    return lambda: hammer(HOST, port, next_request, connections=CONNECTIONS, seconds=ROUND_S)


async def _median(measure: Callable[[], Any]) -> Hammered:
    rounds: list[Hammered] = []
    spent = []
    for _ in range(ROUNDS + 1):
        before = costs.Costs()
        rounds.append(await measure())
        spent.append(before.each(rounds[-1].latencies.count))
    costs.say(min(spent[1:], key=lambda cost: cost.total()))
    for done in rounds[1:]:
        if done.lost or set(done.statuses) != {200}:
            raise SystemExit(
                f"refused: {dict(done.statuses)}, lost {done.lost}, {done.refusal.decode()[:300]}"
            )
    return _middle(rounds[1:])


def _middle(rounds: Sequence[Hammered]) -> Hammered:
    return sorted(rounds, key=lambda done: done.rate)[len(rounds) // 2]


def _measure_deals(stage: Any, terminals: Sequence[Any]) -> None:
    _preload(stage, terminals[: SENDERS * 10])
    senders = terminals[:SENDERS]
    tickets = {sender.id: STORED for sender in senders}

    def fresh(sender: Any) -> bytes:
        start = tickets[sender.id]
        tickets[sender.id] += BATCH
        return _request("trades", sender, {"trades": _with_repeats(start)})

    # In turns: a page's first change after a checkpoint costs more, whoever makes it.
    singly, limits = [], []
    for _ in range(ROUNDS):
        singly.append(asyncio.run(_one_by_one(fresh, senders[0])))
        limits.append(statement.one_by_one(senders[0], [_body(fresh(senders[0])) for _ in range(ONE_BY_ONE)]))
    one = _say(f"{BATCH} deals, {REPEATED} known, {STORED:,} stored", _middle(singly))
    again = [_request("trades", senders[0], {"trades": _deals(STORED, BATCH)})] * ONE_BY_ONE
    _say(f"{BATCH} deals, all known", asyncio.run(_in_turn(again)))
    limit_s = statistics.median(limits)
    print(f"{'':4}the statement alone: p50 {limit_s * 1e3:.2f} ms; of its rate {limit_s * one:.0%}")
    rates, limits, inserts, spent = [], [], [], []
    for _ in range(ROUNDS):
        done, cost = _sustained(fresh, senders)
        spent.append(cost)
        rates.append(done.rate)
        limits.append(statement.sustained(_groups(fresh, senders)) * TOGETHER)
        inserts.append(statement.inserted(_groups(fresh, senders)) * TOGETHER)
    rate, limit = statistics.median(rates), statistics.median(limits)
    print(f"{'deals sustained, ' + str(SENDERS) + ' senders':<52}{rate * BATCH:9.0f} deals/s")
    costs.say(min(spent, key=lambda cost: cost.total()))
    print(f"{'':4}the statement alone: {limit * BATCH:.0f} deals/s; of its rate {rate / limit:.0%}")
    insert = statistics.median(inserts) * BATCH
    print(f"{'':4}a bare insert of the same rows, nothing folded or answered: {insert:.0f} deals/s")
    plain = statistics.median(
        _timed(lambda: naive.batch(senders[1], _body(fresh(senders[1])))) for _ in range(3)
    )
    print(f"{'':4}the ORM's way, deal by deal, no HTTP: {plain * 1e3:.0f} ms a batch, x{plain * one:.0f}")


def _groups(fresh: Callable[[Any], bytes], senders: Sequence[Any]) -> list[list[tuple[Any, bytes]]]:
    """Batches as the gateway puts them together: of other senders than the statement under way beside it."""
    return [
        [(sender, _body(fresh(sender))) for sender in senders[n * TOGETHER % SENDERS :][:TOGETHER]]
        for n in range(400 // TOGETHER)
    ]


def _sustained(fresh: Callable[[Any], bytes], senders: Sequence[Any]) -> tuple[Hammered, Counter[str]]:
    ready = {n: iter([fresh(sender) for _ in range(200)]) for n, sender in enumerate(senders)}
    before = costs.Costs()
    done = asyncio.run(hammer(HOST, PORT, lambda n: next(ready[n]), connections=SENDERS, seconds=2.0))
    return done, before.each(done.latencies.count)


def _preload(stage: Any, terminals: Sequence[Any]) -> None:
    """Store deals past the gateway: each pair of tickets a position that opened and closed."""
    each = STORED // len(terminals)
    for terminal in terminals:
        stage.run(
            """
            INSERT INTO journal_deal (tenant_id, account_id, ticket, position_id, symbol, kind, entry, volume,
                price, executed_at, profit, commission, swap, fee, comment, created_at, updated_at)
            SELECT %s, %s, n, n - (n + 1) %% 2, 'EURUSD', (n + 1) %% 2, (n + 1) %% 2, 0.1, 1.085,
                timestamptz '2026-01-01' + n * interval '1 second', 0, 0, 0, 0, '', now(), now()
            FROM generate_series(1, %s) AS n
            """,
            terminal.tenant_id,
            terminal.account_id,
            each,
        )
    stage.run("VACUUM ANALYZE")


async def _one_by_one(fresh: Callable[[Any], bytes], sender: Any) -> Hammered:
    return await _in_turn([fresh(sender) for _ in range(ONE_BY_ONE)])


async def _in_turn(requests: Sequence[bytes]) -> Hammered:
    line, done = Line(HOST, PORT), Hammered()
    began = time.perf_counter()
    for number, request in enumerate(requests):
        answer = await line.ask(request)
        if answer.status != 200:
            raise SystemExit(answer.body.decode()[:300])
        if number >= 10:
            done.latencies.record(answer.seconds)
    done.seconds = time.perf_counter() - began
    line.close()
    return done


def _body(request: bytes) -> bytes:
    return request.split(b"\r\n\r\n", 1)[1]


def _measure_commands(stage: Any, tenant_id: Any) -> None:
    terminals = [stage.terminal(tenant_id) for _ in range(POLLS)]
    latencies = asyncio.run(_deliver(stage, terminals))
    p50, p99 = latencies.quantile_s(0.5) * 1e3, latencies.quantile_s(0.99) * 1e3
    what = f"command queued to delivered, {POLLS} polls wait"
    print(f"{what:<52}{'':>9}      p50 {p50:7.2f} ms  p99 {p99:7.2f} ms")
    rate = asyncio.run(_lease_and_end(stage, terminals[:50]))
    print(f"{'commands through lease and result':<52}{rate:9.0f} /s")


async def _deliver(stage: Any, terminals: Sequence[Any]) -> Histogram:
    """Queue commands one after the other while every terminal waits; from the insert's start to delivery."""
    latencies = Histogram()
    lines = {terminal.id: Line(HOST, PORT) for terminal in terminals}
    polls = {
        terminal.id: encode("GET", "/webhook/terminal/commands?wait=25", token=terminal.token())
        for terminal in terminals
    }
    waiting = {t.id: asyncio.create_task(lines[t.id].ask(polls[t.id])) for t in terminals}
    await asyncio.sleep(3.0)
    for number in range(QUEUED):
        terminal = terminals[number % len(terminals)]
        began = time.perf_counter()
        await asyncio.to_thread(stage.command, terminal)
        answer = await waiting[terminal.id]
        latencies.record(time.perf_counter() - began)
        if b'"PING"' not in answer.body:
            raise SystemExit(answer.body.decode())
    for terminal in terminals:
        waiting[terminal.id].cancel()
        lines[terminal.id].close()
    return latencies


async def _lease_and_end(stage: Any, terminals: Sequence[Any]) -> float:
    """Lease twenty at a time and answer each, all terminals at once."""
    each = 100
    for terminal in terminals:
        stage.run(
            """
            INSERT INTO fleet_command (id, tenant_id, terminal_id, type, payload, state, attempt, due_at,
                expires_at, requested_by, error, created_at, updated_at)
            SELECT gen_random_uuid(), %s, %s, 'PING', '{}', 'queued', 0, now(),
                now() + interval '5 minutes', '', '', now(), now()
            FROM generate_series(1, %s)
            """,
            terminal.tenant_id,
            terminal.id,
            each,
        )

    async def work(terminal: Any) -> int:
        token, count = terminal.token(), 0
        lines = [Line(HOST, PORT) for _ in range(4)]
        while count < each:
            poll = encode("GET", "/webhook/terminal/commands", token=token)
            commands = json.loads((await lines[0].ask(poll)).body)["commands"]
            ends = [
                encode(
                    "POST", f"/webhook/terminal/commands/{c['id']}/result", b'{"status":"done"}', token=token
                )
                for c in commands
            ]
            answers = await asyncio.gather(*(lines[n % 4].ask(end) for n, end in enumerate(ends)))
            count += sum(answer.status == 200 for answer in answers)
        for line in lines:
            line.close()
        return count

    began = time.perf_counter()
    ended = sum(await asyncio.gather(*map(work, terminals)))
    return ended / (time.perf_counter() - began)


def _deals(start: int, count: int) -> list[dict[str, Any]]:
    """Tickets from start + 1, each pair a position that opens and closes."""
    from metafleet.hub.gateway.tests.stage import closing, deal

    tickets = range(start + 1, start + count + 1, 2)
    return [made for ticket in tickets for made in (deal(ticket), closing(ticket + 1, ticket))]


def _with_repeats(start: int) -> list[dict[str, Any]]:
    known = range(1, 2 * REPEATED, 2)
    return [*_deals(start, BATCH)[REPEATED:], *(_deals(ticket - 1, 2)[0] for ticket in known)]


def _beat(terminal: Any) -> dict[str, Any]:
    return {"protocol": 2, "platform": "paper", "accountInfo": terminal.account(), "openPositions": 1}


def _request(path: str, terminal: Any, said: dict[str, Any]) -> bytes:
    body = json.dumps({"terminalId": str(terminal.id), **said}).encode()
    return encode("POST", f"/webhook/terminal/{path}", body, token=terminal.token())


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _say(what: str, done: Hammered) -> float:
    p50, p99 = done.latencies.quantile_s(0.5) * 1e3, done.latencies.quantile_s(0.99) * 1e3
    print(f"{what:<52}{done.rate:9.0f} /s   p50 {p50:7.2f} ms  p99 {p99:7.2f} ms", flush=True)
    return done.rate


@contextmanager
def _stage() -> Iterator[Any]:
    """Fresh servers with a migrated database, and its rows as its owner sees them."""
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name:
        root = Path(name)
        root.chmod(0o711)
        folder = open_data_folder(root / "data")
        ensure_keys(folder.root)
        servers = lay_out_servers(folder, None, None)
        os.environ |= {
            "METAFLEET_DATA_DIR": str(folder.root),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "DJANGO_SETTINGS_MODULE": "metafleet.hub.config.settings",
            "METAFLEET_GATEWAY_LIMITS": json.dumps(PLENTY),
            "METAFLEET_LOG_LEVEL": "WARNING",
        }
        with serving(servers, folder.logs):
            import django

            django.setup()
            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
            from django.core.management import call_command
            from django.db import connections

            from metafleet.hub.gateway.tests.stage import Stage

            call_command("migrate", database="owner", verbosity=0)
            with psycopg.connect(servers.database_url, autocommit=True) as owner:
                yield Stage(owner)
            connections.close_all()


@contextmanager
def _server(
    application: str, port: int, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "metafleet.hub.gateway", "--app", application, "--port", str(port)]
    told = os.environ | dict(environment or {})
    with subprocess.Popen([*command, "--log-level", "warning"], env=told) as process:  # noqa: S603
        try:
            if not wait_until(lambda: answers_ready(HOST, port), 20.0):
                raise SystemExit(f"{application} did not start")
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
