"""The contract's rigs: containers of one engine, and what services share with them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import docker
from docker.errors import APIError

from metafleet.hub.fleet.drivers.docker.driver import DockerDriver
from metafleet.hub.fleet.drivers.docker.engine import INSTANCE_LABEL
from metafleet.hub.fleet.drivers.docker.network import RunnerNetwork
from metafleet.hub.fleet.drivers.docker.swarm import SwarmDriver
from metafleet.hub.fleet.drivers.docker.tests.dockerd import IMAGE


class EngineRig:
    """What containers and services have in common."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.api = docker.APIClient(base_url=address, version="1.41")
        self.drivers: list[DockerDriver | SwarmDriver] = []

    def count(self, instance_id: UUID) -> int:
        return len(self.api.containers(filters={"label": f"{INSTANCE_LABEL}={instance_id}"}))

    def shown_of(self, container: str) -> str:
        record = self.api.inspect_container(container)
        shown = json.dumps(record)
        for pid in [row[0] for row in self.api.top(container, "-o pid,args")["Processes"]]:
            shown += "".join((Path("/proc") / pid / name).read_text() for name in ("cmdline", "environ"))
        for mount in [mount for mount in record["Mounts"] if mount["Type"] == "volume"]:
            files = [file for file in Path(mount["Source"]).rglob("*") if file.is_file()]
            shown += "".join(file.read_text(errors="replace") for file in files)
        return shown

    def execute(self, container: str, script: str) -> tuple[int, str]:
        """Run a shell's line in the container as its own user; return exit code and output."""
        made = self.api.exec_create(container, ["sh", "-c", script])
        output: bytes = self.api.exec_start(made["Id"])
        return self.api.exec_inspect(made["Id"])["ExitCode"], output.decode(errors="replace")

    def close(self) -> None:
        """Remove every container and volume of the tests."""
        for driver in self.drivers:
            driver.close()
        for container in self.api.containers(all=True, filters={"label": INSTANCE_LABEL}):
            with suppress(APIError):
                self.api.remove_container(container["Id"], force=True, v=True)
        for volume in self.api.volumes(filters={"name": "metafleet-"})["Volumes"] or []:
            with suppress(APIError):
                self.api.remove_volume(volume["Name"])
        self.api.close()


class DockerRig(EngineRig):
    def __init__(self, address: str, network: RunnerNetwork, gateway_url: str) -> None:
        super().__init__(address)
        self.network = network
        self.gateway_url = gateway_url

    def driver(self, installation: str = "main") -> DockerDriver:
        driver = DockerDriver(self.address, IMAGE, self.network, installation)
        self.drivers.append(driver)
        return driver

    def kill(self, instance_id: UUID, handle: dict[str, Any]) -> None:
        self.api.kill(handle["container"], "SIGKILL")

    def shown(self, instance_id: UUID, handle: dict[str, Any]) -> str:
        return self.shown_of(handle["container"])

    @contextmanager
    def outsider(self, port: int) -> Iterator[str]:
        """Run a listener on another network, as a stand-in for the world; yield its address."""
        network = self.api.create_network("metafleet-test-outside", driver="bridge")["Id"]
        code = f"import socket; s=socket.create_server(('', {port}))\nwhile True: s.accept()"
        body = {"Image": IMAGE, "Entrypoint": ["python", "-c", code], "HostConfig": {"NetworkMode": network}}
        made = self.api.create_container_from_config(body)["Id"]
        try:
            self.api.start(made)
            networks = self.api.inspect_container(made)["NetworkSettings"]["Networks"]
            yield next(iter(networks.values()))["IPAddress"]
        finally:
            self.api.remove_container(made, force=True)
            self.api.remove_network(network)

    def close(self) -> None:
        for container in self.api.containers(all=True, filters={"label": INSTANCE_LABEL}):
            with suppress(APIError):
                self.api.remove_container(container["Id"], force=True, v=True)
        with suppress(APIError):
            self.api.remove_network(self.network.name)
        chain = self.network.chain
        for rule in (("-D", "INPUT", "-i", self.network.bridge, "-j", chain), ("-F", chain), ("-X", chain)):
            subprocess.run(["iptables", "-w", "5", *rule], capture_output=True, check=False)  # noqa: S603, S607
        super().close()
