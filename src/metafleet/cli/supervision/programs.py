"""The programs of one installation and how each is started and stopped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metafleet.cli.backup_settings import BackupSettings
from metafleet.cli.containers import Containers
from metafleet.cli.embedded.postgres import Postgres
from metafleet.cli.embedded.redis import Redis
from metafleet.cli.settings import LOOPBACK, MarketSettings, Settings
from metafleet.wire.bridge import Bridge

PRODUCT = "metafleet"
"""The group of our own programs; they start after the servers and stop before them."""

SERVERS = "servers"

_SETTLED_S = 60
"""From then on a start is over: a copy of the database is not to make it longer."""

HISTORY_DAYS = 70
"""What charts of a market show of the time before it: a thousand hours, with room for weekends."""


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program.

    stop_wait_s: how long it may take to stop before it is killed.
    """

    name: str
    group: str
    command: Sequence[str]
    folder: Path
    stop_signal: str = "TERM"
    stop_wait_s: int = 5


def server_programs(postgres: Postgres | None, redis: Redis | None) -> list[Program]:
    """The embedded servers; a server that was given by its URL is not among them."""
    programs = []
    if postgres:
        # INT is PostgreSQL's fast shutdown: sessions are ended, data is written out.
        programs.append(Program("postgres", SERVERS, postgres.command(), postgres.data, "INT", 20))
    if redis:
        programs.append(Program("redis", SERVERS, redis.command(), redis.data))
    return programs


def product_programs(
    settings: Settings,
    broker_data: Path,
    folder: Path,
    containers: Containers,
    *,
    broker_host: str = LOOPBACK,
) -> list[Program]:
    """Our own programs. folder: where they are started; it holds nothing importable."""
    market = settings.market
    commands = {
        "broker": _broker(broker_host, settings.broker_port, broker_data, market, containers.bridge),
        "gateway": _gateway(settings.host, settings.gateway_port, containers.gateway_bridge),
        "web": _asgi("metafleet.hub.config.asgi:app", settings.host, settings.web_port),
        "worker": _celery(
            "worker", "--pool=threads", "--concurrency=4", "--without-gossip", "--without-mingle"
        ),
        "judge": [sys.executable, "-m", "metafleet.hub.config.judge"],
        # Its periodic tasks are sweeps: nothing is lost with a schedule that is kept in memory.
        "beat": _celery("beat", "--scheduler=celery.beat:Scheduler", "--pidfile="),
    }
    return [Program(name, PRODUCT, command, folder) for name, command in commands.items()]


def backup_program(backups: BackupSettings, folder: Path) -> Program:
    """What takes backups and keeps the log; it never ends by itself, so that no start waits for it.

    folder: where it is started; it holds nothing importable.
    """
    command = [sys.executable, "-m", "metafleet.cli", "backup", "follow"]
    command += ["--stay", "--after", str(_SETTLED_S), "--in", str(backups.folder)]
    # It waits for its receiver of the log, which says its last word to the database.
    return Program("backup", PRODUCT, command, folder, stop_wait_s=20)


def _broker(host: str, port: int, data: Path, market: MarketSettings, bridge: Bridge | None) -> list[str]:
    options = {
        "--host": host,
        "--port": str(port),
        "--data": str(data),
        "--source": market.source,
        "--speed": market.speed,
        "--seed": str(market.seed),
        "--clock": market.clock,
        "--history-days": str(HISTORY_DAYS),
    }
    module = [sys.executable, "-m", "metafleet.engine.broker"]
    return [*module, *(part for pair in options.items() for part in pair), *_bridged(bridge)]


def _gateway(host: str, port: int, bridge: Bridge | None) -> list[str]:
    listen = ["--host", host, "--port", str(port), *_bridged(bridge)]
    return [sys.executable, "-m", "metafleet.hub.gateway", *listen]


def _bridged(bridge: Bridge | None) -> list[str]:
    return ["--bridge", str(bridge.interface)] if bridge else []


def _asgi(app: str, host: str, port: int) -> list[str]:
    listen = ["--host", host, "--port", str(port)]
    # Browsers keep a live stream open; it is cut rather than waited for.
    quiet = [
        "--no-access-log",
        "--no-server-header",
        "--log-level",
        "info",
        "--timeout-graceful-shutdown",
        "2",
    ]
    kept = ["--timeout-keep-alive", "75"]
    # Screens say nothing on their live stream.
    bounded = ["--http", "metafleet.hub.kernel.patience:Patient", "--ws-max-size", "1024"]
    return [sys.executable, "-m", "uvicorn", app, *listen, *quiet, *kept, *bounded]


def _celery(role: str, *options: str) -> list[str]:
    app = ["-A", "metafleet.hub.config.celery"]
    return [sys.executable, "-m", "celery", *app, role, "--loglevel=INFO", *options]
