"""The gateway on loopback: heartbeats a second, and 100-deal batches into a full journal.

One uvicorn process and one load generator share this machine with PostgreSQL and Redis.
Each figure stands beside that of the plain way to do the same, in the same run: Django's
ORM, row after row, and without HTTP. Limits are lifted; all else is as in production.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import psycopg

from metafleet.cli.data_folder import open_data_folder
from metafleet.cli.keys import ensure_keys
from metafleet.cli.readiness import answers_health, wait_until
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.temporary_servers import serving

CONCURRENCY = 32
BEATS_S = 5.0
NAIVE_S = 3.0
PRELOADED = 50_000
BATCH, REPEATED = 100, 5
BATCHES, NAIVE_BATCHES = 60, 5
PORT = 8791
PLENTY = {name: [10_000_000, 1_000_000] for name in ("heartbeat", "trades")}


def main() -> None:
    with _stage() as stage, _gateway() as process:
        terminals = [stage.terminal() for _ in range(CONCURRENCY)]
        asyncio.run(_measure_beats(terminals, process))
        _measure_naive_beats(terminals)
        senders = [stage.terminal(), stage.terminal()]
        asyncio.run(_measure_batches(senders))
        _measure_naive_batches(senders[1])


async def _measure_beats(terminals: Sequence[Any], process: psutil.Process) -> None:
    bodies = [_request("heartbeat", terminal, _beat(terminal)) for terminal in terminals]
    await asyncio.gather(*(_send(body, until=time.perf_counter() + 1.0) for body in bodies))
    took = await asyncio.gather(*(_send(body, until=time.perf_counter() + BEATS_S) for body in bodies))
    latencies = [seconds for one in took for seconds in one]
    rate = len(latencies) / BEATS_S
    _say(f"gateway, {CONCURRENCY} terminals at once", f"{rate:7.0f} heartbeats/s", latencies)
    print(f"memory of the gateway                 {process.memory_full_info().uss / 1e6:7.1f} MB unique")


def _measure_naive_beats(terminals: Sequence[Any]) -> None:
    until = time.perf_counter() + NAIVE_S

    def beat(terminal: Any) -> list[float]:
        latencies = []
        while time.perf_counter() < until:
            latencies.append(_timed(lambda: _naive_beat(terminal)))
        return latencies

    with ThreadPoolExecutor(4) as threads:
        latencies = [seconds for one in threads.map(beat, terminals[:4]) for seconds in one]
    _say("the ORM's way, 4 threads, no HTTP", f"{len(latencies) / NAIVE_S:7.0f} heartbeats/s", latencies)


async def _measure_batches(senders: Sequence[Any]) -> None:
    for sender in senders:
        for start in range(0, PRELOADED // 2, 1000):
            await _send(_request("trades", sender, {"trades": _deals(start, 1000)}), times=1)
    batches = [_with_repeats(PRELOADED + n * BATCH) for n in range(BATCHES)]
    requests = [_request("trades", senders[0], {"trades": batch}) for batch in batches]
    latencies = [(await _send(request, times=1))[0] for request in requests]
    _say(f"{BATCH} deals, {REPEATED} known, journal of {PRELOADED}", "", latencies)


def _measure_naive_batches(sender: Any) -> None:
    from metafleet.hub.gateway.items import read_deals

    latencies = []
    for n in range(NAIVE_BATCHES):
        raw = [msgspec.Raw(msgspec.json.encode(item)) for item in _with_repeats(PRELOADED + n * BATCH)]
        deals = [deal for _, made in read_deals(raw, 0).good for deal in made]
        latencies.append(_timed(lambda: _naive_batch(sender, deals)))  # noqa: B023 - called at once
    _say("the ORM's way, deal by deal, no HTTP", "", latencies)


def _naive_beat(terminal: Any) -> None:
    from django.db.models import Max

    from metafleet.hub.fleet.models import AccountState, Terminal
    from metafleet.hub.journal.models import Deal, EquityPoint
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.tenancy import tenant_scope

    now = clock.now()
    with tenant_scope(terminal.tenant_id):
        row = Terminal.objects.select_related("account").get(id=terminal.id)
        row.heartbeat_at = now
        row.save(update_fields=("heartbeat_at", "updated_at"))
        money = {"balance": 10000, "equity": 10012, "margin": 100, "free_margin": 9912}
        AccountState.objects.update_or_create(
            account=row.account,
            defaults={"tenant_id": terminal.tenant_id, **money, "observed_at": now},
        )
        EquityPoint.objects.update_or_create(
            account_id=row.account_id,
            at=now.replace(second=now.second // 15 * 15, microsecond=0),
            defaults={"tenant_id": terminal.tenant_id, "balance": 10000, "equity": 10012},
        )
        Deal.objects.filter(account_id=row.account_id).aggregate(Max("ticket"))


def _naive_batch(sender: Any, deals: Sequence[Any]) -> None:
    from metafleet.hub.journal import folding
    from metafleet.hub.journal.models import Deal, Trade
    from metafleet.hub.kernel.tenancy import tenant_scope

    owner = {"tenant_id": sender.tenant_id, "account_id": sender.account_id}
    columns = folding.Deal.__struct_fields__
    with tenant_scope(sender.tenant_id):
        for deal in deals:
            facts = msgspec.structs.asdict(deal)
            _, is_new = Deal.objects.get_or_create(**owner, ticket=facts.pop("ticket"), defaults=facts)
            if not is_new:
                continue
            found = Deal.objects.filter(account_id=sender.account_id, position_id=deal.position_id)
            for trade in folding.fold([folding.Deal(*row) for row in found.values_list(*columns)]):
                row = msgspec.structs.asdict(trade)
                key = {name: row.pop(name) for name in ("position_id", "part")}
                Trade.objects.update_or_create(**owner, **key, defaults=row)


def _deals(start: int, count: int) -> list[dict[str, Any]]:
    """Tickets from start + 1, each pair a position that opens and closes."""
    from metafleet.hub.gateway.tests.stage import closing, deal

    tickets = range(start + 1, start + count + 1, 2)
    return [made for ticket in tickets for made in (deal(ticket), closing(ticket + 1, ticket))]


def _with_repeats(start: int) -> list[dict[str, Any]]:
    known = random.sample(range(0, PRELOADED // 2, 2), REPEATED)
    return [*_deals(start, BATCH)[REPEATED:], *(_deals(ticket, 2)[0] for ticket in known)]


def _beat(terminal: Any) -> dict[str, Any]:
    return {"protocol": 2, "platform": "paper", "accountInfo": terminal.account(), "openPositions": 1}


def _request(path: str, terminal: Any, said: dict[str, Any]) -> bytes:
    body = json.dumps({"terminalId": str(terminal.id), **said}).encode()
    head = (
        f"POST /webhook/terminal/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {terminal.token()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _send(request: bytes, *, until: float = 0.0, times: int = 0) -> list[float]:
    """Send it again and again on one connection; return the seconds that each answer took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    latencies: list[float] = []
    while time.perf_counter() < until or len(latencies) < times:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the gateway refused: {body.decode()}")
        latencies.append(time.perf_counter() - began)
    writer.close()
    return latencies


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _say(what: str, rate: str, latencies: Sequence[float]) -> None:
    p50 = statistics.median(latencies) * 1000
    p99 = sorted(latencies)[int(len(latencies) * 0.99)] * 1000
    print(f"{what:<44} {rate:<22} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")


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
            from django.core.management import call_command
            from django.db import connections

            from metafleet.hub.gateway.tests.stage import Stage

            call_command("migrate", database="owner", verbosity=0)
            with psycopg.connect(servers.database_url, autocommit=True) as owner:
                yield Stage(owner)
            connections.close_all()


@contextmanager
def _gateway() -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "uvicorn", "metafleet.hub.gateway.asgi:app", "--port", str(PORT)]
    with subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"]) as process:  # noqa: S603
        try:
            if not wait_until(lambda: answers_health("127.0.0.1", PORT), 20.0):
                raise SystemExit("the gateway did not start")
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()
