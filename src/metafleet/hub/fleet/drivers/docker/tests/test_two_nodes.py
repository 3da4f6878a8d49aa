"""A Swarm of two machines, by its driver alone: one is cut off, its EAs run on the other.

With the whole product, and EAs that trade: `test_split_brain`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.drivers.docker.engine import INSTANCE_LABEL
from metafleet.hub.fleet.drivers.docker.nodes import look
from metafleet.hub.fleet.drivers.docker.swarm import Placement, SwarmDriver
from metafleet.hub.fleet.drivers.docker.tests import dockerd
from metafleet.hub.fleet.drivers.docker.tests.test_swarm import IMAGE
from metafleet.hub.fleet.drivers.docker.tests.two_nodes import SWARM, Pair, swarm_of_two
from metafleet.hub.fleet.drivers.tests.contract import spec
from tests.waiting import wait_until

INSTANCES = 20
WITHIN_S = 60.0
NETWORK = "metafleet-two"
GATEWAY_URL = "http://gateway:8001"


@pytest.fixture(scope="module")
def pair(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    dockerd.refuse_unless_possible()
    dockerd.build_images(engine, IMAGE)
    with swarm_of_two(engine, IMAGE, tmp_path_factory.mktemp("two")) as pair:
        pair.manager.api.create_network(NETWORK, driver="overlay", internal=True, attachable=True)
        dockerd.listener(pair.manager.api, IMAGE, NETWORK, "gateway", 8001)
        yield pair


def test_what_ran_on_a_node_that_was_cut_off_runs_on_the_other_within_a_minute(pair: Pair) -> None:
    driver = SwarmDriver(pair.manager.address, IMAGE, NETWORK, Placement((), "node.id"))
    wishes = {wish.instance_id: wish for wish in (_small(spec(GATEWAY_URL)) for _ in range(INSTANCES))}
    handles: dict[UUID, dict[str, Any]] = {key: driver.start(wish).handle for key, wish in wishes.items()}
    both = (pair.manager, pair.worker)
    assert wait_until(
        lambda: sum(len(node.containers(INSTANCE_LABEL)) for node in both) == INSTANCES, WITHIN_S
    )
    cut = {key for key in wishes if str(key) in pair.worker.containers(INSTANCE_LABEL)}
    assert 0 < len(cut) < INSTANCES, "they were spread"

    def all_run_again() -> bool:
        """As the reconciler does: start anew what is seen dead, and nothing else."""
        living = driver.living(handles)
        for key in wishes.keys() - living:
            assert key in cut, "one that was not cut off was taken for dead"
            sight = driver.inspect(key, handles[key])
            assert sight.is_presumed, "an engine that is cut off can say nothing for certain"
            assert "is lost" in sight.reason
            handles[key] = driver.start(_small(spec(GATEWAY_URL, key))).handle
        return pair.manager.containers(INSTANCE_LABEL) == {str(key) for key in wishes}

    pair.worker.cut(SWARM)
    assert wait_until(all_run_again, WITHIN_S)
    manager_id = pair.manager.api.info()["Swarm"]["NodeID"]
    hosts = {driver.inspect(key, {}).started.host for key in wishes}  # type: ignore[union-attr]
    assert hosts == {look(pair.manager.api).name_of(manager_id)}
    # The cut off ones live on over there: what keeps them from trading is their lease.
    assert pair.worker.containers(INSTANCE_LABEL) == {str(key) for key in cut}
    driver.close()


def _small(wish: RuntimeSpec) -> RuntimeSpec:
    return replace(wish, cpu=0.08, memory_mb=64)
