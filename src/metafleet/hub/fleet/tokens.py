"""The terminals' own tokens: signed, expiring, naming one terminal and a version.

Raising a terminal's `token_version` ends every token issued before: the owner's one
click, and the fence between two starts of a runner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

_SALT: Final = "metafleet.fleet.terminal-token"
_MARK: Final = "mft"
_LONGEST: Final = 400
"""Characters; ours have about 130. More is not worth a signature check."""


class TokenRefused(Exception):
    """The token is none of ours, was changed, or has expired."""


@dataclass(frozen=True, slots=True)
class TerminalToken:
    """What a token says. Instants in UTC, whole seconds."""

    terminal_id: UUID
    version: int
    issued_at: datetime
    expires_at: datetime

    half_life_at: datetime = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # A heartbeat asks for it each time.
        half = (self.expires_at - self.issued_at) / 2
        object.__setattr__(self, "half_life_at", self.issued_at + half)

    def is_past_half_life(self, now: datetime) -> bool:
        return now > self.half_life_at


def issue(*, terminal_id: UUID, version: int, now: datetime) -> str:
    """Return a token that speaks for this terminal until settings.TERMINAL_TOKEN_DAYS are over."""
    issued = int(now.timestamp())
    expires = issued + int(timedelta(days=settings.TERMINAL_TOKEN_DAYS).total_seconds())
    return _signer().sign(f"{_MARK}.{terminal_id.hex}.{version}.{issued}.{expires}")


def read(token: str, *, now: datetime) -> TerminalToken:
    """Return what the token says; its signature is compared in constant time.

    Whether the version is still the terminal's is for the caller to ask the database.
    Raises TokenRefused.
    """
    if len(token) > _LONGEST:
        raise TokenRefused("This is no terminal token.")
    try:
        mark, terminal, version, issued, expires = _signer().unsign(token).split(".")
    except (BadSignature, ValueError):
        raise TokenRefused("This is no valid terminal token.") from None
    if mark != _MARK:
        raise TokenRefused("This is no terminal token.")
    said = TerminalToken(UUID(terminal), int(version), _instant(issued), _instant(expires))
    if now >= said.expires_at:
        raise TokenRefused("This terminal token has expired.")
    return said


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")


def _instant(epoch_s: str) -> datetime:
    return datetime.fromtimestamp(int(epoch_s), UTC)
