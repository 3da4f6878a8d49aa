"""The product with EAs in containers: deployed, proved, killed and run again, and gone at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import docker
import pytest

from metafleet.hub.fleet.drivers.docker.tests import dockerd
from tests.flows.person import Person
from tests.flows.stack import Stack

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def engine(docker_engine: str) -> Iterator[docker.APIClient]:
    with closing(docker.APIClient(docker_engine, version="1.41")) as api:
        yield api


@pytest.fixture(scope="module")
def stack_settings(docker_engine: str) -> dict[str, str]:
    """As a person starts it: nobody says how containers find gateway and broker."""
    return {
        "METAFLEET_DEMO": "false",
        "METAFLEET_FLEET_DRIVER": "docker",
        "METAFLEET_DOCKER_ENGINE": docker_engine,
        "METAFLEET_DOCKER_IMAGE": dockerd.IMAGE,
    }


def test_an_ea_in_a_container_proves_itself_and_runs_again_after_a_kill(
    engine: docker.APIClient, stack: Stack
) -> None:
    with Person(stack) as trader:
        trader.sign_up("containers@example.com")
        instance_id = trader.deploy(trader.connect(), "trend-following", "EURUSD")
        trader.wait_for_state(instance_id, "running")
        receipt = trader.get(f"/api/instances/{instance_id}/receipt")
        assert (receipt["driver"], receipt["generation"]) == ("docker", 1)
        assert receipt["host"] == engine.info()["Name"]

        engine.kill(f"metafleet-{instance_id}", "SIGKILL")
        trader.wait_for(instance_id, is_running_again)
        assert trader.get(f"/api/instances/{instance_id}/receipt")["generation"] == 2


def is_running_again(seen: dict[str, Any]) -> bool:
    return bool(seen["state"] == "running" and seen["runs"][0]["generation"] == 2)


def test_a_stop_takes_along_what_is_ours_on_the_engine(engine: docker.APIClient, stack: Stack) -> None:
    mark = stack.folder.installation.read_text().strip()
    mine = {"label": f"metafleet.installation={mark}"}
    assert len(engine.containers(filters=mine)) == 1
    stack.stop()
    assert engine.containers(filters=mine) == []
    assert f"metafleet-runners-{mark}" not in {network["Name"] for network in engine.networks()}
    ended = engine.containers(all=True, filters=mine)
    assert len(ended) == 2  # this generation's, and the one before for its log
    for each in ended:
        engine.remove_container(each["Id"])
    for name in {mount["Name"] for each in ended for mount in each["Mounts"]}:
        engine.remove_volume(name)
