"""What the agent keeps of a terminal in its folder: who it is to the hub, and how it was last."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from metafleet.runner.agent.logs import Error

IDENTITY: Final = "terminal.json"
STATUS: Final = "status.json"

State = Literal["starting", "watching", "dead", "lost", "other account", "refused"]
Kept = TypeVar("Kept")


class Identity(msgspec.Struct, frozen=True, rename="camel"):
    """Who the terminal is to the hub. `code`: hash of the pairing code that let it in."""

    terminal_id: str
    token: str
    login: int
    server: str
    code: str

    def __repr__(self) -> str:
        return f"Identity({self.terminal_id})"


class Status(msgspec.Struct, rename="camel", kw_only=True):
    """How the terminal was at `at` (epoch seconds). `waiting`: entries that the hub does not have yet.

    `clock_skew_ms`: this machine's clock ahead of the hub's. `heard_at`: when the hub last answered.
    """

    name: str
    state: State = "starting"
    detail: str = ""
    at: float = 0.0
    pid: int = 0
    login: int | None = None
    server: str | None = None
    balance: str | None = None
    equity: str | None = None
    positions: int | None = None
    is_connected: bool | None = None
    is_algo_trading: bool | None = None
    latency_ms: float | None = None
    last_tick_at: float | None = None
    heard_at: float | None = None
    clock_skew_ms: int | None = None
    waiting: int = 0
    restarts: int = 0
    log_errors: int = 0
    last_errors: Sequence[Error] = ()
    log_folders: Sequence[str] = ()


def hash_of(code: str) -> str:
    """Return what the agent remembers of a pairing code."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


def read(path: Path, kind: type[Kept]) -> Kept | None:
    """Return what is kept there; None where there is nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def write(path: Path, kept: msgspec.Struct) -> None:
    """Replace the file (mode 0600) as a whole. Raises OSError."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(kept))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
