"""Customers' own machines, as their host agents report them: list, make ready, name, revoke, forget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from metafleet.hub.audit import changes as changed
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import places, terminals
from metafleet.hub.fleet.enrolment import IssuedCode
from metafleet.hub.fleet.errors import PlatformUnwatched, WrongState
from metafleet.hub.fleet.models import Agent, AgentTerminal, Terminal
from metafleet.hub.kernel import live

MachineState = Literal["online", "late", "offline", "revoked"]
LATE_AFTER: Final = timedelta(seconds=45)
OFFLINE_AFTER: Final = timedelta(minutes=2)
_SEEN: Final = (
    *("agent", "path", "process_state", "is_connected", "is_algo_trading", "experts", "last_tick_at"),
    *("latency_ms", "log_errors", "last_log_error", "restarts", "observed_at"),
    *("terminal__account__label", "terminal__account__login", "terminal__account__server"),
)
"""Of a machine's terminals what lists show; there may be thousands."""


def machines(*, tenant_id: UUID, has_logs: bool = False) -> QuerySet[Agent]:
    """Return the tenant's machines by label, each with its terminals and their accounts.

    has_logs: with the newest lines of the terminals' logs, which are long.
    """
    fields = (*_SEEN, "log_lines") if has_logs else _SEEN
    seen = AgentTerminal.objects.select_related("terminal__account").order_by("terminal__account__label")
    return (
        Agent.objects.filter(tenant_id=tenant_id)
        .prefetch_related(Prefetch("terminals", seen.only(*fields)))
        .order_by("label", "id")
    )


def state(machine: Agent, now: datetime) -> MachineState:
    """Return whether it was heard lately, or is not to be heard any more."""
    if machine.revoked_at is not None:
        return "revoked"
    silent = timedelta.max if machine.heartbeat_at is None else now - machine.heartbeat_at
    if silent > OFFLINE_AFTER:
        return "offline"
    return "late" if silent > LATE_AFTER else "online"


def make_ready(
    *, tenant_id: UUID, account_ids: Sequence[UUID], actor: str, label: str, now: datetime
) -> list[tuple[Terminal, IssuedCode]]:
    """Make a terminal for each account that is signed in on a machine, all with its name, or none.

    Raises NotFound, PlatformUnwatched, TooManyTerminals.
    """
    made = []
    # In one order, because each account is held until commit.
    for account_id in sorted(set(account_ids)):
        account = places.find_account(tenant_id, account_id)
        if account.platform == "mt4":
            raise PlatformUnwatched(account.label)
        made.append(
            terminals.add_terminal(
                tenant_id=tenant_id, account_id=account_id, actor=actor, label=label.strip(), now=now
            )
        )
    return made


def rename(*, machine: Agent, actor: str, label: str, now: datetime) -> None:
    """Call it otherwise on the screens; its own name stays."""
    before, machine.label = machine.label, label.strip()
    machine.save(update_fields=("label", "updated_at"))
    changes = changed.between({"label": before}, {"label": machine.label})
    _record(machine, actor, "machine.renamed", now, changes)


def revoke(*, machine: Agent, actor: str, now: datetime) -> None:
    """End the tokens of every terminal that it was seen with, so that nothing it sends is taken.

    It is back when one of its terminals is paired anew. Twice is as once.
    """
    for seen in machine.terminals.order_by("terminal_id"):
        terminals.revoke_terminal(terminal=seen.terminal, actor=actor, now=now)
    if machine.revoked_at is None:
        machine.revoked_at = now
        machine.save(update_fields=("revoked_at", "updated_at"))
        _record(machine, actor, "machine.revoked", now, None)


def forget(*, machine: Agent, actor: str, now: datetime) -> None:
    """Remove it with what it said; its terminals stay. Raises WrongState while it is heard."""
    if state(machine, now) not in {"offline", "revoked"}:
        raise WrongState(f"{machine.label} still reports: stop its agent first, and wait two minutes.")
    _record(machine, actor, "machine.forgotten", now, None)
    machine.delete()


def _record(machine: Agent, actor: str, action: str, now: datetime, changes: audit.Changes | None) -> None:
    audit.record(
        tenant_id=machine.tenant_id,
        actor=actor,
        action=action,
        subject=machine.label,
        subject_id=machine.id,
        now=now,
        changes=changes,
    )
    live.publish_on_commit(machine.tenant_id, "machine", id=machine.id)
