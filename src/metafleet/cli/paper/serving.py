"""`metafleet paper serve`: the broker's server on a folder, as a person starts it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from metafleet.cli.asking import remark, say
from metafleet.cli.paper.kept_secrets import admin_key, token_digest
from metafleet.cli.refusal import Refused
from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charges import forex_commission
from metafleet.engine.broker.outliving import Outlives
from metafleet.engine.broker.server import (
    PAST_MINUTES,
    Server,
    ServerRefused,
    Settings,
    parse_speed,
    run_until_signalled,
)
from metafleet.engine.broker.store import Store, StoreRefused, kept_books
from metafleet.engine.market.barfile import BarFileRefused
from metafleet.engine.market.earlier import earlier_bars
from metafleet.engine.market.generator import NoCharacter
from metafleet.engine.market.sources import Source, SourceRefused, generated, open_source
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.wire import loglines

PLACE: Final = "serving.json"
"""Where the server that runs on a folder listens, for the other commands of the same folder."""

_TOLD_S: Final = 1.0
_LARGEST: Final = Decimal(10**12)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options as they were typed."""

    data: Path
    host: str
    port: int
    market: str
    symbols: str
    speed: str
    seed: int
    ticks: int
    commission: str
    stop_out: str
    margin_call: str
    stop_out_in: str
    history_days: int
    outlives: Outlives


class Place(msgspec.Struct, frozen=True):
    """Where a server listens."""

    host: str
    port: int


def run_serve(asked: Asked, environ: Mapping[str, str]) -> None:
    """Serve until Ctrl-C. Raises Refused, in one sentence, for what cannot be."""
    settings = read_settings(asked, environ)
    loglines.to(sys.stderr)
    try:
        with Store(asked.data, asked.outlives) as store:
            settings = msgspec.structs.replace(settings, admin_key=admin_key(asked.data))
            remark(f"Reading the market's past: {asked.market}.")
            server = Server(settings, store, progress=_progress())
            with _place_kept(asked.data):
                asyncio.run(run_until_signalled(server, _ready(asked, settings)))
    except (ServerRefused, StoreRefused, BarFileRefused, NoCharacter) as error:
        raise Refused(f"{_sentence(error)}") from error
    except sqlite3.Error as error:
        raise Refused(f"The database in {asked.data} failed: {error}.") from error
    except KeyboardInterrupt:
        # Before it served: there is nothing to be put away.
        return
    say("Stopped. Accounts and market are kept; the next start goes on from here.")


def read_settings(asked: Asked, environ: Mapping[str, str]) -> Settings:
    """Return what was asked for. Raises Refused."""
    token = token_digest(asked.data, environ)
    if not is_local(asked.host) and token is None:
        raise Refused(
            f"--host {asked.host} lets other machines in, which needs a token: make one with "
            f"`metafleet paper token --data {asked.data}`, or set METAFLEET_PAPER_TOKEN_FILE."
        )
    source = _source(asked)
    return Settings(
        host=asked.host,
        port=asked.port,
        source=source,
        earlier=partial(earlier_bars, source, asked.history_days) if asked.history_days else None,
        speed=_speed(asked.speed),
        seed=asked.seed,
        ticks_per_bar=asked.ticks,
        past_minutes=PAST_MINUTES,
        terms=_terms(asked),
        token=token,
    )


def is_local(host: str) -> bool:
    """Say whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def amount(option: str, text: str) -> Decimal:
    """Return an amount of money. Raises Refused."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= _LARGEST or found != round(found, 2):
        raise Refused(f"{option} must be an amount with at most two decimals, not {text!r}.")
    return found


def running_at(data: Path) -> Place | None:
    """Return where the server of a folder listens; None where none runs."""
    try:
        with Store(data):
            return None
    except StoreRefused:
        pass
    try:
        return msgspec.json.decode((data / PLACE).read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError) as error:
        raise Refused(
            f"A server holds {data} and has not yet said where it listens; try again in a moment."
        ) from error


