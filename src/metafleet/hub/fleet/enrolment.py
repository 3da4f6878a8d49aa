"""Join a customer's own terminal to its account by a short code that works once.

Its owner gets the code from `issue_code`, types it into the terminal's connector, and the
connector enrols itself with it. The database keeps the code's keyed hash alone: a copy of
the database, without the platform's key, does not give the codes away.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import pairing
from metafleet.hub.fleet.errors import TerminalHosted
from metafleet.hub.fleet.models import PairingCode, Terminal

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 characters that nobody mistakes for each other: no 0 or O, no 1 or I."""
CODE_LENGTH: Final = 8
"""40 bits: an address that tries five a minute needs 400 years to find one of a thousand
live codes, and then does not know for which account it is."""
EXPIRES_AFTER: Final = timedelta(minutes=15)
_KEPT_FOR: Final = timedelta(days=1)
"""How long an old code is remembered, to tell its owner why it no longer works."""


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """`text` is for the owner's eyes, once: as ABCD-EFGH."""

    text: str
    expires_at: datetime


def issue_code(*, terminal: Terminal, actor: str, now: datetime) -> IssuedCode:
    """Give out a new code for the terminal; every older one ends.

    Tokens that work go on until the new code is used. Raises TerminalHosted.
    """
    locked = Terminal.objects.select_for_update(of=("self",)).select_related("account").get(id=terminal.id)
    if locked.instance_id is not None:
        raise TerminalHosted
    locked.pairing_codes.filter(expires_at__lt=now - _KEPT_FOR).delete()
    locked.pairing_codes.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    text = _new_code()
    expires_at = now + EXPIRES_AFTER
    PairingCode.objects.create(
        tenant_id=locked.tenant_id, terminal=locked, code_hash=pairing.hash_of(text), expires_at=expires_at
    )
    audit.record(
        tenant_id=locked.tenant_id,
        actor=actor,
        action="terminal.pairing_code_issued",
        subject=pairing.subject(locked.label, locked.account.label),
        subject_id=locked.id,
        now=now,
    )
    return IssuedCode(text, expires_at)


def _new_code() -> str:
    text = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return f"{text[:4]}-{text[4:]}"
