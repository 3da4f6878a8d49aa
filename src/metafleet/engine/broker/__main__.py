"""`python -m metafleet.engine.broker`: run the paper broker until SIGTERM or SIGINT.

The admin key, which opens accounts, comes from METAFLEET_BROKER_ADMIN_KEY or from the file that
METAFLEET_BROKER_ADMIN_KEY_FILE names; without one no account can be opened.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import math
import os
import sqlite3
import sys
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charges import forex_commission
from metafleet.engine.broker.dealing import DEALINGS, dealing
from metafleet.engine.broker.server import (
    PAST_MINUTES,
    Server,
    ServerRefused,
    Settings,
    parse_speed,
    run_until_signalled,
)
from metafleet.engine.broker.store import Store, StoreRefused
from metafleet.engine.market.barfile import BarFileRefused
from metafleet.engine.market.earlier import earlier_bars
from metafleet.engine.market.sources import SourceRefused, open_source
from metafleet.engine.market.ticks import LIVE_TICKS, MAX_TICKS_PER_BAR
from metafleet.wire import bridge, loglines, secret_setting


def main(arguments: list[str] | None = None) -> int:
    """Run the broker and return the process's exit code."""
    options = _parser().parse_args(arguments)
    loglines.to(sys.stderr)
    try:
        settings = _settings(options)
        with Store(options.data, options.outlives) as store:
            asyncio.run(_run(Server(settings, store), settings, options.source))
    except (ServerRefused, StoreRefused, SourceRefused, BarFileRefused) as error:
        sys.stderr.write(f"metafleet broker: {error}\n")
        return 1
    except sqlite3.Error as error:
        sys.stderr.write(f"metafleet broker: its database in {options.data} failed: {error}\n")
        return 1
    return 0


async def _run(server: Server, settings: Settings, source: str) -> None:
    def ready(port: int, market_msc: int) -> None:
        now = dt.datetime.fromtimestamp(market_msc / 1000, dt.UTC).isoformat(timespec="seconds")
        sys.stdout.write(
            f"metafleet broker ready on {settings.host}:{port}, market {source}, "
            f"clock {settings.clock}, speed {settings.speed:g}, market time {now}\n"
        )
        sys.stdout.flush()

    await run_until_signalled(server, ready)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m metafleet.engine.broker", description="The paper broker."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8002, help="0 chooses a free one")
    parser.add_argument("--bridge", type=bridge.parse, help="listen for containers too, as 172.31.240.1/20")
    parser.add_argument("--data", type=Path, default=Path(".metafleet/broker"), help="the database's folder")
    parser.add_argument(
        "--source", default="sample", help="sample, generator, a bar file, or a folder of them"
    )
    parser.add_argument("--speed", type=_speed, default=1.0, help="a number, or max")
    parser.add_argument(
        "--only-followed", action="store_true", help="at speed max: stand still while no EA follows"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clock", choices=("live", "source"), default="live")
    parser.add_argument("--ticks-per-bar", type=_ticks, default=LIVE_TICKS, help="ticks in a minute")
    parser.add_argument("--past-minutes", type=_minutes, default=PAST_MINUTES, help="history of a new market")
    parser.add_argument(
        "--history-days", type=_days, default=0, help="bars that charts show of the time before"
    )
    parser.add_argument("--dealing", choices=DEALINGS, default="off", help="how orders are executed")
    parser.add_argument(
        "--outlives", choices=("power", "kill"), default="power", help="what an acknowledged order outlives"
    )
    parser.add_argument("--commission", type=_commission, default=Decimal("3.50"), help="USD a lot and side")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    """Raises SourceRefused and ServerRefused."""
    if options.only_followed and not math.isinf(options.speed):
        raise ServerRefused("--only-followed is of a market at --speed max; any other goes by its clock")
    source = open_source(options.source, options.seed)
    return Settings(
        host=options.host,
        port=options.port,
        source=source,
        speed=options.speed,
        seed=options.seed,
        clock=options.clock,
        ticks_per_bar=options.ticks_per_bar,
        past_minutes=options.past_minutes,
        terms=Terms(
            commissions=forex_commission(options.commission), dealing=dealing(options.dealing, options.seed)
        ),
        admin_key=_admin_key(),
        bridge=options.bridge,
        only_followed=options.only_followed,
        earlier=partial(earlier_bars, source, options.history_days) if options.history_days else None,
    )


def _admin_key() -> str | None:
    try:
        return secret_setting.read(os.environ, "METAFLEET_BROKER_ADMIN_KEY")
    except secret_setting.SecretUnreadable as error:
        raise ServerRefused(f"the admin key: {error}") from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return port


def _speed(text: str) -> float:
    try:
        return parse_speed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number above 0 nor max") from error


def _ticks(text: str) -> int:
    ticks = int(text)
    if not 1 <= ticks <= MAX_TICKS_PER_BAR:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {MAX_TICKS_PER_BAR}")
    return ticks


def _minutes(text: str) -> int:
    minutes = int(text)
    if not 0 <= minutes <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 100000")
    return minutes


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= 3_650:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 3650")
    return days


def _commission(text: str) -> Decimal:
    try:
        commission = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount") from error
    if not commission.is_finite() or not 0 <= commission <= 1_000:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1000 USD")
    return commission


if __name__ == "__main__":
    sys.exit(main())
