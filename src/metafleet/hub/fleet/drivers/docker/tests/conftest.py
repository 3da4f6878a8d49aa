"""The engine of the run, and the rig of the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from metafleet.hub.fleet.drivers.docker.network import RunnerNetwork
from metafleet.hub.fleet.drivers.docker.tests.rig import DockerRig
from metafleet.hub.fleet.drivers.tests.contract import silent_gateway

SUBNET = "172.31.224.0/20"
BRIDGE = "metafleet-t"


@pytest.fixture(scope="session")
def engine(docker_engine: str) -> str:
    return docker_engine


@pytest.fixture
def rig(engine: str) -> Iterator[DockerRig]:
    with silent_gateway("0.0.0.0") as port:  # noqa: S104 - the bridge is made later
        network = RunnerNetwork("metafleet-test-runners", SUBNET, BRIDGE, (port,))
        rig = DockerRig(engine, network, f"http://{network.host_address}:{port}")
        yield rig
        rig.close()
