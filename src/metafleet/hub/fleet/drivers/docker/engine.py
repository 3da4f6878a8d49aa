"""Docker Engine by its SDK: what it throws becomes DriverError, and runners are found by name.

A container or service is called after its instance, and names are unique in an engine and in
a Swarm: so the engine itself sees to it that an instance has one runtime at a time.
Source: Docker Engine API 1.41, https://docs.docker.com/engine/api/v1.41/
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import docker
import requests
from docker.errors import APIError, DockerException, NotFound

from metafleet.hub.fleet.drivers.contract import DriverError, RuntimeSpec

TIMEOUT_S = 30
"""An engine that is busy with a hundred starts takes seconds for one; beyond this it hangs."""
POOL = 4
"""Kept connections to the engine: a worker takes one step at a time, a log reader beside it."""

INSTALLATION_LABEL = "metafleet.installation"
"""Whose runner it is, where several installations share an engine."""
INSTANCE_LABEL = "metafleet.instance"
RUN_LABEL = "metafleet.run"
GENERATION_LABEL = "metafleet.generation"
LIMITS_LABEL = "metafleet.limits"
"""What is enforced, in words: who finds the runtime again finds them with it."""

OVER = frozenset({"complete", "shutdown", "failed", "rejected", "remove", "orphaned"})
"""States of a Swarm's task from which it does not come back."""

_PASSING = {404, 408, 409, 429}
"""Gone or taken meanwhile, or busy: the next look decides anew. Other 4xx mean our request is wrong."""


def connect(base_url: str, environment: Mapping[str, str] | None = None) -> docker.APIClient:
    """Return a client of the engine at this address; "" is the machine's own, or DOCKER_HOST.

    environment: where DOCKER_HOST and its siblings are read, this process's own for None.
    Raises DriverError.
    """
    with trouble("answer, so it cannot be asked for anything"):
        if base_url:
            return docker.APIClient(base_url=base_url, version="auto", timeout=TIMEOUT_S, num_pools=POOL)
        return docker.DockerClient.from_env(
            version="auto", timeout=TIMEOUT_S, max_pool_size=POOL, environment=environment
        ).api


def is_here(api: docker.APIClient) -> bool:
    """Whether the engine is on this machine: a Unix socket leads to no other."""
    return str(api.base_url).startswith("http+docker://localhost")


@contextmanager
def trouble(task: str) -> Iterator[None]:
    """Turn what the SDK raises into DriverError: `task` completes "Docker did not …"."""
    try:
        yield
    except APIError as error:
        code = error.status_code or 500
        permanent = 400 <= code < 500 and code not in _PASSING
        raise DriverError(
            f"Docker did not {task}: {error.explanation or error}", permanent=permanent
        ) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise DriverError(f"Docker did not {task}: {error}", permanent=False) from error


def name_of(instance_id: UUID) -> str:
    return f"metafleet-{instance_id}"


def labels(spec: RuntimeSpec, limits: str, installation: str) -> dict[str, str]:
    return {
        INSTALLATION_LABEL: installation,
        INSTANCE_LABEL: str(spec.instance_id),
        RUN_LABEL: str(spec.run_id),
        GENERATION_LABEL: str(spec.generation),
        LIMITS_LABEL: limits,
    }


def ticket(spec: RuntimeSpec) -> bytes:
    """The line that the runner reads from its standard input. Holds the token: never logged."""
    work = {"gatewayUrl": spec.gateway_url, "assignmentToken": spec.assignment_token.reveal()}
    return json.dumps(work).encode() + b"\n"


def container(api: docker.APIClient, name: str) -> dict[str, Any] | None:
    """Return what the engine knows of a container, by name or id; None when there is none."""
    try:
        found: dict[str, Any] = api.inspect_container(name)
    except NotFound:
        return None
    return found


@contextmanager
def standard_input(api: docker.APIClient, container_id: str) -> Iterator[socket.socket]:
    """Hold the standard input of a container; it ends with this block."""
    stream = api.attach_socket(container_id, params={"stdin": 1, "stream": 1})
    wire: socket.socket = getattr(stream, "_sock", stream)
    try:
        yield wire
    finally:
        # The SDK keeps the answer beside the stream; all three hold the one socket open.
        stream._response.close()
        stream.close()
        wire.close()
