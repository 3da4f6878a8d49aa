"""The docker driver on a Swarm: each runner is a service of one task, placed by free resources.

A service is called after its instance, and a Swarm's managers agree on names: so two workers that
ask two managers start one. The Swarm restarts nothing: a token opens one start, and only the
reconciler knows whether an EA may run again. A task on a machine that the Swarm has lost is presumed
dead; it may live on in truth, so the reconciler waits until its trading lease is over.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

import docker
from docker.errors import APIError, NotFound

from metafleet.hub.fleet.drivers.contract import (
    DriverError,
    LogSlice,
    Machine,
    RuntimeSpec,
    Sight,
    Started,
)
from metafleet.hub.fleet.drivers.docker import engine, image, log_lines, nodes, sandbox
from metafleet.hub.fleet.drivers.docker.driver import refuse_loopback

REACH = "what is attached to the runners' network"
PLACED_WITHIN_S = 3.0
"""How long a start waits to hear where its runner is; it goes on without."""
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Placement:
    """`constraints` as in `node.role==worker`; `spread` over the values of this node label."""

    constraints: tuple[str, ...]
    spread: str

    def body(self, avoid: Iterable[str]) -> dict[str, Any]:
        """avoid: ids of machines. Looked at when the task is placed: one that is there already stays."""
        preferences = [{"Spread": {"SpreadDescriptor": self.spread}}] if self.spread else []
        constraints = [*self.constraints, *(f"node.id!={node_id}" for node_id in avoid)]
        return {"Constraints": constraints, "Preferences": preferences}


class SwarmDriver:
    name = "docker"

    def __init__(
        self, base_url: str, image_name: str, network: str, placement: Placement, installation: str = "main"
    ) -> None:
        self._base_url = base_url
        self._image = image_name
        self._network = network
        self._placement = placement
        self._installation = installation

    def close(self) -> None:
        """Give the connections to the engine up."""
        if "_api" in self.__dict__:
            self._api.close()

    @cached_property
    def _api(self) -> docker.APIClient:
        return engine.connect(self._base_url)

    def start(self, spec: RuntimeSpec) -> Started:
        refuse_loopback(spec.gateway_url, "gateway")
        limits = sandbox.limits_in_words(spec, REACH)
        with engine.trouble("start the EA's service"):
            found = image.find(self._api, self._image)
            if spec.is_shipped:
                found.refuse_other_code(spec.expert_hash)
            self._ensure_network()
            self._make_way(spec.instance_id)
            service_id = self._create(spec, found.pinned, limits)
            return Started(handle=self._handle(service_id), host=self._host_of(service_id), limits=limits)

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        with engine.trouble("say how the EA's service is"):
            service = self._service(handle.get("service") or engine.name_of(instance_id))
            if service is None:
                return Sight(alive=False)
            task = self._newest_task(service["ID"])
            if task is None:
                return Sight(alive=False)
            sight = _sight(task, nodes.look(self._api))
            if handle or not sight.alive:
                return sight
            limits = service["Spec"]["Labels"].get(engine.LIMITS_LABEL, "")
            started = Started(self._handle(service["ID"]), sight.host, limits)
            return replace(sight, started=started)

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        with engine.trouble("list the EAs' services"):
            services = self._api.services(filters={"label": engine.INSTANCE_LABEL})
            known = nodes.look(self._api)
            busy = {task["ServiceID"] for task in self._api.tasks() if _sight(task, known).alive}
        alive = {each["Spec"]["Name"]: each["ID"] for each in services if each["ID"] in busy}
        return {
            instance_id
            for instance_id, handle in handles.items()
            if (found := alive.get(engine.name_of(instance_id))) and handle.get("service", found) == found
        }

    def stop(self, instance_id: UUID, handle: dict[str, Any], *, force: bool) -> None:  # noqa: ARG002
        """Swarm sends SIGTERM, and SIGKILL after `sandbox.STOP_GRACE_S`; force is no faster."""
        with engine.trouble("stop the EA's service"):
            service = self._service(handle.get("service") or engine.name_of(instance_id))
            if service is None or _is_wound_down(service):
                return
            # Kept, with none of its task wanted: while its last task is ending, it can be seen.
            with suppress(NotFound):
                self._api.update_service(
                    service["ID"],
                    service["Version"]["Index"],
                    mode={"Replicated": {"Replicas": 0}},
                    fetch_current_spec=True,
                )

    def hosts(self) -> Sequence[Machine]:
        """The Swarm's machines that its constraints allow; a manager knows no load, so none is told."""
        with engine.trouble("say which machines the Swarm has"):
            found = nodes.look(self._api).machines(self._placement.constraints)
            taken = image.version(self._api, self._image)
            return [replace(one, versions={**one.versions, **taken}) for one in found]

    def isolation_gap(self) -> str:
        return ""  # a container is alone, on a network that leads where the operator let it

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        name = engine.name_of(instance_id)
        with engine.trouble("read the EA's log"):
            try:
                raw: bytes | Iterable[bytes] = self._api.service_logs(
                    name, stdout=True, stderr=True, timestamps=True, **log_lines.window(offset)
                )
                # The SDK may answer in pieces, which are not lines.
                whole = raw if isinstance(raw, bytes) else b"".join(raw)
            except NotFound:
                whole = b""
        return log_lines.cut(whole.splitlines(), offset=offset, most_bytes=most_bytes)

    def _make_way(self, instance_id: UUID) -> None:
        """Remove what ended of this instance. Raises DriverError for what is alive."""
        service = self._service(engine.name_of(instance_id))
        if service is not None:
            task = self._newest_task(service["ID"])
            # One that was made a moment ago may have no task yet.
            if (task is None and not _is_wound_down(service)) or (
                task and _sight(task, nodes.look(self._api)).alive
            ):
                raise DriverError("A runner of this instance is still alive.", permanent=False)
            with suppress(NotFound):
                self._api.remove_service(service["ID"])
        for secret in self._api.secrets(filters={"label": f"{engine.INSTANCE_LABEL}={instance_id}"}):
            with suppress(NotFound):
                self._api.remove_secret(secret["ID"])

    def _create(self, spec: RuntimeSpec, pinned: str, limits: str) -> str:
        name = f"metafleet-run-{spec.run_id}"
        labels = engine.labels(spec, limits, self._installation)
        made = self._api.create_secret(name, engine.ticket(spec), labels=labels)
        template = sandbox.service(spec, image=pinned, labels=labels, secret=(made["ID"], name))
        template |= {"Placement": self._placement.body(spec.avoid), "Networks": [{"Target": self._network}]}
        try:
            created = self._api.create_service(
                template,
                name=engine.name_of(spec.instance_id),
                labels=labels,
                mode={"Replicated": {"Replicas": 1}},
                # Virtual addresses need IPVS, and nobody calls a runner.
                endpoint_spec={"Mode": "dnsrr"},
            )
        except APIError as error:
            if error.status_code == 409:
                raise DriverError("A runner of this instance is being started.", permanent=False) from error
            raise
        return str(created["ID"])

    def _ensure_network(self) -> None:
        try:
            self._api.inspect_network(self._network)
        except NotFound:
            with suppress(APIError):  # another worker made it first; if not, the service says so
                self._api.create_network(
                    self._network, driver="overlay", internal=True, attachable=True, check_duplicate=True
                )

    def _host_of(self, service_id: str) -> str:
        """Return the machine that the task was given, "" while it has none."""
        until = time.monotonic() + PLACED_WITHIN_S
        while time.monotonic() < until:
            task = self._newest_task(service_id)
            if task is not None and task.get("NodeID"):
                return nodes.look(self._api).name_of(task["NodeID"])
            time.sleep(_LOOK_EVERY_S)
        return ""

    def _service(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._api.inspect_service(name)
        except NotFound:
            return None
        return found

    def _newest_task(self, service_id: str) -> dict[str, Any] | None:
        tasks: list[dict[str, Any]] = self._api.tasks(filters={"service": service_id})
        return max(tasks, key=lambda task: str(task["CreatedAt"]), default=None)

    def _handle(self, service_id: str) -> dict[str, Any]:
        return {"service": service_id}


def _sight(task: dict[str, Any], known: nodes.Nodes) -> Sight:
    status = task["Status"]
    reason = str(status.get("Err") or "")
    if status["State"] in engine.OVER:
        code = (status.get("ContainerStatus") or {}).get("ExitCode")
        ran = status["State"] in {"complete", "failed"}
        return Sight(alive=False, exit_code=code if ran else None, reason=reason)
    node_id = task.get("NodeID", "")
    host = known.name_of(node_id)
    if node_id and known.is_lost(node_id):
        reason = f"Its machine {host} is lost".replace("  ", " ")
        return Sight(alive=False, is_presumed=True, reason=reason)
    return Sight(alive=True, reason=reason, host=host)


def _is_wound_down(service: dict[str, Any]) -> bool:
    return bool(service["Spec"]["Mode"]["Replicated"]["Replicas"] == 0)
