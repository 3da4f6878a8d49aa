"""The end of all runners of one installation: what another one started on the same engine lives on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import docker
from docker.errors import APIError, NotFound

from metafleet.hub.fleet.drivers.docker import engine
from metafleet.hub.fleet.drivers.docker.sandbox import STOP_GRACE_S

_LOOK_EVERY_S = 0.1
_KILLED_WITHIN_S = 5.0
_NOT_RUNNING = 409


def stop_containers(api: docker.APIClient, installation: str, patience_s: float) -> int:
    """Ask every runner to end, end by force what lives on; return how many there were. Raises DriverError."""
    with engine.trouble("stop the EAs' containers"):
        living = _containers(api, installation)
        _signal(api, living, "SIGTERM")
        _wait(lambda: not _containers(api, installation), patience_s)
        _signal(api, _containers(api, installation), "SIGKILL")
        _wait(lambda: not _containers(api, installation), _KILLED_WITHIN_S)
        return len(living)


def stop_services(api: docker.APIClient, installation: str) -> int:
    """Take every service's task away, by force where it does not end by itself; return how many had one.

    Raises DriverError.
    """
    with engine.trouble("stop the EAs' services"):
        services = [each for each in _services(api, installation) if _wants_a_task(each)]
        for service in services:
            with suppress(NotFound):
                api.update_service(
                    service["ID"],
                    service["Version"]["Index"],
                    mode={"Replicated": {"Replicas": 0}},
                    fetch_current_spec=True,
                )
        ids = {service["ID"] for service in services}
        _wait(lambda: not _busy(api, ids), STOP_GRACE_S + _KILLED_WITHIN_S)
        return len(services)


def _containers(api: docker.APIClient, installation: str) -> list[str]:
    wanted = {"label": _mine(installation), "status": ["running", "paused"]}
    return [str(each["Id"]) for each in api.containers(filters=wanted)]


def _signal(api: docker.APIClient, ids: list[str], name: str) -> None:
    for container_id in ids:
        try:
            api.kill(container_id, name)
        except APIError as error:
            if not isinstance(error, NotFound) and error.status_code != _NOT_RUNNING:
                raise


def _services(api: docker.APIClient, installation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.services(filters={"label": _mine(installation)})
    return found


def _wants_a_task(service: dict[str, Any]) -> bool:
    return bool(service["Spec"]["Mode"]["Replicated"]["Replicas"])


def _busy(api: docker.APIClient, services: set[str]) -> bool:
    return any(
        task["ServiceID"] in services and task["Status"]["State"] not in engine.OVER for task in api.tasks()
    )


def _mine(installation: str) -> str:
    return f"{engine.INSTALLATION_LABEL}={installation}"


def _wait(is_over: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not is_over() and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
