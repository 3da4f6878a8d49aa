"""Two engines in two network namespaces, joined into a Swarm: one is cut off, its EAs run on the other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import docker
import pytest

from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.drivers.docker.engine import INSTANCE_LABEL
from metafleet.hub.fleet.drivers.docker.swarm import Placement, SwarmDriver
from metafleet.hub.fleet.drivers.docker.tests import dockerd
from metafleet.hub.fleet.drivers.docker.tests.test_swarm import IMAGE
from metafleet.hub.fleet.drivers.tests.contract import spec
from tests.waiting import wait_until

INSTANCES = 20
WITHIN_S = 60.0
NETWORK = "metafleet-two"
GATEWAY_URL = "http://gateway:8001"


@dataclass
class Node:
    name: str
    address: str
    api: Any


@dataclass
class Pair:
    manager: Node
    worker: Node

    def cut_off(self) -> None:
        """Take the worker's network away: its containers live on."""
        _run("ip", "-n", self.worker.name, "link", "set", "eth0", "down")


@pytest.fixture(scope="module")
def pair(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    dockerd.refuse_unless_possible()
    dockerd.build_images(engine, IMAGE)
    folder = tmp_path_factory.mktemp("two")
    image = folder / "image.tar"
    _run("docker", "-H", engine, "save", "-o", str(image), IMAGE)
    with ExitStack() as stack:
        stack.enter_context(_two_namespaces())
        nodes = [stack.enter_context(_node(folder, number, image)) for number in (1, 2)]
        manager, worker = nodes
        manager.api.init_swarm(advertise_addr="10.77.0.1", listen_addr="10.77.0.1:2377")
        token = manager.api.inspect_swarm()["JoinTokens"]["Worker"]
        worker.api.join_swarm(
            ["10.77.0.1:2377"], token, advertise_addr="10.77.0.2", listen_addr="10.77.0.2:2377"
        )
        manager.api.create_network(NETWORK, driver="overlay", internal=True, attachable=True)
        dockerd.listener(manager.api, IMAGE, NETWORK, "gateway", 8001)
        yield Pair(manager, worker)


@contextmanager
def _two_namespaces() -> Iterator[None]:
    """Two network namespaces with a wire between them; this machine's own firewall is not in the way."""
    names = (_namespace(1), _namespace(2))
    try:
        for name in names:
            _run("ip", "netns", "add", name)
        _run(
            "ip", "link", "add", "eth0", "netns", names[0], "type", "veth", "peer", "eth0", "netns", names[1]
        )
        for number, name in enumerate(names, 1):
            for line in (f"addr add 10.77.0.{number}/24 dev eth0", "link set eth0 up", "link set lo up"):
                _run("ip", "-n", name, *line.split())
        # A Swarm's engine wants a default route; it leads nowhere.
        _run("ip", "-n", names[0], "route", "add", "default", "via", "10.77.0.2")
        _run("ip", "-n", names[1], "route", "add", "default", "via", "10.77.0.1")
        yield
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)  # noqa: S603, S607


def _namespace(number: int) -> str:
    return f"mfnode{number}"


@contextmanager
def _node(folder: Path, number: int, image: Path) -> Iterator[Node]:
    name = _namespace(number)
    home = folder / name
    home.mkdir()
    # Not `ip netns exec`, which hides the cgroups.
    inside = ("nsenter", f"--net=/run/netns/{name}")
    options = ("--bip", f"172.3{number}.0.1/16", "--cgroup-parent", f"/{name}")
    with dockerd.dockerd(home, *options, prefix=inside) as address:
        api = docker.APIClient(base_url=address, version="1.41")
        _run("docker", "-H", address, "load", "-i", str(image))
        yield Node(name, address, api)
        _clear(api)


def _clear(api: Any) -> None:
    """What outlives its engine would outlive the test."""
    api.leave_swarm(force=True)
    for container in api.containers(all=True):
        api.remove_container(container["Id"], force=True)
    api.close()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def _containers(node: Node) -> set[str]:
    found = node.api.containers(filters={"label": INSTANCE_LABEL})
    return {str(container["Labels"][INSTANCE_LABEL]) for container in found}


def test_what_ran_on_a_node_that_was_cut_off_runs_on_the_other_within_a_minute(pair: Pair) -> None:
    driver = SwarmDriver(pair.manager.address, IMAGE, NETWORK, Placement((), "node.id"))
    wishes = {wish.instance_id: wish for wish in (_small(spec(GATEWAY_URL)) for _ in range(INSTANCES))}
    handles: dict[UUID, dict[str, Any]] = {key: driver.start(wish).handle for key, wish in wishes.items()}
    both = (pair.manager, pair.worker)
    assert wait_until(lambda: sum(len(_containers(node)) for node in both) == INSTANCES, WITHIN_S)
    cut = {key for key in wishes if str(key) in _containers(pair.worker)}
    assert 0 < len(cut) < INSTANCES, "they were spread"

    def all_run_again() -> bool:
        """As the reconciler does: start anew what is seen dead, and nothing else."""
        living = driver.living(handles)
        for key in wishes.keys() - living:
            assert key in cut, "one that was not cut off was taken for dead"
            assert "is lost" in driver.inspect(key, handles[key]).reason
            handles[key] = driver.start(_small(spec(GATEWAY_URL, key))).handle
        return _containers(pair.manager) == {str(key) for key in wishes}

    pair.cut_off()
    assert wait_until(all_run_again, WITHIN_S)
    assert {driver.inspect(key, {}).started.host for key in wishes} == {pair.manager.api.info()["Name"]}  # type: ignore[union-attr]
    # The cut off ones live on over there: what ends them is the gateway, by their generation.
    assert _containers(pair.worker) == {str(key) for key in cut}
    driver.close()


def _small(wish: RuntimeSpec) -> RuntimeSpec:
    return replace(wish, cpu=0.08, memory_mb=64)
