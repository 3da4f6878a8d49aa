"""The task definition of one start: what the runner may use, and how it gets its ticket."""

from __future__ import annotations

from typing import Any, Final

from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.drivers.ecs.place import Place

STOP_WITHIN_S: Final = 30
CPU_UNITS: Final = 1024
"""Of one core. Source: Amazon ECS developer guide, task size."""
_TICKET: Final = "RUNNER_TICKET"
_HAND_OVER: Final = (
    f'printf "%s\\n" "${_TICKET}" | env -u {_TICKET} python -m metafleet.runner --state-dir /state'
)


def of(place: Place, spec: RuntimeSpec, parameter: str) -> dict[str, Any]:
    """Return the arguments of RegisterTaskDefinition."""
    container: dict[str, Any] = {
        "name": "runner",
        "image": place.image,
        "essential": True,
        "cpu": int(spec.cpu * CPU_UNITS),
        "memory": spec.memory_mb,
        "entryPoint": ["sh", "-c"],
        "command": [_HAND_OVER],
        "secrets": [{"name": _TICKET, "valueFrom": parameter}],
        "readonlyRootFilesystem": True,
        "user": "10001:10001",
        "dockerSecurityOptions": ["no-new-privileges"],
        "stopTimeout": STOP_WITHIN_S,
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [{"containerPath": path, "size": 64} for path in ("/state", "/tmp")],  # noqa: S108
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": place.log_group,
                "awslogs-region": place.region,
                "awslogs-stream-prefix": str(spec.instance_id),
            },
        },
    }
    roles = {"executionRoleArn": place.execution_role} if place.execution_role else {}
    return {
        "family": f"metafleet-{spec.instance_id}",
        "requiresCompatibilities": ["EC2"],
        "cpu": str(container["cpu"]),
        "memory": str(spec.memory_mb),
        "containerDefinitions": [container],
    } | roles
