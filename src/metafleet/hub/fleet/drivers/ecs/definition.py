"""The task definition of an instance: what its runner may use. Nothing of one start is in it.

Registered when it differs from the newest, so that starts do not pile revisions up; those that it
replaces are deregistered. Its tags say which run was asked for last, and when: written before
RunTask, they are what is known of a start that ECS does not show yet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from botocore.exceptions import ClientError

from metafleet.hub.fleet.drivers.contract import DriverError, RuntimeSpec
from metafleet.hub.fleet.drivers.ecs.place import WINDOWS_PLATFORMS, Place

STOP_WITHIN_S: Final = 30
CPU_UNITS: Final = 1024
"""Of one core. Source: Amazon ECS developer guide, task size."""
CONTAINER: Final = "runner"
HAND_OVER: Final = ("python", "-m", "metafleet.runner.parameter_store")
DIGEST_LABEL: Final = "metafleet.definition"
RUN_TAG: Final = "metafleet:run"
ASKED_TAG: Final = "metafleet:asked-at"
GENERATION_TAG: Final = "metafleet:generation"


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest definition of an instance, and what its tags say of the last start ("" for nothing)."""

    arn: str
    digest: str
    run: str
    asked_at: str


def family(instance_id: UUID) -> str:
    return f"metafleet-{instance_id}"


def of(place: Place, spec: RuntimeSpec) -> dict[str, Any]:
    """Return the arguments of RegisterTaskDefinition.

    Raises DriverError for an account whose terminal has no image here.
    """
    is_windows = spec.platform in WINDOWS_PLATFORMS
    if is_windows and not (place.windows_image and place.windows_capacity_provider):
        raise DriverError(
            f"An {spec.platform} terminal is a Windows program: set METAFLEET_ECS_WINDOWS_IMAGE and "
            "METAFLEET_ECS_WINDOWS_CAPACITY_PROVIDER, then try again.",
            permanent=True,
        )
    container = _container(place, spec) | (_windows(place) if is_windows else _linux(place))
    body: dict[str, Any] = {
        "family": family(spec.instance_id),
        "requiresCompatibilities": ["EC2"],
        "containerDefinitions": [container],
    }
    if is_windows:
        body["runtimePlatform"] = {
            "operatingSystemFamily": place.windows_family,
            "cpuArchitecture": "X86_64",
        }
    else:  # of Windows tasks ECS ignores these; their container's own hold
        body |= {"cpu": str(container["cpu"]), "memory": str(spec.memory_mb)}
    if place.execution_role:
        body["executionRoleArn"] = place.execution_role
    if place.task_role:
        body["taskRoleArn"] = place.task_role
    container["dockerLabels"] = {DIGEST_LABEL: sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()}
    return body


def command(place: Place, ticket: str) -> list[str]:
    """Return what one start adds to the definition: the name of its ticket, which is no secret by itself."""
    return ["--region", place.region, "--state-dir", "/state", "--ticket", ticket]


def newest(ecs: Any, instance_id: UUID) -> Newest | None:
    """Return the newest definition of the instance that is not deregistered."""
    try:
        answer = ecs.describe_task_definition(taskDefinition=family(instance_id), include=["TAGS"])
    except ClientError as error:
        # ECS says so of a family without an active revision; a server that errs is another matter.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500 and _is_absence(error):
            return None
        raise
    found = answer["taskDefinition"]
    if found.get("status", "ACTIVE") != "ACTIVE":
        return None
    tags = {tag["key"]: tag["value"] for tag in answer.get("tags", [])}
    digest = found["containerDefinitions"][0].get("dockerLabels", {}).get(DIGEST_LABEL, "")
    return Newest(found["taskDefinitionArn"], digest, tags.get(RUN_TAG, ""), tags.get(ASKED_TAG, ""))


def ready(ecs: Any, body: dict[str, Any], known: Newest | None, tags: list[dict[str, str]]) -> str:
    """Return the ARN of this definition, marked with the start that is about to be asked for."""
    digest = body["containerDefinitions"][0]["dockerLabels"][DIGEST_LABEL]
    if known is not None and known.digest == digest:
        ecs.tag_resource(resourceArn=known.arn, tags=tags)
        return known.arn
    made: str = ecs.register_task_definition(**body, tags=tags)["taskDefinition"]["taskDefinitionArn"]
    older = ecs.list_task_definitions(familyPrefix=body["family"], status="ACTIVE")["taskDefinitionArns"]
    for arn in older:
        if arn != made:
            ecs.deregister_task_definition(taskDefinition=arn)
    return made


def unmark(ecs: Any, arn: str) -> None:
    """Say that the start which was asked for last came to nothing."""
    ecs.untag_resource(resourceArn=arn, tagKeys=[RUN_TAG, ASKED_TAG])


def mark(spec: RuntimeSpec, now: datetime) -> list[dict[str, str]]:
    return [
        {"key": RUN_TAG, "value": str(spec.run_id)},
        {"key": ASKED_TAG, "value": now.isoformat()},
    ]


def _is_absence(error: ClientError) -> bool:
    said = error.response.get("Error", {})
    words = f"{said.get('Code', '')} {said.get('Message', '')}".lower()
    return "unable to describe task definition" in words or "not found" in words


def _container(place: Place, spec: RuntimeSpec) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "essential": True,
        "cpu": int(spec.cpu * CPU_UNITS),
        "memory": spec.memory_mb,
        "stopTimeout": STOP_WITHIN_S,
        **_environment(spec),
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": place.log_group,
                "awslogs-region": place.region,
                "awslogs-stream-prefix": str(spec.instance_id),
            },
        },
    }


def _environment(spec: RuntimeSpec) -> dict[str, Any]:
    said = [{"name": name, "value": value} for name, value in spec.environment.items()]
    return {"environment": said} if said else {}


def _linux(place: Place) -> dict[str, Any]:
    """No init process: it would keep the environment by which the task's role is had, and with that the
    way to it, beside the EA for as long as that lives."""
    return {
        "image": place.image,
        "entryPoint": list(HAND_OVER),
        "readonlyRootFilesystem": True,
        "user": "10001:10001",
        "dockerSecurityOptions": ["no-new-privileges"],
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [{"containerPath": path, "size": 64} for path in ("/state", "/tmp")],  # noqa: S108
        },
    }


def _windows(place: Place) -> dict[str, Any]:
    """The image's own entry point takes the ticket: Windows knows none of the limits above."""
    return {"image": place.windows_image}
