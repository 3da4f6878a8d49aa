"""What every driver promises: four verbs, each safe to repeat, and one error type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from metafleet.hub.kernel.secrets import Secret


class DriverError(Exception):
    """The driver could not do it. `permanent`: trying again will not help."""

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """What to start. `cpu` in cores; the token buys the assignment once, over HTTP.

    `host`: where it is to run, "" for wherever the driver likes.
    `is_shipped`: the EA is our own code; another's is never forked from a parent that others share.
    """

    instance_id: UUID
    run_id: UUID
    gateway_url: str
    assignment_token: Secret
    cpu: float
    memory_mb: int
    generation: int = 0
    is_shipped: bool = True
    host: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """`handle` finds the runtime again; `limits` says in words what is enforced."""

    handle: dict[str, Any]
    host: str
    limits: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What the driver sees now. `exit_code` only where the driver could learn it.

    `started`: what `start` returned, where the driver had to find the runtime without its handle.
    `reason`: what the driver knows of an end or a delay, for a person; "" for nothing.
    """

    alive: bool
    exit_code: int | None = None
    cpu_percent: float | None = None
    memory_mb: float | None = None
    started: Started | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogSlice:
    """Whole lines, and where the next read goes on (a byte offset)."""

    lines: list[str]
    next_offset: int


class Driver(Protocol):
    name: str

    def start(self, spec: RuntimeSpec) -> Started:
        """Start the runtime unless one of this instance is alive (DriverError then, not permanent)."""

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        """Say whether the runtime lives. Never raises for one that is gone; DriverError only where
        that cannot be known just now."""

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        """Return whose runtimes live, of many instances at once: one question to an engine, not one
        for each. Takes nothing away that a later `inspect` would have told, as an exit code."""

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        """Ask the runtime to end, or end it by force; returns at once, `inspect` tells when it is over."""

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        """Return log lines from `offset`, or the last ones for None."""
