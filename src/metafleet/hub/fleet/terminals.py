"""Verbs on customers' own terminals: add, rename, pair anew, revoke, remove."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError

from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import enrolment, places
from metafleet.hub.fleet.enrolment import IssuedCode
from metafleet.hub.fleet.errors import TerminalHosted, TerminalInUse, TooManyTerminals
from metafleet.hub.fleet.models import Terminal
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import NotFound

MOST_OF_AN_ACCOUNT: Final = 20
"""A login is signed in on a handful of machines; this bounds the lists."""


def add_terminal(
    *, tenant_id: UUID, account_id: UUID, actor: str, label: str, now: datetime
) -> tuple[Terminal, IssuedCode]:
    """Make a place for a customer's own terminal, and the code that lets it in.

    Raises NotFound, TooManyTerminals.
    """
    account = places.find_account(tenant_id, account_id, lock=True)
    if account.terminals.filter(instance=None).count() >= MOST_OF_AN_ACCOUNT:
        raise TooManyTerminals(account.label, MOST_OF_AN_ACCOUNT)
    terminal = Terminal.objects.create(
        tenant_id=tenant_id, account=account, platform=account.platform, label=label
    )
    _record(terminal, actor, "terminal.added", now)
    return terminal, enrolment.issue_code(terminal=terminal, actor=actor, now=now)


def pair_anew(*, terminal: Terminal, actor: str, now: datetime) -> IssuedCode:
    """Give out a new code; what is paired now works until the code is used. Raises TerminalHosted."""
    return enrolment.issue_code(terminal=terminal, actor=actor, now=now)


def rename_terminal(*, terminal: Terminal, actor: str, label: str, now: datetime) -> None:
    """Raises TerminalHosted: a hosted one bears its EA's name."""
    _must_be_own(terminal)
    before, terminal.label = terminal.label, label
    terminal.save(update_fields=("label", "updated_at"))
    changed = changes.between({"label": before}, {"label": label})
    _record(terminal, actor, "terminal.renamed", now, changed)


def revoke_terminal(*, terminal: Terminal, actor: str, now: datetime) -> Terminal:
    """End all of its tokens and codes at once. Revoking twice is as once. Raises TerminalHosted."""
    locked = lock_terminal(tenant_id=terminal.tenant_id, terminal_id=terminal.id)
    _must_be_own(locked)
    locked.pairing_codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    if locked.revoked_at is not None:
        return locked
    locked.revoked_at = now
    locked.token_version += 1
    locked.save(update_fields=("revoked_at", "token_version", "updated_at"))
    _record(locked, actor, "terminal.revoked", now)
    return locked


def remove_terminal(*, terminal: Terminal, actor: str, now: datetime) -> None:
    """Forget a terminal that was never paired, or was revoked, and was never told anything.

    Raises TerminalHosted, TerminalInUse.
    """
    locked = lock_terminal(tenant_id=terminal.tenant_id, terminal_id=terminal.id)
    _must_be_own(locked)
    if locked.enrolled_at is not None and locked.revoked_at is None:
        raise TerminalInUse(f"{_name(locked)} is paired. Revoke it first, then remove it.")
    try:
        with transaction.atomic():
            locked.delete()
    except ProtectedError:
        raise TerminalInUse(
            f"The record of {_name(locked)}'s commands is kept, so it cannot be removed. "
            "It does no harm once it is revoked."
        ) from None
    locked.id = terminal.id
    _record(locked, actor, "terminal.removed", now)


def clear_troubles(*, terminal: Terminal, actor: str, now: datetime) -> None:
    """Forget what was refused of the terminal so far: its owner has seen it."""
    forgotten, _ = terminal.troubles.all().delete()
    if forgotten:
        _record(terminal, actor, "terminal.troubles_cleared", now)


def lock_terminal(*, tenant_id: UUID, terminal_id: UUID) -> Terminal:
    """Return the terminal, its row held until commit. Raises NotFound."""
    found = (
        Terminal.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(tenant_id=tenant_id, id=terminal_id)
        .first()
    )
    if found is None:
        raise NotFound("terminal")
    return found


def _must_be_own(terminal: Terminal) -> None:
    if terminal.instance_id is not None:
        raise TerminalHosted


def _name(terminal: Terminal) -> str:
    return terminal.label or "This terminal"


def _record(
    terminal: Terminal, actor: str, action: str, now: datetime, changed: audit.Changes | None = None
) -> None:
    audit.record(
        tenant_id=terminal.tenant_id,
        actor=actor,
        action=action,
        subject=f"{terminal.label or 'Terminal'} of {terminal.account.label}",
        subject_id=terminal.id,
        now=now,
        changes=changed,
    )
    live.publish_on_commit(terminal.tenant_id, "account", id=terminal.account_id)
