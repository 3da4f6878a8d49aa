"""Who may trade for an EA: the newest of its generations that has signed in, and no older one.

A generation is one start of an EA by the hub, and grows by one with each. A runner that was cut off
from the hub cannot hear that it was replaced; the broker, which both of them reach, can tell.
Source: fencing tokens, https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from metafleet.engine.broker.errors import Fenced, RequestRefused

MAX_EXPERT_LENGTH: Final = 64
MAX_EXPERTS: Final = 1_000
"""EAs that one account may ever sign in for: each is a row for good."""

_MAX_GENERATION: Final = 2**31 - 1


class Trader(msgspec.Struct, frozen=True):
    """For which EA a connection trades. expert: the hub's name of its instance."""

    expert: str
    generation: int


class Fences:
    """The newest generation of each EA, by login and EA. Knows no disk: `House` keeps what it is told."""

    def __init__(self, newest: Mapping[tuple[int, str], int]) -> None:
        self._newest = dict(newest)

    def check(self, login: int, trader: Trader) -> bool:
        """Return whether this generation is newer than all that were let in.

        Raises Fenced for one that is older, RequestRefused for a name or number that is none.
        """
        if not 0 <= trader.generation <= _MAX_GENERATION:
            raise RequestRefused(f"generation: {trader.generation} is not from 0 to {_MAX_GENERATION}")
        newest = self._newest.get((login, trader.expert))
        if newest is not None and trader.generation < newest:
            raise Fenced(f"generation {newest} of this EA has signed in, and this is {trader.generation}")
        if newest is None:
            self._check_new(login, trader)
        return newest is None or trader.generation > newest

    def raise_to(self, login: int, trader: Trader) -> None:
        """Let this generation be the newest."""
        self._newest[login, trader.expert] = trader.generation

    def _check_new(self, login: int, trader: Trader) -> None:
        if len(trader.expert) > MAX_EXPERT_LENGTH:
            raise RequestRefused(f"expert: at most {MAX_EXPERT_LENGTH} characters are allowed")
        if sum(known == login for known, _ in self._newest) >= MAX_EXPERTS:
            raise RequestRefused(f"expert: this account has signed in for {MAX_EXPERTS} EAs already")
