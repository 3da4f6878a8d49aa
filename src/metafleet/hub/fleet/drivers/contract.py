"""What every driver promises: verbs that are safe to repeat, and one error type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from metafleet.hub.kernel.secrets import Secret
from metafleet.wire import loglines


class DriverError(Exception):
    """The driver could not do it. `permanent`: trying again will not help."""

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """What to start. `cpu` in cores; the token buys the assignment once, over HTTP.

    `host`: where it is to run, "" for wherever the driver likes. `avoid`: ids at the engine
    (`Machine.provider_id`) of hosts on which nothing more is to be started; a driver of one host, or
    one that is told its host, need not read it. `expert_hash`: of the EA's code, as receipts name it.
    `is_shipped`: the EA is our own code; another's is never forked from a parent that others share,
    and runs isolated or not at all.
    `platform`: of the account; the terminals of some are Windows programs.
    `log_format`: how the runner writes its log, `line` or `json`.
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
    avoid: tuple[str, ...] = ()
    expert_hash: str = ""
    platform: str = "paper"
    log_format: str = "line"

    @property
    def environment(self) -> dict[str, str]:
        """What a container gets beside what its image says; nothing for what is so anyway."""
        return {} if self.log_format == "line" else {loglines.SETTING: self.log_format}


@dataclass(frozen=True, slots=True)
class Started:
    """`handle` finds the runtime again; `limits` says in words what is enforced."""

    handle: dict[str, Any]
    host: str
    limits: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What the driver sees now. `exit_code` only where the driver could learn it.

    `is_presumed`: it is not alive as far as the engine can tell, which has lost the machine: it may go on
    all the same. Else `alive` False is certain.
    `started`: what `start` returned, where the driver had to find the runtime without its handle.
    `reason`: what the driver knows of an end or a delay, for a person; "" for nothing.
    `host`: where it is, by the name of its `Machine`; "" where the driver does not say.
    """

    alive: bool
    is_presumed: bool = False
    exit_code: int | None = None
    cpu_percent: float | None = None
    memory_mb: float | None = None
    started: Started | None = None
    reason: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class LogSlice:
    """Whole lines, and where the next read goes on (a byte offset)."""

    lines: list[str]
    next_offset: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine on which a driver starts runners. `cpu` in cores, `cpu_percent` of all of them.

    `name`: as `Started.host` and `Sight.host` have it. `provider_id`: its id at the engine, if it has one.
    `is_up`: its engine hears it just now. `is_open`: its engine itself may start runners on it.
    """

    name: str
    cpu: float
    memory_mb: int
    cpu_percent: float | None = None
    memory_used_mb: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    provider_id: str = ""
    is_up: bool = True
    is_open: bool = True


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

    def isolation_gap(self) -> str:
        """Return why it could not run uploaded code isolated, in a sentence with the way out; "" where it
        can. What `start` finds then decides: it never starts such code without."""

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        """Return log lines from `offset`, or the last ones for None."""

    def hosts(self) -> Sequence[Machine]:
        """Return the machines on which it starts runners, as they are now; those too that its engine
        does not hear. None where it does not know them. Raises DriverError."""


@runtime_checkable
class ClosesMachines(Protocol):
    """A driver whose engine can be told to start nothing more on a machine, and leaves what runs there."""

    def set_open(self, machine: Machine, *, is_open: bool) -> None:
        """Tell the engine whether it may start anything on the machine. Safe to repeat.

        Raises DriverError, permanent where the engine has no such machine.
        """
