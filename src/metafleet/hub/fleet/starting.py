"""Prepare the start of a run, and check what the run says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import msgspec
from django.conf import settings
from django.db.models import F

from metafleet.hub.fleet import assignment, guards, pauses, placement, plans, tokens, trading_lease
from metafleet.hub.fleet.accounts import PASSWORD_FIELD
from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.models import EAInstance, Run, RunState, Terminal, TradingAccount
from metafleet.hub.fleet.steps import Intent
from metafleet.hub.kernel import origin, tracing
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.vault import operations as vault
from metafleet.hub.vault.errors import MasterKeyRefused, SealBroken
from metafleet.hub.vault.models import SealedField
from metafleet.wire import messages

ASSIGNMENT_LIFE = timedelta(seconds=60)
"""A runner fetches its work in its first second; the rest is for a gateway that is restarting."""


class PasswordUnusable(Exception):
    """The account's password cannot be had from the vault, and trying again does not change that."""


@dataclass(frozen=True, slots=True)
class Prepared:
    spec: RuntimeSpec


def prepare(instance: EAInstance, intent: Intent, driver_name: str, now: datetime) -> Prepared:
    """Raise the generation, end every older token of the terminal, and seal the work of the new run.

    The account's password is opened here and only here, and leaves sealed under a
    token that exists nowhere but in the new runner's hands. Raises PasswordUnusable; MasterKeyRefused
    where the vault's key service is away for the moment.
    """
    EAInstance.objects.filter(id=instance.id).update(generation=F("generation") + 1)
    instance.refresh_from_db(fields=("generation",))
    Terminal.objects.filter(id=instance.terminal.id).update(token_version=F("token_version") + 1)
    instance.terminal.refresh_from_db(fields=("token_version",))
    run_id = uuid4()
    work = _assignment(instance, run_id.hex, intent, now)
    sealed = assignment.seal(work)
    Run.objects.create(
        id=run_id,
        tenant_id=instance.tenant_id,
        instance=instance,
        generation=instance.generation,
        version=instance.version,
        state=RunState.STARTING,
        intent=intent,
        driver=driver_name,
        assignment_hash=sealed.token_hash,
        sealed_assignment=sealed.sealed,
        assignment_expires_at=now + ASSIGNMENT_LIFE,
        started_at=now,
    )
    share = plans.share_of(instance=instance)
    return Prepared(
        RuntimeSpec(
            instance_id=instance.id,
            run_id=run_id,
            gateway_url=settings.RUNNER_GATEWAY_URL,
            assignment_token=Secret(sealed.token),
            cpu=share.cpu,
            memory_mb=share.memory_mb,
            generation=instance.generation,
            host=placement.home(instance),
            avoid=placement.avoided(driver_name),
            is_shipped=not _runs_uploaded_code(instance, intent),
            expert_hash=instance.version.content_hash,
            platform=instance.account.platform,
            log_format=settings.LOG_FORMAT,
        )
    )


def mismatch(instance: EAInstance, run: Run) -> str:
    """Return what the runner's first report got wrong, in a sentence; "" when all is right."""
    report = run.report or {}
    account = instance.account
    if str(report.get("login")) != str(account.login):
        return f"The runner signed in as {report.get('login')} instead of {account.login}"
    if report.get("server") != account.server:
        return f"The runner signed in at {report.get('server')} instead of {account.server}"
    version = run.version or instance.version
    if report.get("hash") != version.content_hash:
        return "The runner loaded other EA code than version " + version.version
    return ""


def _assignment(instance: EAInstance, run_id: str, intent: Intent, now: datetime) -> messages.Assignment:
    account = instance.account
    password = _password(account)
    terminal = instance.terminal
    return messages.Assignment(
        instance_id=str(instance.id),
        run_id=run_id,
        generation=instance.generation,
        intent=intent,
        terminal_id=str(terminal.id),
        terminal_token=tokens.issue(terminal_id=terminal.id, version=terminal.token_version, now=now),
        expert=instance.template.slug,
        version=instance.version.version,
        hash=instance.version.content_hash,
        symbol=instance.symbol,
        magic=instance.magic,
        inputs=instance.inputs,
        pause_mode=pauses.mode_of(instance),
        platform="paper",
        broker=messages.BrokerLogin(
            host=settings.RUNNER_BROKER_HOST,
            port=settings.BROKER_PORT,
            login=account.login,
            password=password.reveal(),
            server=account.server,
        ),
        heartbeat_interval_s=float(settings.HEARTBEAT_INTERVAL_S),
        source=instance.version.source if _runs_uploaded_code(instance, intent) else msgspec.UNSET,
        lease=trading_lease.terms(settings.LEASE_S),
        guard=guards.guard_of(account.id),
        origin=messages.AssignmentOrigin(
            tenant_id=str(instance.tenant_id),
            request_id=origin.current().request_id,
            traceparent=tracing.current(),
        ),
    )


def _runs_uploaded_code(instance: EAInstance, intent: Intent) -> bool:
    """To close what an EA left open takes none of its code."""
    return instance.version.is_uploaded and intent != "flatten"


def _password(account: TradingAccount) -> Secret:
    try:
        return vault.open_secret(tenant_id=account.tenant_id, owner_id=account.id, field=PASSWORD_FIELD)
    except SealedField.DoesNotExist as error:
        raise PasswordUnusable(f"The vault has no password of account {account.login}.") from error
    except SealBroken as error:
        raise PasswordUnusable(
            f"The sealed password of account {account.login} does not open. Connect the account again."
        ) from error
    except MasterKeyRefused as error:
        if not error.permanent:
            raise
        raise PasswordUnusable(
            f"The vault's master keys cannot be used, so the password of account {account.login} stays shut."
        ) from error
