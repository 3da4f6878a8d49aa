"""The demo: a tenant whose two paper accounts were really traded for the last days.

The shipped EAs trade the past of the market that the broker will go on with, on the
broker's own ledger; accounts and market go into the broker's books before it starts.
Their deals reach the journal as all deals do: the runners send what the journal does not
know.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from metafleet.engine.broker.ledger import Ledger, NewAccount
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.seeding import PastMarket, seed_account, seed_market
from metafleet.engine.broker.store import Store
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.offline import Entrant, trade_past
from metafleet.engine.market.feed import open_feed
from metafleet.engine.market.sources import open_source
from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.console.demo import DEMO_EMAIL, credentials_file
from metafleet.hub.fleet import operations as fleet
from metafleet.hub.fleet.accounts import AccountFacts, connect_account
from metafleet.hub.fleet.models import Platform
from metafleet.hub.identity import operations as identity
from metafleet.hub.identity.models import User
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
class Traded:
    """A paper account with its history behind it."""

    wish: Wish
    ledger: Ledger
    password: Secret


WISHES = (
    Wish("Trend desk", "trend-following", "EURUSD"),
    Wish("Grid desk", "grid", "GBPUSD"),
)


def seed(progress: Callable[[str], None]) -> None:
    """Seed the demo unless it is there. Safe to repeat after a crash at any line."""
    if User.objects.filter(email=DEMO_EMAIL).exists():
        return
    now = clock.now()
    progress("Trading the demo accounts over the last days …")
    password = _demo_password()
    with Store(Path(settings.DATA_DIR) / "broker") as store:
        traded = _trade(store, now)
    with transaction.atomic():
        _write(traded, password, now)


def _write(traded: list[Traded], password: Secret, now: datetime) -> None:
    membership = identity.sign_up(email=DEMO_EMAIL, password=password, tenant_name=TENANT_NAME)
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
        label=traded.wish.label,
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
        password=traded.password,
        now=now,
    )
    template = EATemplate.objects.get(slug=traded.wish.slug)
    version = catalogue.newest_version(template)
    if version is None:
        raise LookupError(f"{template.slug} has no version")
    order = fleet.Order(template, version, account.id, traded.wish.symbol, "", {})
    fleet.deploy(tenant_id=tenant_id, actor=DEMO_EMAIL, order=order, now=now)


def _trade(store: Store, now: datetime) -> list[Traded]:
    """Trade every wish over the market's past and put all of it into the broker's books."""
    source = open_source(settings.MARKET_SOURCE, settings.MARKET_SEED)
    feed = open_feed(
        source,
        clock=settings.MARKET_CLOCK,
        wall_msc=int(now.timestamp() * 1000),
        past_minutes=PAST_MINUTES,
        seed=settings.MARKET_SEED,
    )
    past = PastMarket(feed, Quotes(feed.specs))
    first_login = store.next_login()
    wishes = {first_login + place: wish for place, wish in enumerate(WISHES) if wish.symbol in source.bars}
    entrants = [
        Entrant(
            cls=EXPERTS[wish.slug],
            symbol=wish.symbol,
            magic=fleet.FIRST_MAGIC,
            account=NewAccount(login=login, name=wish.label, deposit=DEPOSIT),
        )
        for login, wish in wishes.items()
    ]
    ledgers = trade_past(past, entrants, store.tickets())
    traded = [
        Traded(wishes[login], ledger, Secret(secrets.token_urlsafe(18))) for login, ledger in ledgers.items()
    ]
    for account in traded:
        seed_account(store, account.ledger, account.password.reveal())
    seed_market(store, past)
    return traded


def _demo_password() -> Secret:
    """Return the demo's password, kept in a file from before the demo exists until after."""
    file = credentials_file()
    if file.is_file():
        return Secret(json.loads(file.read_text(encoding="utf-8"))["password"])
    password = f"demo-{secrets.token_hex(4)}-{secrets.token_hex(2)}"
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump({"email": DEMO_EMAIL, "password": password}, out)
    fresh.replace(file)
    return Secret(password)
