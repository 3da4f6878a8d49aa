"""Let a terminal in that brings a pairing code. For the gateway's own connections, without the ORM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.utils.crypto import salted_hmac

from metafleet.hub.fleet.errors import PairingMismatch, PairingRefused
from metafleet.hub.fleet.intake import Connection
from metafleet.hub.fleet.sql import enrolment as sql
from metafleet.hub.kernel.tenancy import SET_TENANT

_SALT: Final = "metafleet.fleet.pairing-code"
_UNKNOWN: Final = "There is no such pairing code. Look at it again, or ask for a new one."


@dataclass(frozen=True, slots=True)
class Claimant:
    """What a terminal says of itself when it enrols."""

    platform: str
    login: int
    server: str
    build: int | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Whom a new token is to speak for."""

    terminal_id: UUID
    tenant_id: UUID
    account_id: UUID
    token_version: int


async def enrol(connection: Connection, *, code: str, claimant: Claimant, now: datetime) -> Enrolled:
    """Use the code up and raise the terminal's token version: tokens from before end.

    connection: in autocommit and without a tenant; this opens the transaction itself.
    Raises PairingRefused for a code that is unknown, used or expired, PairingMismatch for
    the wrong account, which leaves the code as it was. A terminal that was revoked is
    welcome again.
    """
    code_hash = hash_of(code)
    found = await (await connection.execute(sql.DOOR, {"code_hash": code_hash})).fetchone()
    if found is None:
        raise PairingRefused(_UNKNOWN)
    tenant_id, terminal_id = found
    values = {"code_hash": code_hash, "terminal": terminal_id, "now": now, "build": claimant.build}
    async with connection.transaction():
        await connection.execute(SET_TENANT, [str(tenant_id)])
        await connection.execute(sql.HOLD, values)
        account_label = await _check(connection, values, claimant, now)
        await connection.execute(sql.USE, values)
        row = await (await connection.execute(sql.ENROL, values)).fetchone()
        if row is None:  # cannot be: the row is held
            raise PairingRefused(_UNKNOWN)
        token_version, label, account_id = row
        said = {"platform": claimant.platform, "login": claimant.login, "server": claimant.server}
        detail = msgspec.json.encode(said).decode()
        named = {"tenant": tenant_id, "subject": subject(label, account_label), "detail": detail}
        await connection.execute(sql.RECORD, values | named)
    return Enrolled(terminal_id, tenant_id, account_id, token_version)


def hash_of(code: str) -> bytes:
    """Return what the database knows the code by. Case, blanks and dashes do not matter."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return salted_hmac(_SALT, plain, algorithm="sha256").digest()


async def _check(connection: Connection, values: dict[str, object], claimant: Claimant, now: datetime) -> str:
    """Return the account's label where the claimant may have the terminal."""
    row = await (await connection.execute(sql.LOOK, values)).fetchone()
    if row is None:
        raise PairingRefused(_UNKNOWN)
    expires_at, used_at, _, platform, login, server, label, is_gone = row
    if used_at is not None:
        raise PairingRefused("This pairing code has been used already. Ask for a new one.")
    if now >= expires_at:
        raise PairingRefused("This pairing code is no longer valid. Ask for a new one.")
    if is_gone:
        raise PairingRefused("The account of this pairing code was removed. Register it anew.")
    said = {"platform": claimant.platform, "login": claimant.login, "server": claimant.server.strip()}
    wanted = {"platform": platform, "login": login, "server": server}
    differing = [name for name, value in said.items() if value != wanted[name]]
    if differing:
        raise PairingMismatch(differing, said)
    return str(label)


def subject(label: str, account_label: str) -> str:
    """Return what the record of who did what calls the terminal."""
    return f"{label or 'Terminal'} of {account_label}"
