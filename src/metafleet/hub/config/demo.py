"""The demo: a tenant whose two paper accounts were really traded for the last days.

The shipped EAs trade the past of the market that the broker will go on with, on the
broker's own ledger; accounts and market go into the broker's books before it starts.
Their deals reach the journal as all deals do: the runners send what the journal does not
know. A broker whose market has a past already keeps it: there the accounts start empty.

A kill at any line leaves nothing behind: the accounts are noted in the demo's own file
before the broker has them, and done anew or taken up from there.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.passwords import password_fits
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.seeding import PastMarket, seed_account, seed_market
from metafleet.engine.broker.store import Market, Store
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.offline import Entrant, trade_past
from metafleet.engine.market.feed import open_feed
from metafleet.engine.market.sources import Source, open_source
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.console.demo import DEMO_EMAIL, credentials_file
from metafleet.hub.fleet import operations as fleet
from metafleet.hub.fleet.accounts import AccountFacts, connect_account
from metafleet.hub.fleet.models import Platform
from metafleet.hub.fleet.places import FIRST_MAGIC
from metafleet.hub.identity import operations as identity
from metafleet.hub.identity import operators
from metafleet.hub.identity.models import User
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope

DEPOSIT = Decimal("10000.00")
TENANT_NAME = "Demo desk"
PAST_MINUTES = 8 * 24 * 60
"""Market minutes of history, the first day of which only warms up the EAs."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One EA of the demo and the account that it trades."""

    label: str
    slug: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Seat:
    """The account of a wish, which the broker may have already."""

    wish: Wish
    login: int
    password: Secret


@dataclass(frozen=True, slots=True)
class Traded:
    """An account that the broker has, with what it has traded."""

    seat: Seat
    ledger: Ledger


WISHES = (
    Wish("Trend desk", "trend-following", "EURUSD"),
    Wish("Grid desk", "grid", "GBPUSD"),
)


def seed(progress: Callable[[str], None]) -> None:
    """Seed the demo unless it is there. Safe to repeat after a crash at any line."""
    if not User.objects.filter(email=DEMO_EMAIL).exists():
        now = clock.now()
        progress("Trading the demo accounts over the last days …")
        password = _demo_password()
        with Store(Path(settings.DATA_DIR) / "broker") as store:
            traded = _fill_seats(store, now)
        with transaction.atomic():
            _write(traded, password, now)
    _forget_seats()


def _write(traded: list[Traded], password: Secret, now: datetime) -> None:
    membership = identity.sign_up(email=DEMO_EMAIL, password=password, tenant_name=TENANT_NAME)
    # Whoever tries the product on this machine is its operator too.
    operators.set_role(email=DEMO_EMAIL, role=PlatformRole.OPERATOR)
    tenant_id = membership.tenant_id
    with tenant_scope(tenant_id):
        billing.start_plan(tenant_id=tenant_id, plan=PlanCode.GOLD)
        audit.record(
            tenant_id=tenant_id,
            actor=DEMO_EMAIL,
            action="tenant.created",
            subject=TENANT_NAME,
            subject_id=tenant_id,
            now=now,
        )
        for account in traded:
            _deploy(tenant_id, account, now)


def _deploy(tenant_id: UUID, traded: Traded, now: datetime) -> None:
    info = traded.ledger.account()
    account = connect_account(
        tenant_id=tenant_id,
        actor=DEMO_EMAIL,
        label=traded.seat.wish.label,
        platform=Platform.PAPER,
        facts=AccountFacts(
            login=info.login,
            server=info.server,
            currency=info.currency,
            leverage=info.leverage,
            margin_mode=info.margin_mode,
            balance=info.balance,
            equity=info.equity,
            margin=info.margin,
            free_margin=info.margin_free,
        ),
        password=traded.seat.password,
        now=now,
    )
    template = EATemplate.objects.get(slug=traded.seat.wish.slug)
    version = catalogue.newest_version(template)
    if version is None:
        raise LookupError(f"{template.slug} has no version")
    order = fleet.Order(template, version, account.id, traded.seat.wish.symbol, "", {})
    fleet.deploy(tenant_id=tenant_id, actor=DEMO_EMAIL, order=order, now=now)


