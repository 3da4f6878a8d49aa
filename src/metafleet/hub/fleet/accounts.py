"""Verbs on trading accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.errors import AccountInUse, AccountTaken
from metafleet.hub.fleet.models import AccountState, DesiredState, InstanceState, Platform, TradingAccount
from metafleet.hub.kernel import live
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.vault import operations as vault

PASSWORD_FIELD = "password"  # noqa: S105 - the name of a vault field


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the broker itself said of the account. Money in `currency`."""

    login: int
    server: str
    currency: str
    leverage: int
    margin_mode: str
    balance: Decimal
    equity: Decimal
    margin: Decimal
    free_margin: Decimal


@dataclass(frozen=True, slots=True)
class Registration:
    """What an owner says of an account before its terminal has reported anything.

    `server_timezone`: IANA name, "" where the terminal says its offset itself.
    """

    label: str
    platform: Platform
    login: int
    server: str
    currency: str
    server_timezone: str


def connect_account(
    *,
    tenant_id: UUID,
    actor: str,
    label: str,
    platform: Platform,
    facts: AccountFacts,
    password: Secret,
    now: datetime,
) -> TradingAccount:
    """Keep an account that its broker has just let us into, and seal its password.

    Raises AccountTaken where this tenant has connected that login already.
    """
    account = TradingAccount(
        id=uuid4(),
        tenant_id=tenant_id,
        label=label,
        platform=platform,
        login=facts.login,
        server=facts.server,
        currency=facts.currency,
        leverage=facts.leverage,
        margin_mode=facts.margin_mode,
    )
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise AccountTaken(facts.login, facts.server) from error
    AccountState.objects.create(
        account=account,
        tenant_id=tenant_id,
        balance=facts.balance,
        equity=facts.equity,
        margin=facts.margin,
        free_margin=facts.free_margin,
        observed_at=now,
    )
    vault.seal(tenant_id=tenant_id, owner_id=account.id, field=PASSWORD_FIELD, secret=password)
    _record(account, actor, "account.connected", now)
    return account


def register_account(
    *,
    tenant_id: UUID,
    actor: str,
    registration: Registration,
    now: datetime,
) -> TradingAccount:
    """Keep an account that its owner's own terminal will report of; nobody gives us its password.

    Raises AccountTaken where this tenant has connected that login already.
    """
    account = TradingAccount(
        id=uuid4(),
        tenant_id=tenant_id,
        label=registration.label,
        platform=registration.platform,
        login=registration.login,
        server=registration.server,
        currency=registration.currency,
        server_timezone=registration.server_timezone,
    )
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise AccountTaken(registration.login, registration.server) from error
    _record(account, actor, "account.registered", now)
    return account


def change_account(
    *,
    account: TradingAccount,
    actor: str,
    label: str | None = None,
    server_timezone: str | None = None,
    now: datetime,
) -> None:
    """Rename it, or say its server's time zone (IANA name, "" for none); None leaves either as it is.

    The zone is for what arrives from now on: what is recorded keeps its instants.
    """
    if label is not None and label != account.label:
        before, account.label = account.label, label
        account.save(update_fields=("label", "updated_at"))
        changed = changes.between({"label": before}, {"label": label})
        _record(account, actor, "account.renamed", now, changed=changed)
    if server_timezone is not None and server_timezone != account.server_timezone:
        before, account.server_timezone = account.server_timezone, server_timezone
        account.save(update_fields=("server_timezone", "updated_at"))
        changed = changes.between({"serverTimezone": before}, {"serverTimezone": server_timezone})
        _record(account, actor, "account.timezone_set", now, changed=changed)


def remove_account(*, account: TradingAccount, actor: str, now: datetime) -> None:
    """Hide the account and destroy its credentials; its journal stays.

    Raises AccountInUse while an EA is not stopped on it, or has positions to close yet.
    """
    locked = TradingAccount.objects.select_for_update().get(id=account.id)
    at_rest = {"desired_state": DesiredState.STOPPED, "state": InstanceState.STOPPED, "close_on_stop": False}
    if locked.instances.exclude(**at_rest).exists():
        raise AccountInUse(locked.label)
    locked.deleted_at = now
    locked.save(update_fields=("deleted_at", "updated_at"))
    vault.forget(tenant_id=locked.tenant_id, owner_id=locked.id)
    _record(locked, actor, "account.removed", now)


def _record(
    account: TradingAccount,
    actor: str,
    action: str,
    now: datetime,
    changed: audit.Changes | None = None,
) -> None:
    audit.record(
        tenant_id=account.tenant_id,
        actor=actor,
        action=action,
        subject=f"{account.label} ({account.login} at {account.server})",
        subject_id=account.id,
        now=now,
        changes=changed,
    )
    live.publish_on_commit(account.tenant_id, "account", id=account.id)
