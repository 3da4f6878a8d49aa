"""The ECS driver: each runner is a task of an Amazon ECS cluster, placed by it on machines with room.

A task is found by its instance's id, which it carries as `startedBy`. The one-start token goes through
Parameter Store, encrypted: the task's definition names the parameter, and a shell hands the value to
the runner's standard input and drops it. So no call of the ECS API and no command line shows it; the
environment of that shell does, for as long as it lives. The ticket is good once, for a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
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
from metafleet.hub.fleet.drivers.ecs import definition
from metafleet.hub.fleet.drivers.ecs.place import Place

AT_ONCE: Final = 100
"""Tasks that one DescribeTasks may name. Source: Amazon ECS API reference."""
STOP_REASON: Final = "metafleet"
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
    return EcsDriver(Place(**settings.ECS))


class EcsDriver:
    name = "ecs"

    def __init__(self, place: Place) -> None:
        self._place = place

    def start(self, spec: RuntimeSpec) -> Started:
        with _translated():
            if any(_lives(task) for task in self._tasks_of(spec.instance_id)):
                raise DriverError("A runner of this instance is still alive.", permanent=False)
            parameter = self._place.parameter(spec.instance_id)
            ticket = {"gatewayUrl": spec.gateway_url, "assignmentToken": spec.assignment_token.reveal()}
            self._client("ssm").put_parameter(
                Name=parameter, Value=json.dumps(ticket), Type="SecureString", Overwrite=True
            )
            made = self._client("ecs").register_task_definition(**definition.of(self._place, spec, parameter))
            answer = self._client("ecs").run_task(
                **self._place.where(),
                taskDefinition=made["taskDefinition"]["taskDefinitionArn"],
                count=1,
                startedBy=str(spec.instance_id),
                # Asked twice for one run, ECS starts one task.
                clientToken=spec.run_id.hex,
                tags=[
                    {"key": "metafleet:run", "value": str(spec.run_id)},
                    {"key": "metafleet:generation", "value": str(spec.generation)},
                ],
            )
        if not answer["tasks"]:
            reasons = ", ".join(failure.get("reason", "?") for failure in answer.get("failures", []))
            raise DriverError(
                f"ECS found no place for the task: {reasons or 'no reason given'}.", permanent=False
            )
        return _started(answer["tasks"][0])

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        with _translated():
            arn = handle.get("task")
            tasks = self._describe([arn]) if arn else self._tasks_of(instance_id)
        living = [task for task in tasks if _lives(task)]
        if living:
            return Sight(alive=True, started=None if handle else _started(living[0]))
        if not tasks:  # ECS forgets a task an hour after its end
            return Sight(alive=False)
        exit_codes = [
            container["exitCode"] for container in tasks[0].get("containers", []) if "exitCode" in container
        ]
        reason = tasks[0].get("stoppedReason", "")
        return Sight(
            alive=False,
            exit_code=exit_codes[0] if exit_codes else None,
            reason="" if reason == STOP_REASON else reason,
        )

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        by_arn = {handle["task"]: name for name, handle in handles.items() if "task" in handle}
        arns = list(by_arn)
        with _translated():
            return {
                by_arn[task["taskArn"]]
                for start in range(0, len(arns), AT_ONCE)
                for task in self._describe(arns[start : start + AT_ONCE])
                if _lives(task)
            }

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:  # noqa: ARG002
        """ECS asks first and ends it by force after the definition's `stopTimeout`, either way."""
        with _translated():
            arns = (
                [handle["task"]] if "task" in handle else [t["taskArn"] for t in self._tasks_of(instance_id)]
            )
            for task in self._describe(arns) if arns else []:
                if _lives(task):
                    self._client("ecs").stop_task(
                        cluster=self._place.cluster, task=task["taskArn"], reason=STOP_REASON
                    )
            with suppress(self._client("ssm").exceptions.ParameterNotFound):
                self._client("ssm").delete_parameter(Name=self._place.parameter(instance_id))

    def hosts(self) -> Sequence[Machine]:
        return []

    def isolation_gap(self) -> str:
        return ""  # a task is alone, on a network that leads where its security group lets it

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:  # noqa: ARG002
        """Return what CloudWatch has; the offset is the last event's instant, milliseconds, and one more.

        Events of one millisecond are read together or not at all, so none is read twice.
        """
        since = {} if offset is None else {"startTime": offset}
        logs = self._client("logs")
        with _translated():
            try:
                found = logs.filter_log_events(
                    logGroupName=self._place.log_group,
                    logStreamNamePrefix=str(instance_id),
                    limit=500,
                    **since,
                )["events"]
            except logs.exceptions.ResourceNotFoundException:
                found = []
        newest = max((event["timestamp"] + 1 for event in found), default=offset or 0)
        return LogSlice([event["message"] for event in found], newest)

    def _tasks_of(self, instance_id: UUID) -> list[dict[str, Any]]:
        """Return the instance's tasks, newest first: living ones and those that ended within the hour."""
        arns: list[str] = []
        for status in ("RUNNING", "STOPPED"):
            arns += self._client("ecs").list_tasks(
                cluster=self._place.cluster, startedBy=str(instance_id), desiredStatus=status
            )["taskArns"]
        found = self._describe(arns[:AT_ONCE]) if arns else []
        return sorted(found, key=lambda task: str(task.get("createdAt", "")), reverse=True)

    def _describe(self, arns: list[str]) -> list[dict[str, Any]]:
        answer = self._client("ecs").describe_tasks(cluster=self._place.cluster, tasks=arns)
        found: list[dict[str, Any]] = answer["tasks"]
        return found

    def _client(self, service: str) -> Any:
        return _clients(service, self._place.region)


@cache
def _clients(service: str, region: str) -> Any:
    return boto3.client(service, region_name=region, config=_SHORT)


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


def _started(task: Mapping[str, Any]) -> Started:
    machine = task.get("containerInstanceArn", "")
    return Started(
        handle={"task": task["taskArn"]},
        host=machine.rpartition("/")[2] or "ecs",
        limits=f"{task.get('cpu', '?')} CPU units, {task.get('memory', '?')} MB",
    )
