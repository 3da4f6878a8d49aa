"""The docker driver: each runner is a container of one engine, or a service of a Swarm (`swarm`).

The container outlives the worker that started it. It is called after its instance: the engine
refuses a second one of that name, whoever asks. The one that ended last is kept under another
name until the next ends, for its log.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import docker
from django.conf import settings
from docker.errors import APIError, NotFound

from metafleet.hub.fleet.drivers import machine
from metafleet.hub.fleet.drivers.contract import (
    Driver,
    DriverError,
    LogSlice,
    Machine,
    RuntimeSpec,
    Sight,
    Started,
)
from metafleet.hub.fleet.drivers.docker import engine, image, log_lines, sandbox, usage
from metafleet.hub.fleet.drivers.docker.network import UNFENCED, RunnerNetwork, bridge_of
from metafleet.hub.kernel import clock

_ENDED = frozenset({"exited", "dead"})


@cache
def create() -> Driver:
    """One for the process: it keeps its connections to the engine."""
    if settings.DOCKER_SWARM:
        from metafleet.hub.fleet.drivers.docker.swarm import Placement, SwarmDriver

        placement = Placement(settings.DOCKER_CONSTRAINTS, settings.DOCKER_SPREAD)
        return SwarmDriver(
            settings.DOCKER_ENGINE,
            settings.DOCKER_IMAGE,
            settings.DOCKER_NETWORK,
            placement,
            settings.INSTALLATION_ID,
        )
    ports = (urlsplit(settings.RUNNER_GATEWAY_URL).port or 80, settings.BROKER_PORT)
    bridge = bridge_of(settings.INSTALLATION_ID)
    network = RunnerNetwork(settings.DOCKER_NETWORK, settings.DOCKER_SUBNET, bridge, ports)
    return DockerDriver(settings.DOCKER_ENGINE, settings.DOCKER_IMAGE, network, settings.INSTALLATION_ID)


class DockerDriver:
    name = "docker"

    def __init__(
        self, base_url: str, image_name: str, network: RunnerNetwork, installation: str = "main"
    ) -> None:
        self._base_url = base_url
        self._image = image_name
        self._network = network
        self._installation = installation

    @cached_property
    def _api(self) -> docker.APIClient:
        return engine.connect(self._base_url)

    def close(self) -> None:
        """Give the connections to the engine up."""
        if "_api" in self.__dict__:
            self._api.close()

    @cached_property
    def _host(self) -> str:
        return str(self._api.info()["Name"])

    def start(self, spec: RuntimeSpec) -> Started:
        refuse_loopback(spec.gateway_url, self._network.host_address)
        with engine.trouble("start the EA's container"):
            found = image.find(self._api, self._image)
            if spec.is_shipped:
                found.refuse_other_code(spec.expert_hash)
            reach = self._network.ensure(self._api)
            if reach == UNFENCED and not spec.is_shipped:
                raise DriverError(
                    "An uploaded EA runs only isolated, and a container here would reach every port of this "
                    "machine. Run the worker as root with iptables, or make the network "
                    f"{self._network.name} yourself.",
                    permanent=True,
                )
            limits = sandbox.limits_in_words(spec, reach)
            self._make_way(engine.name_of(spec.instance_id))
            labels = engine.labels(spec, limits, self._installation)
            body = sandbox.container(spec, image=found.id, network=self._network.name, labels=labels)
            made = self._create(body, engine.name_of(spec.instance_id))
            self._run(made, spec)
            return Started(handle=_handle(made, found.id), host=self._host, limits=limits)

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        with engine.trouble("say how the EA's container is"):
            found = engine.container(self._api, handle.get("container") or engine.name_of(instance_id))
            if found is None:
                return Sight(alive=False)
            if not found["State"]["Running"]:
                return Sight(alive=False, exit_code=_exit_code(found), reason=_reason(found))
            used = usage.of(self._api, found, clock.now())
            started = None if handle else self._started(found)
            return Sight(alive=True, cpu_percent=used.cpu_percent, memory_mb=used.memory_mb, started=started)

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        with engine.trouble("list the EAs' containers"):
            wanted = {"label": [engine.INSTANCE_LABEL], "status": ["running", "paused"]}
            found = self._api.containers(filters=wanted)
        ids = {each["Id"] for each in found}
        names = {each["Names"][0].lstrip("/") for each in found if each["Names"]}
        return {
            instance_id
            for instance_id, handle in handles.items()
            if (handle["container"] in ids if "container" in handle else engine.name_of(instance_id) in names)
        }

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:
        name = handle.get("container") or engine.name_of(instance_id)
        with engine.trouble("stop the EA's container"):
            try:
                self._api.kill(name, "SIGKILL" if force else "SIGTERM")
            except NotFound:
                return
            except APIError as error:
                if error.status_code != 409:  # it is not running
                    raise

    def hosts(self) -> Sequence[Machine]:
        """The engine's machine; how busy it is can be told where that is this one."""
        with engine.trouble("say how its machine is"):
            said = self._api.info()
            found = Machine(
                name=str(said["Name"]),
                cpu=float(said["NCPU"]),
                memory_mb=int(said["MemTotal"]) // 1_000_000,
                versions={
                    "engine": str(said["ServerVersion"]),
                    "system": f"{said['OperatingSystem']}, {said['KernelVersion']}",
                }
                | image.version(self._api, self._image),
                provider_id=str(said["ID"]),
            )
        if not engine.is_here(self._api):
            return [found]
        here = machine.this_machine()
        return [replace(found, cpu_percent=here.cpu_percent, memory_used_mb=here.memory_used_mb)]

    def isolation_gap(self) -> str:
        return ""  # a container is alone; whether its network is bounded only its start can tell

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        name = engine.name_of(instance_id)
        with engine.trouble("read the EA's log"):
            lines = [line for which in (_last(name), name) for line in self._log(which, offset)]
        return log_lines.cut(lines, offset=offset, most_bytes=most_bytes)

    def _make_way(self, name: str) -> None:
        """Put what ended under its other name. Raises DriverError for what is alive."""
        found = engine.container(self._api, name)
        if found is None:
            return
        if found["State"]["Running"]:
            raise DriverError("A runner of this instance is still alive.", permanent=False)
        if found["State"]["Status"] not in _ENDED:  # a start was cut short before it began
            self._api.remove_container(found["Id"], force=False)
            return
        with suppress(NotFound):
            self._api.remove_container(_last(name), force=False)
        self._api.rename(found["Id"], _last(name))

    def _create(self, body: dict[str, Any], name: str) -> str:
        try:
            return str(self._api.create_container_from_config(body, name)["Id"])
        except APIError as error:
            if error.status_code == 409:
                raise DriverError("A runner of this instance is being started.", permanent=False) from error
            raise

    def _run(self, container_id: str, spec: RuntimeSpec) -> None:
        """Give the one-start token by the container's standard input, held from before its start."""
        with engine.standard_input(self._api, container_id) as wire:
            self._api.start(container_id)
            try:
                wire.sendall(engine.ticket(spec))
                wire.shutdown(socket.SHUT_WR)
            except OSError as error:
                message = "The runner ended before it took its work."
                raise DriverError(message, permanent=False) from error

    def _started(self, found: dict[str, Any]) -> Started:
        limits = found["Config"]["Labels"].get(engine.LIMITS_LABEL, "")
        return Started(handle=_handle(found["Id"], found["Image"]), host=self._host, limits=limits)

    def _log(self, name: str, offset: int | None) -> list[bytes]:
        try:
            raw: bytes = self._api.logs(
                name, stdout=True, stderr=True, timestamps=True, **log_lines.window(offset)
            )
        except NotFound:
            return []
        return raw.splitlines()


def refuse_loopback(gateway_url: str, way_out: str) -> None:
    """Raise DriverError for a gateway that a container takes for itself."""
    if urlsplit(gateway_url).hostname in {"127.0.0.1", "localhost", "::1"}:
        raise DriverError(
            f"No container can reach METAFLEET_RUNNER_GATEWAY_URL {gateway_url}: that is itself. "
            f"Name an address that runners reach, like http://{way_out}:8001.",
            permanent=True,
        )


def _last(name: str) -> str:
    return f"{name}-last"


def _handle(container_id: str, image_id: str) -> dict[str, Any]:
    return {"container": container_id, "image": image_id}


def _exit_code(found: dict[str, Any]) -> int | None:
    """Of one that ran: what was only created says 0 as well."""
    return int(found["State"]["ExitCode"]) if found["State"]["Status"] in _ENDED else None


def _reason(found: dict[str, Any]) -> str:
    if found["State"].get("OOMKilled"):
        megabytes = found["HostConfig"]["Memory"] // (1024 * 1024)
        return f"It needed more than its {megabytes} MB of memory"
    return str(found["State"].get("Error") or "")