def _source(asked: Asked) -> Source:
    try:
        if asked.market != "generator":
            return open_source(asked.market, asked.seed)
        known = known_symbols()
        names = list(known) if asked.symbols == "all" else asked.symbols.replace(" ", "").split(",")
        for name in names:
            if name not in known:
                raise Refused(f"--symbols: {name!r} is none of {', '.join(known)}.")
        names += [pair for pair in _needed(asked.data, known) if pair not in names]
        return generated({name: known[name] for name in names}, asked.seed)
    except (SourceRefused, NoCharacter, StoreRefused) as error:
        raise Refused(_sentence(error)) from error


def _needed(data: Path, known: Mapping[str, SymbolSpec]) -> list[str]:
    """Return what the accounts' money is reckoned by, and what they hold."""
    books = kept_books(data)
    pairs = {pair for book in books for pair in (f"{book.currency}USD", f"USD{book.currency}")}
    held = {position.symbol for book in books for position in book.positions}
    waiting = {order.symbol for book in books for order in book.orders}
    return [name for name in known if name in pairs | held | waiting]


def _speed(text: str) -> float:
    try:
        return parse_speed(text)
    except ValueError as error:
        raise Refused(f"--speed must be a number above 0, or max, not {text!r}.") from error


def _terms(asked: Asked) -> Terms:
    units: dict[str, Literal["percent", "money"]] = {"percent": "percent", "money": "money"}
    if asked.stop_out_in not in units:
        raise Refused(f"--stop-out-in must be percent or money, not {asked.stop_out_in!r}.")
    stop_out, margin_call = amount("--stop-out", asked.stop_out), amount("--margin-call", asked.margin_call)
    if stop_out > margin_call:
        raise Refused(f"--stop-out {stop_out} is above --margin-call {margin_call}: nobody would be warned.")
    return Terms(
        commissions=forex_commission(amount("--commission", asked.commission)),
        stop_out_in=units[asked.stop_out_in],
        stop_out=stop_out,
        margin_call=margin_call,
    )


def _ready(asked: Asked, settings: Settings) -> Callable[[int, int], None]:
    def ready(port: int, market_msc: int) -> None:
        place = asked.data / PLACE
        place.write_bytes(msgspec.json.encode(Place(asked.host, port)))
        say(_welcome(asked, settings, port, market_msc))

    return ready


def _welcome(asked: Asked, settings: Settings, port: int, market_msc: int) -> str:
    now = datetime.fromtimestamp(market_msc / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    address = f"[{asked.host}]:{port}" if ":" in asked.host else f"{asked.host}:{port}"
    count = len(kept_books(asked.data))
    secret = "METAFLEET_PAPER_TOKEN_FILE=token " if settings.token else ""
    lines = [
        f"metafleet paper ready on {address}",
        f"  market    {asked.market}: {', '.join(settings.source.bars)}",
        f"            speed {asked.speed}, its time {now}",
        f"  accounts  {count or 'none yet'}, in {asked.data}",
        f"  open one  metafleet paper open-account --data {asked.data}",
        f"  connect   {secret}METAFLEET_PAPER_SERVER=paper://LOGIN:PASSWORD@{address} python bot.py",
        "  stop      Ctrl-C",
    ]
    if not is_local(asked.host):
        lines.append(
            "  mind      what is sent can be read on the way: put TLS in front (stunnel, ssh -L, a VPN)"
        )
    return "\n".join(lines)


def _progress() -> Callable[[int], None]:
    told_at_s = time.monotonic()

    def progress(percent: int) -> None:
        nonlocal told_at_s
        if time.monotonic() - told_at_s >= _TOLD_S:
            told_at_s = time.monotonic()
            remark(f"  {percent} %")

    return progress


@contextlib.contextmanager
def _place_kept(data: Path) -> Iterator[None]:
    """Take away where the server listened, once it does no more."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(data / PLACE)


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:].rstrip(".") + "."
