"""Which terminals, accounts and market a program finds that was not started by us: a small file.

METAFLEET_PAPER_CONFIG names it; without it everything is as below. Every part may be left out.

    server = "paper://127.0.0.1:8012"  # a server that `metafleet paper serve` runs has market and accounts;
                                     # of this file, only logins with passwords and terminals count then

    speed = 1                        # how fast the market's time passes; 60: an hour in a minute

    [market]
    source = "generator"             # or "sample", or the path of a file or a folder, of any known format
    ticks = "generated"              # made of M1 bars; or "ohlc", "open", and "real" for a file of ticks
    symbols = ["EURUSD", "GBPUSD"]   # without: all that the source has
    symbols_file = "mine.toml"       # other symbols, or other terms of them; see the guide on markets
    seed = 0
    ticks_per_bar = 30               # that are generated of an M1 bar
    cache = "/var/tmp/market"        # where files are kept once they are read; without: ~/.cache/metafleet
    time_zone = "UTC"                # the server's clock: "UTC+2", "Europe/Athens", "America/New_York+7"
    from = 2018-01-02                # begin there, with the prices of that time; without: now
    to = 2018-06-30T12:00:00Z        # nothing moves after it

    [account]                        # what an account is that is not listed
    deposit = 10000
    currency = "USD"
    leverage = 100
    mode = "hedging"                 # or "netting", "exchange"
    commission = 3.5                 # USD a lot and side, on forex symbols

    margin_call = 100                # margin levels in percent: at or under it the account is warned,
    stop_out = 50                    # and at or under this positions are closed
    fifo_close = false
    dealing = "off"                  # or "realistic", "hostile": slippage, requotes, rejections by the seed

    [[accounts]]                     # with one of these, other logins are refused
    login = 1001
    password = "wonderland"
    server = "metafleet-Paper"       # and what [account] has

    [[terminals]]                    # with one of these, `initialize` of another path is refused
    path = 'C:\\Program Files\\One\\terminal64.exe'
    account = 1001                   # the account that it is signed in to
    trade_allowed = true             # the AutoTrading button
    tradeapi_disabled = false
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from metafleet.engine.broker.dealing import DealingName
from metafleet.engine.broker.records import SERVER_NAME, MarginMode
from metafleet.engine.market.modes import TickMode

VARIABLE: Final = "METAFLEET_PAPER_CONFIG"
SERVER_VARIABLE: Final = "METAFLEET_PAPER_SERVER"

Login = Annotated[int, msgspec.Meta(gt=0, le=(1 << 63) - 1)]
Ratio = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class ConfigurationRefused(ValueError):
    """The file cannot be used; the text is one sentence that names it and the fault."""


class MarketTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is played. from and to: UTC where they name no zone."""

    source: str = "generator"
    ticks: TickMode = "generated"
    cache: str = ""
    symbols: tuple[str, ...] = ()
    symbols_file: str = ""
    seed: int = 0
    ticks_per_bar: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 30
    time_zone: str = "UTC"
    begin: dt.datetime | None = msgspec.field(default=None, name="from")
    end: dt.datetime | None = msgspec.field(default=None, name="to")


class AccountTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account. deposit: in its currency. commission: USD a lot and side, on forex symbols.

    Where the market cannot convert USD, the commission is so much of the account's currency.
    margin_call, stop_out: margin levels in percent. dealing: how the broker's dealer executes.
    """

    name: str = "Paper trader"
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "USD"
    deposit: Annotated[float, msgspec.Meta(ge=0.01)] = 10_000.0
    leverage: Ratio = 100
    mode: MarginMode = "hedging"
    commission: Annotated[float, msgspec.Meta(ge=0)] = 3.5
    margin_call: Annotated[float, msgspec.Meta(ge=0)] = 100.0
    stop_out: Annotated[float, msgspec.Meta(ge=0)] = 50.0
    fifo_close: bool = False
    dealing: DealingName = "off"


class KnownAccount(AccountTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account that is listed. Without a password, any is right."""

    login: Login
    password: str | None = None
    server: str = SERVER_NAME


class TerminalPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A terminal. account: the login that it is signed in to; None: the first one listed, or any."""

    path: str = ""
    account: Login | None = None
    trade_allowed: bool = True
    tradeapi_disabled: bool = False
    maxbars: Annotated[int, msgspec.Meta(ge=1)] = 100_000


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. Without accounts any login is right; without terminals any path is.

    server: of accounts and market that are not this process's own; METAFLEET_PAPER_SERVER is told before it.
    """

    server: str = ""
    speed: Annotated[float, msgspec.Meta(gt=0, le=100_000)] = 1.0
    market: MarketTerms = MarketTerms()
    account: AccountTerms = AccountTerms()
    accounts: tuple[KnownAccount, ...] = ()
    terminals: tuple[TerminalPlace, ...] = ()


def configured() -> Configuration:
    """Return what the environment says. Raises ConfigurationRefused."""
    path = os.environ.get(VARIABLE, "")
    found = read(Path(path)) if path else Configuration()
    server = os.environ.get(SERVER_VARIABLE, "")
    return msgspec.structs.replace(found, server=server) if server else found


def read(path: Path) -> Configuration:
    """Return a file's configuration. Raises ConfigurationRefused."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationRefused(f"{path} cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationRefused(f"{path} is not a TOML file: {error}") from error
    if said.get("speed") == "max":
        raise ConfigurationRefused(
            f'{path}: speed "max" needs `metafleet run`, which lets the program live by the market\'s clock'
        )
    return _checked(path, _converted(path, said))


def _converted(path: Path, said: dict[str, Any]) -> Configuration:
    try:
        return msgspec.convert(_with_moments(said), Configuration)
    except msgspec.ValidationError as error:
        raise ConfigurationRefused(f"{path}: {error}") from error


def _with_moments(said: dict[str, Any]) -> dict[str, Any]:
    """Return it with days as their first moment."""
    market = said.get("market")
    if not isinstance(market, dict):
        return said
    days = {name: day for name, day in market.items() if type(day) is dt.date}
    moments = {name: dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) for name, day in days.items()}
    return {**said, "market": {**market, **moments}}


def _checked(path: Path, found: Configuration) -> Configuration:
    logins = [account.login for account in found.accounts]
    for login in logins:
        if logins.count(login) > 1:
            raise ConfigurationRefused(f"{path}: the account {login} is listed twice")
    places = [terminal.path for terminal in found.terminals]
    for terminal in found.terminals:
        if places.count(terminal.path) > 1:
            raise ConfigurationRefused(f"{path}: the terminal {terminal.path!r} is listed twice")
        if logins and terminal.account not in (None, *logins):
            raise ConfigurationRefused(
                f"{path}: the terminal {terminal.path!r} has account {terminal.account}, which is not listed"
            )
    begin, end = (moment_s(one) for one in (found.market.begin, found.market.end))
    if end is not None and (begin is None or end <= begin):
        raise ConfigurationRefused(f"{path}: market.to must come after market.from")
    return found


def moment_s(moment: dt.datetime | None) -> int | None:
    """Return a moment in Unix seconds; of UTC where it names no zone."""
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())
