"""Who speaks: from a token to a terminal's place, or 401."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from metafleet.hub.fleet import tokens
from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.errors import Unauthorised

REMEMBERED_S: Final = 1.0
"""How long a look at a terminal's row is trusted while no notices of changes are heard …"""
TOLD_S: Final = 600.0
"""… and while they are: a change is told within milliseconds. Either way every statement that
writes for a terminal compares the token's version again."""
REMEMBERED: Final = 50_000
"""Terminals, and tokens; one takes about a kilobyte."""

FindSlot = Callable[[UUID], Awaitable[Slot | None]]


class Caller(msgspec.Struct, frozen=True):
    slot: Slot
    token: tokens.TerminalToken


class Callers:
    """Terminals by their tokens: signatures and places are looked at once, and remembered."""

    def __init__(self, find_slot: FindSlot) -> None:
        self._find_slot = find_slot
        self._seen: OrderedDict[UUID, tuple[float, Slot | None]] = OrderedDict()
        self._read: OrderedDict[str, tokens.TerminalToken] = OrderedDict()
        self._trusted_s = REMEMBERED_S
        self._looks = 0

    @property
    def is_told(self) -> bool:
        """Whether notices of changes are heard."""
        return self._trusted_s == TOLD_S

    def told_of_changes(self, is_told: bool) -> None:
        """Notices are heard from now on, or no longer: what was missed in between is forgotten."""
        self._trusted_s = TOLD_S if is_told else REMEMBERED_S
        self._forget_all()

    def forget(self, name: str) -> None:
        """A terminal's place has changed, or (`account:` and its id) that of an account's terminals."""
        self._looks += 1
        kind, _, account = name.rpartition(":")
        if kind:
            gone = [key for key, (_, slot) in self._seen.items() if slot and str(slot.account_id) == account]
            for key in gone:
                del self._seen[key]
        else:
            with suppress(ValueError):  # who may write to the database may notify of anything
                self._seen.pop(UUID(account), None)

    def known(self, token: str, now: datetime) -> Caller | None:
        """Return whom the token speaks for where that was looked at before; else `identify` knows more."""
        said = self._read.get(token)
        if said is None or now >= said.expires_at:
            return None
        seen = self._seen.get(said.terminal_id)
        if seen is None or time.monotonic() - seen[0] >= self._trusted_s:
            return None
        slot = seen[1]
        return Caller(slot, said) if slot is not None and _speaks_for(said, slot) else None

    async def identify(self, token: str | None, now: datetime) -> Caller:
        """Return whom the token speaks for. Raises Unauthorised: no token, wrong, expired or revoked."""
        if not token:
            raise Unauthorised(
                "A terminal token is needed: Authorization: Bearer …, or authToken in the body."
            )
        said = self._token(token, now)
        seen = self._seen.get(said.terminal_id)
        is_remembered = seen is not None and time.monotonic() - seen[0] < self._trusted_s
        slot = seen[1] if is_remembered and seen else await self._look(said.terminal_id)
        if is_remembered and not _speaks_for(said, slot):
            # It may have been paired a moment ago, by another process, whose notice is on its way: a
            # terminal that is refused then takes its new token for a revoked one.
            slot = await self._look(said.terminal_id)
        if slot is None or not _speaks_for(said, slot):
            self._seen.pop(said.terminal_id, None)
            raise revoked()
        return Caller(slot, said)

    def _token(self, token: str, now: datetime) -> tokens.TerminalToken:
        said = self._read.get(token)
        if said is None or now >= said.expires_at:
            try:
                said = tokens.read(token, now=now)
            except tokens.TokenRefused as error:
                raise Unauthorised(str(error)) from None
            self._read[token] = said
            while len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return said

    async def _look(self, terminal_id: UUID) -> Slot | None:
        # Dated from before the look, and not kept when something changed during it.
        began_s, looks = time.monotonic(), self._looks
        slot = await self._find_slot(terminal_id)
        if looks == self._looks:
            self._seen[terminal_id] = (began_s, slot)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return slot

    def _forget_all(self) -> None:
        self._looks += 1
        self._seen.clear()


def _speaks_for(said: tokens.TerminalToken, slot: Slot | None) -> bool:
    return slot is not None and not slot.is_revoked and slot.token_version == said.version


def revoked() -> Unauthorised:
    return Unauthorised(
        "This terminal token is no longer accepted: it was revoked, or a newer start replaced it."
    )


def check_terminal(caller: Caller, terminal_id: str | None) -> None:
    """Raise Unauthorised when the body speaks for another terminal than its token does."""
    if terminal_id is None:
        return
    slot = caller.slot
    if terminal_id == slot.name or terminal_id == slot.terminal_id.hex:  # noqa: PLR1714 - hex is made anew
        return
    try:
        is_own = UUID(terminal_id) == slot.terminal_id
    except ValueError:
        is_own = False
    if not is_own:
        raise Unauthorised("terminalId is not the terminal that this token was given to.")
