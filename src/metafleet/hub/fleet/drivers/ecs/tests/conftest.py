"""One cloud for each file of the driver's tests, emptied for each test, and the rig of the contract."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from metafleet.hub.fleet.drivers.ecs import definition
from metafleet.hub.fleet.drivers.ecs.driver import EcsDriver
from metafleet.hub.fleet.drivers.ecs.place import Place
from metafleet.hub.fleet.drivers.ecs.tests.cloud import CLUSTER, REGION, Cloud, running_cloud
from metafleet.hub.fleet.drivers.tests.contract import silent_gateway

PLACE = Place(CLUSTER, REGION, "registry/runner@sha256:1", "", "", "/metafleet/runners")
SHOWN_WITHIN = timedelta(seconds=2)
"""Of the tests: after a start that was cut short, each waits so long."""


class EcsRig:
    def __init__(self, cloud: Cloud, gateway_url: str) -> None:
        self.cloud = cloud
        self.gateway_url = gateway_url
        self._mine = os.getpid()
        self._ours, self._childs = (_connected(EcsDriver(PLACE, SHOWN_WITHIN)) for _ in range(2))

    def driver(self) -> EcsDriver:
        """The driver remembers nothing but its connections, and a child must not share those."""
        return self._ours if os.getpid() == self._mine else self._childs

    def kill(self, instance_id: UUID, handle: dict[str, Any]) -> None:
        self.cloud.containers[handle["task"]].process.kill()

    def count(self, instance_id: UUID) -> int:
        return len(self.cloud.living(definition.family(instance_id)))

    def shown(self, instance_id: UUID, handle: dict[str, Any]) -> str:
        """What the cloud's APIs tell without the right to decrypt, and what the machine shows."""
        task = self.cloud.ecs.describe_tasks(cluster=CLUSTER, tasks=[handle["task"]], include=["TAGS"])
        arn = task["tasks"][0]["taskDefinitionArn"]
        told = self.cloud.ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        names = self.cloud.ssm.describe_parameters()
        shown = json.dumps([task, told, names], default=str)
        container = self.cloud.containers[handle["task"]]
        for name in ("cmdline", "environ"):
            shown += (Path("/proc") / str(container.process.pid) / name).read_text()
        for file in container.state.rglob("*"):
            shown += str(file) + (file.read_text(errors="replace") if file.is_file() else "")
        return shown


def _connected(driver: EcsDriver) -> EcsDriver:
    """Make its clients now, which takes long; they connect at their first call."""
    for name in ("_ecs", "_ssm", "_logs", "_machines"):
        getattr(driver, name)
    return driver


@pytest.fixture(scope="module")  # moto's records are the process's: other files' tests reset them
def running() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(running: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cluster with one m5.large, and a client's way to it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield running
    running.empty()


@pytest.fixture
def rig(cloud: Cloud) -> Iterator[EcsRig]:
    with silent_gateway("127.0.0.1") as port:
        yield EcsRig(cloud, f"http://127.0.0.1:{port}")