def _fill_seats(store: Store, now: datetime) -> list[Traded]:
    """Have the broker's books hold every wish's account, and its past where the market has none yet."""
    source = open_source(settings.MARKET_SOURCE, settings.MARKET_SEED)
    seats = _seats(store, [wish for wish in WISHES if wish.symbol in source.bars])
    market = store.market()
    if market is not None:
        return _join(store, market, seats)
    for seat in seats:
        store.forget_account(seat.login)
    return _trade(store, source, seats, now)


def _trade(store: Store, source: Source, seats: list[Seat], now: datetime) -> list[Traded]:
    """Trade every wish over the market's past and put all of it into the broker's books, the market last."""
    feed = open_feed(
        source,
        clock=settings.MARKET_CLOCK,
        wall_msc=int(now.timestamp() * 1000),
        past_minutes=PAST_MINUTES,
        seed=settings.MARKET_SEED,
    )
    past = PastMarket(feed, Quotes(feed.specs))
    entrants = [
        Entrant(
            cls=EXPERTS[seat.wish.slug], symbol=seat.wish.symbol, magic=FIRST_MAGIC, account=_opened(seat)
        )
        for seat in seats
    ]
    ledgers = trade_past(past, entrants, store.tickets())
    for seat in seats:
        seed_account(store, ledgers[seat.login], seat.password.reveal())
    seed_market(store, past)
    return [Traded(seat, ledgers[seat.login]) for seat in seats]


def _join(store: Store, market: Market, seats: list[Seat]) -> list[Traded]:
    """Take up the accounts that are there, and open the others at the market's own time."""
    quotes = Quotes(SYMBOLS.values())
    for tick in market.quotes:
        quotes.apply(tick)
    quotes.advance(market.cursor.market_msc)
    tickets, books = store.tickets(), {book.login: book for book in store.books()}
    traded = []
    for seat in seats:
        if seat.login in books:
            ledger = Ledger(books[seat.login], quotes, tickets)
        else:
            ledger = open_ledger(_opened(seat), quotes, tickets, quotes.now_msc)
            seed_account(store, ledger, seat.password.reveal())
        traded.append(Traded(seat, ledger))
    return traded


def _opened(seat: Seat) -> NewAccount:
    return NewAccount(login=seat.login, name=seat.wish.label, deposit=DEPOSIT)


def _seats(store: Store, wishes: list[Wish]) -> list[Seat]:
    """Return the seats that are noted and still ours, new ones for the rest; all are noted then."""
    noted = {one["label"]: one for one in _read().get("accounts", [])}
    logins = count(max([store.next_login(), *(one["login"] + 1 for one in noted.values())]))
    seats = []
    for wish in wishes:
        one = noted.get(wish.label)
        if one is None or not _is_ours(store, one):
            one = {"login": next(logins), "password": secrets.token_urlsafe(18)}
        seats.append(Seat(wish, one["login"], Secret(one["password"])))
    accounts = [
        {"label": seat.wish.label, "login": seat.login, "password": seat.password.reveal()} for seat in seats
    ]
    _keep(_read() | {"accounts": accounts})
    return seats


def _is_ours(store: Store, noted: dict[str, Any]) -> bool:
    """Whether the login is free, or of the account that the note is about."""
    kept = store.password_hash(noted["login"])
    return kept is None or password_fits(noted["password"], kept)


def _forget_seats() -> None:
    """The passwords are in the vault now."""
    document = _read()
    if document.pop("accounts", None) is not None:
        _keep(document)


def _demo_password() -> Secret:
    """Return the demo's password, kept in a file from before the demo exists until after."""
    document = _read()
    if "password" not in document:
        document = {
            "email": DEMO_EMAIL,
            "password": "-".join(_syllables() for _ in range(4)),
        }
        _keep(document)
    return Secret(document["password"])


def _syllables() -> str:
    """Letters that nobody takes for others, and none of the words that a password must not be made of."""
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(4))


def _read() -> dict[str, Any]:
    file = credentials_file()
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def _keep(document: dict[str, Any]) -> None:
    """Write the demo's file whole, for its owner alone, and wait until it is on the disk."""
    file = credentials_file()
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(document, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
