"""The docker driver on a Swarm of one machine: the drivers' contract, and what only services promise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import docker
import pytest
from docker.errors import APIError

from metafleet.hub.fleet.drivers.docker import ends
from metafleet.hub.fleet.drivers.docker.engine import INSTANCE_LABEL
from metafleet.hub.fleet.drivers.docker.swarm import Placement, SwarmDriver
from metafleet.hub.fleet.drivers.docker.tests import dockerd
from metafleet.hub.fleet.drivers.docker.tests.rig import EngineRig
from metafleet.hub.fleet.drivers.tests.contract import PATIENCE_S, DriverContract, is_gone, spec
from tests.waiting import wait_until

IMAGE = "localhost:5999/metafleet/runner:test"
"""Nobody is at that port: a machine that asks for a newer image hears so at once, and takes its own."""
NETWORK = "metafleet-test-swarm"


class SwarmRig(EngineRig):
    gateway_url = "http://gateway:8001"

    def driver(self) -> SwarmDriver:
        driver = SwarmDriver(self.address, IMAGE, NETWORK, Placement((), "node.id"))
        self.drivers.append(driver)
        return driver

    def kill(self, instance_id: UUID, handle: dict[str, Any]) -> None:
        assert wait_until(lambda: self.count(instance_id) == 1, PATIENCE_S)
        self.api.kill(self.container_of(instance_id), "SIGKILL")

    def shown(self, instance_id: UUID, handle: dict[str, Any]) -> str:
        assert wait_until(lambda: self.count(instance_id) == 1, PATIENCE_S)
        records = str(self.api.inspect_service(handle["service"])) + str(self.api.secrets())
        return records + self.shown_of(self.container_of(instance_id))

    def container_of(self, instance_id: UUID) -> str:
        return str(self.api.containers(filters={"label": f"{INSTANCE_LABEL}={instance_id}"})[0]["Id"])

    def remove_services(self) -> None:
        for service in self.api.services(filters={"label": INSTANCE_LABEL}):
            self.api.remove_service(service["ID"])
        labelled = {"label": INSTANCE_LABEL}
        assert wait_until(lambda: not self.api.containers(filters=labelled), PATIENCE_S)
        for secret in self.api.secrets(filters=labelled):
            with suppress(APIError):
                self.api.remove_secret(secret["ID"])


@pytest.fixture(scope="module")
def swarm(engine: str) -> Iterator[str]:
    dockerd.build_images(engine, IMAGE)
    api = docker.APIClient(base_url=engine, version="1.41")
    with suppress(APIError):  # of a run that was cut off: the engine's data stays
        api.leave_swarm(force=True)
    api.init_swarm(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2390")
    api.create_network(NETWORK, driver="overlay", internal=True, attachable=True)
    gateway = dockerd.listener(api, IMAGE, NETWORK, "gateway", 8001)
    yield engine
    api.remove_container(gateway, force=True)
    api.leave_swarm(force=True)
    api.close()


@pytest.fixture
def rig(swarm: str) -> Iterator[SwarmRig]:
    rig = SwarmRig(swarm)
    yield rig
    rig.remove_services()
    rig.close()


class TestContract(DriverContract):
    every = 9

    @pytest.mark.skip(reason="a Swarm's manager does not measure tasks; a runner's heartbeats do")
    def test_use_of_processor_and_memory_is_measured(self, rig: Any) -> None: ...


def test_a_service_reserves_what_it_may_use_and_is_never_restarted(rig: SwarmRig) -> None:
    started = rig.driver().start(spec(rig.gateway_url))
    service = rig.api.inspect_service(started.handle["service"])["Spec"]
    task = service["TaskTemplate"]
    share = {"NanoCPUs": 500_000_000, "MemoryBytes": 256 * 2**20}
    assert task["Resources"] == {"Limits": share | {"Pids": 64}, "Reservations": share}
    assert task["RestartPolicy"]["Condition"] == "none"
    assert service["Mode"] == {"Replicated": {"Replicas": 1}}
    assert service["EndpointSpec"] == {"Mode": "dnsrr"}
    assert service["Labels"]["metafleet.generation"] == "3"
    assert started.host == rig.api.info()["Name"]


def test_a_task_is_confined(rig: SwarmRig) -> None:
    wish = spec(rig.gateway_url)
    rig.driver().start(wish)
    assert wait_until(lambda: rig.count(wish.instance_id) == 1, PATIENCE_S)
    record = rig.api.inspect_container(rig.container_of(wish.instance_id))
    host = record["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["PidsLimit"]) == (True, ["ALL"], 64)
    assert record["Config"]["User"] == "10001:10001"
    assert set(record["NetworkSettings"]["Networks"]) == {NETWORK}


def test_the_ticket_is_a_file_in_memory_that_only_its_runner_reads(rig: SwarmRig) -> None:
    wish = spec(rig.gateway_url)
    rig.driver().start(wish)
    assert wait_until(lambda: rig.count(wish.instance_id) == 1, PATIENCE_S)
    container = rig.container_of(wish.instance_id)
    script = "stat -c '%u %a' /run/secrets/ticket; stat -f -c %T /run/secrets/ticket"
    assert rig.execute(container, script) == (0, "10001 400\ntmpfs\n")


def test_what_no_machine_has_room_for_waits_and_says_why(rig: SwarmRig) -> None:
    driver, wish = rig.driver(), replace(spec(rig.gateway_url), cpu=500.0)
    handle = driver.start(wish).handle
    assert wait_until(
        lambda: "insufficient resources" in driver.inspect(wish.instance_id, handle).reason, PATIENCE_S
    )
    assert driver.inspect(wish.instance_id, handle).alive
    driver.stop(wish.instance_id, handle, force=True)
    assert is_gone(driver, wish.instance_id, handle)


def test_the_end_of_an_installation_takes_its_services_tasks_away(rig: SwarmRig) -> None:
    driver, wish = rig.driver(), spec(rig.gateway_url)
    handle = driver.start(wish).handle
    assert wait_until(lambda: rig.count(wish.instance_id) == 1, PATIENCE_S)
    assert ends.stop_services(rig.api, "another") == 0
    assert driver.inspect(wish.instance_id, handle).alive
    assert ends.stop_services(rig.api, "main") == 1
    assert not driver.inspect(wish.instance_id, handle).alive
    assert ends.stop_services(rig.api, "main") == 0


def availability(rig: SwarmRig, word: str) -> None:
    node = rig.api.nodes()[0]
    rig.api.update_node(node["ID"], node["Version"]["Index"], node["Spec"] | {"Availability": word})


def test_a_machine_that_its_swarm_has_closed_is_closed_for_us(rig: SwarmRig) -> None:
    (host,) = rig.driver().hosts()
    assert (host.name, host.is_up, host.is_open) == (rig.api.info()["Name"], True, True)
    availability(rig, "pause")
    try:
        assert [each.is_open for each in rig.driver().hosts()] == [False]
    finally:
        availability(rig, "active")


def test_a_machine_that_is_to_be_avoided_gets_no_task_and_where_one_went_is_seen_later(rig: SwarmRig) -> None:
    driver, wish = rig.driver(), spec(rig.gateway_url)
    (host,) = driver.hosts()
    started = driver.start(replace(wish, avoid=(host.provider_id,)))
    assert started.host == ""
    assert "no suitable node" in driver.inspect(wish.instance_id, started.handle).reason
    driver.stop(wish.instance_id, started.handle, force=True)
    assert is_gone(driver, wish.instance_id, started.handle)
    handle = driver.start(wish).handle
    assert wait_until(lambda: driver.inspect(wish.instance_id, handle).host == host.name, PATIENCE_S)
