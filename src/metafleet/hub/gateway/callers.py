"""Who speaks: from a token to a terminal's place, or 401."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from metafleet.hub.fleet import tokens
from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.errors import Unauthorised

REMEMBERED_S: Final = 1.0
"""How long a look at a terminal's row is trusted: a revoked token is refused within this."""
REMEMBERED: Final = 20_000
"""Terminals; one takes about a kilobyte."""

FindSlot = Callable[[UUID], Awaitable[Slot | None]]


@dataclass(frozen=True, slots=True)
class Caller:
    slot: Slot
    token: tokens.TerminalToken


class Callers:
    """Terminals by their tokens, each looked up at most once in REMEMBERED_S."""

    def __init__(self, find_slot: FindSlot) -> None:
        self._find_slot = find_slot
        self._seen: OrderedDict[UUID, tuple[float, Slot | None]] = OrderedDict()

    async def identify(self, token: str | None, now: datetime) -> Caller:
        """Return whom the token speaks for. Raises Unauthorised: no token, wrong, expired or revoked."""
        if not token:
            raise Unauthorised(
                "A terminal token is needed: Authorization: Bearer …, or authToken in the body."
            )
        try:
            said = tokens.read(token, now=now)
        except tokens.TokenRefused as error:
            raise Unauthorised(str(error)) from None
        slot = await self._slot(said.terminal_id)
        if slot is None or slot.is_revoked or slot.token_version != said.version:
            self._seen.pop(said.terminal_id, None)
            raise revoked()
        return Caller(slot, said)

    async def _slot(self, terminal_id: UUID) -> Slot | None:
        now_s = time.monotonic()
        seen = self._seen.get(terminal_id)
        if seen is not None and now_s - seen[0] < REMEMBERED_S:
            return seen[1]
        slot = await self._find_slot(terminal_id)
        # Dated from before the look: what changed during it is seen a second after it at the latest.
        self._seen[terminal_id] = (now_s, slot)
        self._seen.move_to_end(terminal_id)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return slot


def revoked() -> Unauthorised:
    return Unauthorised(
        "This terminal token is no longer accepted: it was revoked, or a newer start replaced it."
    )


def check_terminal(caller: Caller, terminal_id: str | None) -> None:
    """Raise Unauthorised when the body speaks for another terminal than its token does."""
    if terminal_id is None:
        return
    try:
        is_own = UUID(terminal_id) == caller.slot.terminal_id
    except ValueError:
        is_own = False
    if not is_own:
        raise Unauthorised("terminalId is not the terminal that this token was given to.")
