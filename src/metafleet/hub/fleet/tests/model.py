"""A driver that fails, delays and lies, and the runners that it runs: a model of bad machines.

What goes wrong, and when, is given as a list of mishaps, one for each call in turn; after the last
of them everything is honest. A runner here does what a real one does: it signs in after a while,
obeys its commands, and stops itself once its token is an older one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from metafleet.hub.fleet import leases
from metafleet.hub.fleet.drivers.contract import (
    DriverError,
    LogSlice,
    Machine,
    RuntimeSpec,
    Sight,
    Started,
)
from metafleet.hub.fleet.models import Command, CommandState, Run, Terminal

Mishap = Literal[
    "none", "fails", "fails after all", "delays", "says dead", "says alive", "cannot say", "crash", "kill -9"
]

FIRST_WORDS_AFTER = timedelta(seconds=1)
LATE_WORDS_AFTER = timedelta(seconds=50)
"""After a start that delays: later than `steps.FIRST_SIGN_DEADLINE`."""


class Killed(BaseException):
    """The worker is gone in the middle of a verb: nothing of it runs on, no `finally` either."""


@dataclass(slots=True)
class Runner:
    """One process: since when, which token it holds, and what it says."""

    run_id: UUID
    token_version: int
    speaks_at: datetime
    status: str
    is_alive: bool = True
    exit_code: int | None = None
    has_said: str = ""


@dataclass(slots=True)
class ModelDriver:
    """The driver's verbs over `runners`; `mishaps` are used up from the front."""

    terminal_id: UUID
    now: datetime
    mishaps: list[Mishap] = field(default_factory=list)
    runners: list[Runner] = field(default_factory=list)
    most_current: int = 0
    worker_is_dead: bool = False
    name: str = "model"

    def start(self, spec: RuntimeSpec) -> Started:
        luck = self._luck()
        if any(runner.is_alive for runner in self.runners):
            raise DriverError("A runner of this instance is still alive.", permanent=False)
        if luck == "fails":
            raise DriverError("No room on this machine.", permanent=False)
        self.runners.append(self._born(spec.run_id, late=luck == "delays"))
        if luck == "kill -9":
            self._kill_the_worker()
        if luck == "fails after all":
            raise DriverError("The engine did not answer in time.", permanent=False)
        return self._started(self.runners[-1])

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        luck = self._luck()
        runner = self._find(handle)
        if luck == "cannot say":
            raise DriverError("The engine is away.", permanent=False)
        if luck == "kill -9":
            self._kill_the_worker()
        if luck == "crash" and runner is not None:
            runner.is_alive, runner.exit_code = False, 1
        alive = runner is not None and runner.is_alive
        if luck in {"says dead", "says alive"}:
            alive = luck == "says alive"
        if runner is None:
            return Sight(alive=alive)
        return Sight(
            alive=alive, exit_code=None if alive else runner.exit_code, started=self._started(runner)
        )

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        return {name for name, handle in handles.items() if (found := self._find(handle)) and found.is_alive}

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        luck = self._luck()
        if luck == "kill -9":
            self._kill_the_worker()
        if luck == "fails":
            raise DriverError("The engine did not answer in time.", permanent=False)
        runner = self._find(handle)
        if runner is not None and runner.is_alive and luck != "delays":
            runner.is_alive, runner.exit_code = False, -9

    def isolation_gap(self) -> str:
        return ""

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        return LogSlice([], 0)

    def hosts(self) -> Sequence[Machine]:
        return []

    def live(self, now: datetime) -> None:
        """Let every runner do what it does until `now`. In the tenant's scope."""
        self.now = now
        terminal = Terminal.objects.filter(id=self.terminal_id)
        token_version = terminal.values_list("token_version", flat=True).get()
        current = [
            runner for runner in self.runners if runner.is_alive and runner.token_version == token_version
        ]
        self.most_current = max(self.most_current, len(current))
        for runner in self.runners:
            if not runner.is_alive or runner.speaks_at > now:
                continue
            if runner not in current:
                runner.is_alive, runner.exit_code = False, 5  # fenced off: it stops itself
            else:
                self._obey(runner)
                self._beat(runner)

    def wakes_at(self) -> datetime | None:
        """When next a runner does something of its own accord that it does not do already."""
        first_words = (runner.speaks_at for runner in self.runners if runner.is_alive)
        return min((at for at in first_words if at > self.now), default=None)

    def _obey(self, runner: Runner) -> None:
        orders = Command.objects.filter(terminal_id=self.terminal_id, finished_at=None)
        for order in orders.order_by("created_at", "id"):
            words = {"PAUSE": "paused", "RESUME": "running", "STOP": "stopped"}
            runner.status = words.get(order.type, runner.status)
            Command.objects.filter(id=order.id).update(state=CommandState.DONE, finished_at=self.now)

    def _beat(self, runner: Runner) -> None:
        this_run = Run.objects.filter(id=runner.run_id, ended_at=None)
        if runner.has_said == runner.status:
            accepted = this_run.update(heartbeat_at=self.now)
        else:
            accepted = self._say(runner, this_run)
        if runner.status == "stopped" or not accepted:
            runner.is_alive, runner.exit_code = False, 0

    def _say(self, runner: Runner, this_run: QuerySet[Run]) -> int:
        """Report another status than before, the first time with the run's proof."""
        run = Run.objects.select_related("instance__account", "version").get(id=runner.run_id)
        if run.intent == "flatten":
            runner.status = "stopped"
        instance = run.instance
        Terminal.objects.filter(id=self.terminal_id).update(trade_allowed=True)
        accepted = this_run.update(
            reported_status=runner.status,
            heartbeat_at=self.now,
            first_heartbeat_at=run.first_heartbeat_at or self.now,
            report=run.report
            or {
                "login": str(instance.account.login),
                "server": instance.account.server,
                "hash": run.version.content_hash if run.version else "",
                "symbol": instance.symbol,
                "firstTickAt": self.now.isoformat(),
            },
        )
        if accepted and run.reported_status != runner.status:
            type(instance).objects.filter(id=instance.id).update(reconcile_due_at=self.now)
        runner.has_said = runner.status
        return accepted

    def _born(self, run_id: UUID, *, late: bool) -> Runner:
        run = Run.objects.select_related("instance__terminal").get(id=run_id)
        first_words_at = self.now + (LATE_WORDS_AFTER if late else FIRST_WORDS_AFTER)
        status = "paused" if run.intent == "paused" else "running"
        return Runner(run_id, run.instance.terminal.token_version, first_words_at, status)

    def _started(self, runner: Runner) -> Started:
        return Started({"run": str(runner.run_id)}, "model-host", "none")

    def _find(self, handle: dict[str, Any]) -> Runner | None:
        named = [runner for runner in self.runners if str(runner.run_id) == handle.get("run")]
        # Without a handle it is found by its instance's label, as an engine would: the newest.
        return named[0] if named else (self.runners[-1] if self.runners and not handle else None)

    def _luck(self) -> Mishap:
        return self.mishaps.pop(0) if self.mishaps else "none"

    def _kill_the_worker(self) -> None:
        self.worker_is_dead = True
        raise Killed

    def release(self, claim: leases.Claim, again_at: datetime | None) -> None:
        """Stand in for `leases.release`: a worker that was killed gives nothing back."""
        if not self.worker_is_dead:
            leases_release(claim, again_at)


leases_release = leases.release
