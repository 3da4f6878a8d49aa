"""Opening and showing the accounts of a paper server's folder."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from metafleet.cli.asking import remark, say, say_json, say_table
from metafleet.cli.paper.kept_secrets import admin_key
from metafleet.cli.paper.serving import Place, running_at
from metafleet.cli.refusal import Refused
from metafleet.engine.broker.accounts import check_opening, margin_mode_of
from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.errors import BrokerError
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.messages import OpenAccount
from metafleet.engine.broker.passwords import hash_password
from metafleet.engine.broker.store import Store, StoreRefused, kept_books
from metafleet.engine.broker.terminal_client import TerminalClient
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.wire import secret_setting

_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where such a server is found


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open."""

    name: str
    deposit: Decimal
    currency: str
    leverage: int
    mode: str


def run_open(data: Path, wanted: Wanted, environ: Mapping[str, str]) -> None:
    """Open an account at the server that runs on the folder, or in the folder itself. Raises Refused."""
    try:
        given = secret_setting.read(environ, "METAFLEET_PAPER_PASSWORD")
        password = given or secrets.token_urlsafe(9)
        place = running_at(data)
        request = OpenAccount(
            id=1,
            admin_key=admin_key(data),
            name=wanted.name,
            password=password,
            deposit=wanted.deposit,
            currency=wanted.currency,
            leverage=wanted.leverage,
            margin_mode=wanted.mode,
        )
        login = _opened_here(data, request) if place is None else _opened_there(place, request)
    except (BrokerError, StoreRefused, secret_setting.SecretUnreadable) as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    say(f"login     {login}")
    say("password  " + ("as METAFLEET_PAPER_PASSWORD says" if given else password))
    say("server    metafleet-Paper")
    if not given:
        remark("The password is printed once; what is kept of it is a hash.")


def run_list(data: Path, *, as_json: bool) -> None:
    """Print the accounts. Raises Refused."""
    try:
        books = kept_books(data)
    except StoreRefused as error:
        raise Refused(f"{error}.") from error
    rows = [
        {
            "login": book.login,
            "name": book.name,
            "mode": book.margin_mode,
            "currency": book.currency,
            "leverage": book.leverage,
            "balance": str(book.balance),
            "positions": len(book.positions),
            "orders": len(book.orders),
        }
        for book in books
    ]
    if as_json:
        say_json(rows)
        return
    heads = ("login", "name", "mode", "currency", "leverage", "balance", "positions", "orders")
    say_table([head.upper() for head in heads], [[row[head] for head in heads] for row in rows])


def _opened_there(place: Place, request: OpenAccount) -> int:
    with TerminalClient(_ANY_ADDRESS.get(place.host, place.host), place.port) as client:
        client.hello(request.admin_key)
        opened = client.open_account(
            request.admin_key,
            name=request.name,
            password=request.password,
            deposit=request.deposit,
            currency=request.currency,
            leverage=request.leverage,
            margin_mode=request.margin_mode,
        )
        return opened.login


def _opened_here(data: Path, request: OpenAccount) -> int:
    with Store(data) as store:
        house = House(store, known_symbols().values(), Terms())
        kept = store.market()
        house.quotes.advance(kept.cursor.market_msc if kept else int(time.time() * 1000))
        check_opening(request, house.currencies())
        account = NewAccount(
            login=0,
            name=request.name,
            deposit=request.deposit,
            currency=request.currency,
            leverage=request.leverage,
            margin_mode=margin_mode_of(request),
        )
        return house.open_account(account, hash_password(request.password)).book.login
