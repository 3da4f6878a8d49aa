"""Verbs on trading accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

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


def rename_account(*, account: TradingAccount, actor: str, label: str, now: datetime) -> None:
    account.label = label
    account.save(update_fields=("label", "updated_at"))
    _record(account, actor, "account.renamed", now)


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


def _record(account: TradingAccount, actor: str, action: str, now: datetime) -> None:
    audit.record(
        tenant_id=account.tenant_id,
        actor=actor,
        action=action,
        subject=f"{account.label} ({account.login} at {account.server})",
        subject_id=account.id,
        now=now,
    )
    live.publish_on_commit(account.tenant_id, "account", id=account.id)
