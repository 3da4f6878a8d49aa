"""The ECS driver: each runner is a task of an Amazon ECS cluster, placed by it on machines with room.

A task is found by the family of its definition, which is the instance's own. ECS may take a while to
show a task that it has started: until then what was asked for counts as alive, so that nothing is
started beside it. The one-start ticket goes through Parameter Store (`tickets`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, Final
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from metafleet.hub.fleet.drivers.contract import (
    DriverError,
    LogSlice,
    Machine,
    RuntimeSpec,
    Sight,
    Started,
)
from metafleet.hub.fleet.drivers.ecs import definition, log_events, tickets
from metafleet.hub.fleet.drivers.ecs.machines import Machines
from metafleet.hub.fleet.drivers.ecs.place import Place
from metafleet.hub.kernel import clock

AT_ONCE: Final = 100
"""Tasks that one DescribeTasks may name. Source: Amazon ECS API reference."""
SHOWN_WITHIN: Final = timedelta(seconds=60)
"""How long after RunTask a task may be missing from ECS's lists: they follow "eventually", mostly in
seconds. Source: Amazon ECS API reference, RunTask."""
STOP_REASON: Final = "metafleet"
NOT_SHOWN: Final = "Asked for a moment ago; Amazon ECS does not show it yet"
_ENDED: Final = {"DEPROVISIONING", "STOPPED", "DELETED"}
_PERMANENT: Final = {
    "AccessDeniedException",
    "ClientException",
    "ClusterNotFoundException",
    "InvalidParameterException",
    "UnrecognizedClientException",
}
_SHORT: Final = Config(connect_timeout=3, read_timeout=8, retries={"max_attempts": 2})
"""Shorter than a lease: a worker must not hold an instance that has been taken over."""


@cache
def create() -> EcsDriver:
    """One for the process: it keeps its connections."""
    return EcsDriver(Place(**settings.ECS))


class EcsDriver:
    name = "ecs"

    def __init__(self, place: Place, shown_within: timedelta = SHOWN_WITHIN) -> None:
        self._place = place
        self._shown_within = shown_within

    def start(self, spec: RuntimeSpec) -> Started:
        body = definition.of(self._place, spec)
        folder = self._place.tickets(spec.instance_id)
        with _translated():
            known = definition.newest(self._ecs, spec.instance_id)
            tasks = self._tasks_of(spec.instance_id)
            if any(_lives(task) for task in tasks) or self._is_pending(known, tasks):
                raise DriverError("A runner of this instance is still alive.", permanent=False)
            where = self._place.where(spec.platform) | self._constraints(spec)
            tickets.sweep(self._ssm, folder)
            ticket = tickets.put(self._ssm, folder, spec)
            mark = definition.mark(spec, clock.now())
            arn = definition.ready(self._ecs, body, known, mark)
            task = self._run(spec, where, arn, ticket, mark)
        host = ""
        with suppress(DriverError), _translated():  # it runs, whatever its machine is called
            host = self._host_of(task)
        return _started(task, mark, host)

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        with _translated():
            tasks = self._describe([handle["task"]]) if "task" in handle else self._tasks_of(instance_id)
            if not tasks and "task" in handle:
                # ECS forgets a task an hour after its end; a new one it may not know yet.
                is_new = self._is_new(handle.get("askedAt", ""))
                return Sight(alive=is_new, is_presumed=not is_new, reason=NOT_SHOWN if is_new else "")
            if "task" not in handle and not any(_lives(task) for task in tasks):
                known = definition.newest(self._ecs, instance_id)
                if self._is_pending(known, tasks):
                    return Sight(alive=True, reason=NOT_SHOWN)
            living = [task for task in tasks if _lives(task)]
            if living:
                task, host = living[0], self._host_of(living[0])
                started = None if handle else _started(task, task["tags"], host)
                return Sight(alive=True, started=started, host=host)
        return _end_of(tasks[0]) if tasks else Sight(alive=False)

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        by_arn = {handle["task"]: name for name, handle in handles.items() if "task" in handle}
        arns = list(by_arn)
        with _translated():
            found = [
                task
                for start in range(0, len(arns), AT_ONCE)
                for task in self._describe(arns[start : start + AT_ONCE])
            ]
        shown = {task["taskArn"] for task in found}
        unshown = {
            name
            for arn, name in by_arn.items()
            if arn not in shown and self._is_new(handles[name].get("askedAt", ""))
        }
        return unshown | {by_arn[task["taskArn"]] for task in found if _lives(task)}

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:  # noqa: ARG002
        """ECS asks first and ends it by force after the definition's `stopTimeout`, either way.

        Raises DriverError, not permanent, for a task that ECS does not know yet.
        """
        with _translated():
            tasks = self._describe([handle["task"]]) if "task" in handle else self._tasks_of(instance_id)
            for task in tasks:
                if _lives(task):
                    self._ecs.stop_task(cluster=self._place.cluster, task=task["taskArn"], reason=STOP_REASON)
                if ticket := _ticket_of(task):
                    tickets.withdraw(self._ssm, ticket)
            if not handle:  # with the start that is cut short goes what it would have run by
                tickets.sweep(self._ssm, self._place.tickets(instance_id))
        if not tasks and self._is_new(handle.get("askedAt", "")):
            raise DriverError(f"{NOT_SHOWN}, so it cannot be stopped yet.", permanent=False)

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        """Return what CloudWatch has; the offset is the last event's instant, milliseconds, and one more."""
        with _translated():
            group, prefix = self._place.log_group, str(instance_id)
            if offset is None:
                return log_events.last(self._logs, group, prefix, most_bytes=most_bytes)
            return log_events.since(self._logs, group, prefix, offset, most_bytes=most_bytes)

    def isolation_gap(self) -> str:
        return ""  # a task is alone, on a network that leads where its security group lets it

    def hosts(self) -> Sequence[Machine]:
        with _translated():
            return self._machines.all()

    def set_open(self, machine: Machine, *, is_open: bool) -> None:
        with _translated():
            self._machines.set_open(machine.provider_id, is_open=is_open)

    def _run(
        self, spec: RuntimeSpec, where: dict[str, Any], arn: str, ticket: str, mark: list[dict[str, str]]
    ) -> dict[str, Any]:
        """Return the task. What was refused for certain is marked as not begun, and raised."""
        override = {"name": definition.CONTAINER, "command": definition.command(self._place, ticket)}
        try:
            answer = self._ecs.run_task(
                **where,
                taskDefinition=arn,
                count=1,
                startedBy=str(spec.instance_id),
                # Asked twice for one run, as by a retry after an answer that was lost, ECS starts one task.
                clientToken=spec.run_id.hex,
                overrides={"containerOverrides": [override]},
                tags=[*mark, {"key": definition.GENERATION_TAG, "value": str(spec.generation)}],
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                self._give_up(arn, ticket)
            raise
        if not answer["tasks"]:
            self._give_up(arn, ticket)
            reasons = ", ".join(failure.get("reason", "?") for failure in answer.get("failures", []))
            said = f"ECS found no place for the task: {reasons or 'no reason given'}."
            raise DriverError(said, permanent=False)
        task: dict[str, Any] = answer["tasks"][0]
        return task

    def _give_up(self, arn: str, ticket: str) -> None:
        tickets.withdraw(self._ssm, ticket)
        definition.unmark(self._ecs, arn)

    def _tasks_of(self, instance_id: UUID) -> list[dict[str, Any]]:
        """Return the instance's tasks, newest first: living ones and those that ended within the hour."""
        arns: list[str] = []
        for status in ("RUNNING", "STOPPED"):
            arns += self._ecs.list_tasks(
                cluster=self._place.cluster, family=definition.family(instance_id), desiredStatus=status
            )["taskArns"]
        found = self._describe(arns[:AT_ONCE]) if arns else []
        return sorted(found, key=lambda task: _tag(task["tags"], definition.ASKED_TAG), reverse=True)

    def _describe(self, arns: list[str]) -> list[dict[str, Any]]:
        answer = self._ecs.describe_tasks(cluster=self._place.cluster, tasks=arns, include=["TAGS"])
        found: list[dict[str, Any]] = [{"tags": []} | task for task in answer["tasks"]]
        return found

    def _is_pending(self, known: definition.Newest | None, tasks: list[dict[str, Any]]) -> bool:
        """Whether a start was asked for lately whose task ECS shows neither living nor ended."""
        if known is None or not self._is_new(known.asked_at):
            return False
        return known.run not in {_tag(task["tags"], definition.RUN_TAG) for task in tasks}

    def _is_new(self, asked_at: str) -> bool:
        return bool(asked_at) and clock.now() - datetime.fromisoformat(asked_at) < self._shown_within

    def _constraints(self, spec: RuntimeSpec) -> dict[str, Any]:
        """Say where it must run, and where not. Source: Amazon ECS developer guide, query language."""
        words = []
        if spec.host:
            machine = self._machines.id_of(spec.host)
            if not machine:
                raise DriverError(f"The cluster has no machine {spec.host}.", permanent=False)
            words.append(f"ec2InstanceId == {machine}")
        if spec.avoid:
            words.append(f"!(ec2InstanceId in [{', '.join(spec.avoid)}])")
        return {"placementConstraints": [{"type": "memberOf", "expression": word} for word in words]}

    def _host_of(self, task: Mapping[str, Any]) -> str:
        """Return the name of its machine; "" while ECS has not found it one."""
        arn = task.get("containerInstanceArn")
        return self._machines.name_of(arn) if arn else ""

    @cached_property
    def _machines(self) -> Machines:
        return Machines(self._ecs, self._client("ec2"), self._place.cluster)

    @cached_property
    def _ecs(self) -> Any:
        return self._client("ecs")

    @cached_property
    def _ssm(self) -> Any:
        return self._client("ssm")

    @cached_property
    def _logs(self) -> Any:
        return self._client("logs")

    def _client(self, service: str) -> Any:
        return boto3.client(service, region_name=self._place.region, config=_SHORT)


@contextmanager
def _translated() -> Iterator[None]:
    """Raise what Amazon refuses as DriverError; a wrong setting stays wrong, a busy API does not."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise DriverError(f"Amazon ECS refused: {error}", permanent=code in _PERMANENT) from error
    except BotoCoreError as error:
        raise DriverError(f"Amazon ECS cannot be reached: {error}", permanent=False) from error


def _lives(task: Mapping[str, Any]) -> bool:
    return task["lastStatus"] not in _ENDED


def _end_of(task: Mapping[str, Any]) -> Sight:
    exit_codes = [
        container["exitCode"] for container in task.get("containers", []) if "exitCode" in container
    ]
    reason = task.get("stoppedReason", "")
    return Sight(
        alive=False,
        exit_code=exit_codes[0] if exit_codes else None,
        reason="" if reason == STOP_REASON else reason,
    )


def _started(task: Mapping[str, Any], tags: list[dict[str, str]], host: str) -> Started:
    return Started(
        handle={"task": task["taskArn"], "askedAt": _tag(tags, definition.ASKED_TAG)},
        host=host,
        limits=f"{task.get('cpu', '?')} CPU units, {task.get('memory', '?')} MB",
    )


def _ticket_of(task: Mapping[str, Any]) -> str:
    overrides = task.get("overrides", {}).get("containerOverrides", [])
    command = overrides[0].get("command", []) if overrides else []
    return str(command[-1]) if command else ""


def _tag(tags: list[dict[str, str]], key: str) -> str:
    return next((tag["value"] for tag in tags if tag["key"] == key), "")
