"""The demo: a tenant whose two paper accounts were really traded for the last days.

The shipped EAs run over the sample's bars, dated up to now, on the broker's own ledger;
the accounts they leave go into the broker's books before the broker starts. Their deals
reach the journal as all deals do: the runners send what the journal does not know.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from metafleet.engine.broker.ledger import Ledger, NewAccount
from metafleet.engine.broker.seeding import seed_account
from metafleet.engine.broker.store import Store
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.offline import run_over_bars
from metafleet.engine.market.records import Bar
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
    progress("Trading the demo accounts over the last two weeks …")
    password = _demo_password()
    with Store(Path(settings.DATA_DIR) / "broker") as store:
        traded = [_trade(store, wish, now) for wish in WISHES]
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


def _trade(store: Store, wish: Wish, now: datetime) -> Traded:
    password = Secret(secrets.token_urlsafe(18))
    ledger = run_over_bars(
        EXPERTS[wish.slug],
        symbol=wish.symbol,
        bars=_dated_to(now, wish.symbol),
        account=NewAccount(login=store.next_login(), name=wish.label, deposit=DEPOSIT),
        magic=fleet.FIRST_MAGIC,
        tickets=store.tickets(),
        close_at_end=True,
    )
    seed_account(store, ledger, password.reveal())
    return Traded(wish, ledger, password)


def _dated_to(now: datetime, symbol: str) -> Iterator[Bar]:
    """Yield the sample's bars, moved on by whole minutes so that the last one ends just before now."""
    bars = list(open_source("sample", seed=0).bars[symbol].bars())
    shift_s = (int(now.timestamp()) - bars[-1].time_s) // 60 * 60 - 120
    for bar in bars:
        yield Bar(
            bar.time_s + shift_s, bar.open, bar.high, bar.low, bar.close, bar.tick_volume, bar.spread
        )


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
