"""The docker driver with real containers: the drivers' contract, and what only containers promise."""

from __future__ import annotations

import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.hub.fleet.drivers.contract import DriverError
from metafleet.hub.fleet.drivers.docker import ends, engine, image, network, sandbox
from metafleet.hub.fleet.drivers.docker.driver import DockerDriver
from metafleet.hub.fleet.drivers.docker.tests.dockerd import IMAGE
from metafleet.hub.fleet.drivers.docker.tests.rig import DockerRig
from metafleet.hub.fleet.drivers.tests.contract import (
    PATIENCE_S,
    DriverContract,
    is_gone,
    silent_gateway,
    spec,
)
from tests.waiting import wait_until

EXIT_REFUSED = 4
CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"


class TestContract(DriverContract):
    every = 3


def running(rig: DockerRig) -> dict[str, Any]:
    return rig.driver().start(spec(rig.gateway_url)).handle


def reaches(rig: DockerRig, handle: dict[str, Any], address: str, port: int) -> bool:
    return rig.execute(handle["container"], f"python -c '{CONNECT}' {address} {port}")[0] == 0


def test_limits_are_the_engines_own(rig: DockerRig) -> None:
    started = rig.driver().start(spec(rig.gateway_url))
    host = rig.api.inspect_container(started.handle["container"])["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (500_000_000, 256 * 2**20, 256 * 2**20)
    assert (host["PidsLimit"], host["ReadonlyRootfs"], host["CapDrop"]) == (64, True, ["ALL"])
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["RestartPolicy"]["Name"] == "no"
    assert not host["Privileged"]
    assert "0.5 CPU and 256 MB by cgroup" in started.limits
    assert "gateway and broker alone" in started.limits


def test_labels_name_instance_run_and_generation(rig: DockerRig) -> None:
    wish = spec(rig.gateway_url)
    found = rig.api.inspect_container(rig.driver().start(wish).handle["container"])
    labels = found["Config"]["Labels"]
    assert labels["metafleet.instance"] == str(wish.instance_id)
    assert labels["metafleet.run"] == str(wish.run_id)
    assert labels["metafleet.generation"] == "3"


def test_a_runner_is_not_root_and_gains_nothing(rig: DockerRig) -> None:
    handle = running(rig)
    _, status = rig.execute(handle["container"], "cat /proc/1/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split() == ["10001"] * 4
    assert {facts[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapInh")} == {"0" * 16}
    assert facts["NoNewPrivs"] == "1"


def test_only_its_state_and_a_small_tmp_are_writable(rig: DockerRig) -> None:
    handle = running(rig)
    for folder in ("/", "/opt/metafleet", "/usr/bin", "/home"):
        assert rig.execute(handle["container"], f"touch {folder}/mine")[0] != 0, folder
    assert rig.execute(handle["container"], "touch /state/mine /tmp/mine")[0] == 0
    assert rig.execute(handle["container"], "cp /bin/true /tmp/t && /tmp/t")[0] != 0
    assert rig.execute(handle["container"], "head -c 20000000 /dev/zero > /tmp/much")[0] != 0


def test_the_gateway_is_reached_and_nothing_else(rig: DockerRig) -> None:
    handle, neighbour = running(rig), running(rig)
    here = rig.network.host_address
    gateway_port = int(rig.gateway_url.rpartition(":")[2])
    with silent_gateway("0.0.0.0") as another_port:  # noqa: S104
        assert reaches(rig, handle, here, gateway_port)
        assert not reaches(rig, handle, here, another_port), "another port of this machine"
        assert not reaches(rig, handle, _outward_address(), gateway_port), "another address of it"
    listen = "python -c 'import socket; s=socket.create_server((\"\", 7000)); s.accept()'"
    rig.api.exec_start(rig.api.exec_create(neighbour["container"], ["sh", "-c", listen])["Id"], detach=True)
    networks = rig.api.inspect_container(neighbour["container"])["NetworkSettings"]["Networks"]
    address = networks[rig.network.name]["IPAddress"]
    assert wait_until(lambda: reaches(rig, neighbour, address, 7000), PATIENCE_S), "it listens"
    assert not reaches(rig, handle, address, 7000), "another EA"


def test_there_is_no_way_out_of_the_machine(rig: DockerRig) -> None:
    with rig.outsider(7000) as address:
        assert wait_until(lambda: _connects(address, 7000), PATIENCE_S), "this machine reaches it"
        assert not reaches(rig, running(rig), address, 7000)


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def _outward_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


def test_memory_beyond_the_limit_ends_the_runner_and_says_so(rig: DockerRig) -> None:
    driver = rig.driver()
    wish = replace(spec(rig.gateway_url), memory_mb=8)  # less than Python itself
    with suppress(DriverError):  # it may end before it takes its work
        driver.start(wish)
    assert is_gone(driver, wish.instance_id)
    # The engine may hear of the reason after the end.
    assert wait_until(lambda: driver.inspect(wish.instance_id, {}).reason != "", 5.0)
    sight = driver.inspect(wish.instance_id, {})
    assert (sight.exit_code, sight.reason) == (137, "It needed more than its 8 MB of memory")


def test_a_runner_that_a_dying_worker_left_without_work_ends_itself(rig: DockerRig) -> None:
    driver, wish = rig.driver(), spec(rig.gateway_url)
    found = image.find(rig.api, IMAGE)
    rig.network.ensure(rig.api)
    labels = engine.labels(wish, "", "main")
    body = sandbox.container(wish, image=found.id, network=rig.network.name, labels=labels)
    made = rig.api.create_container_from_config(body, engine.name_of(wish.instance_id))["Id"]
    with engine.standard_input(rig.api, made):
        rig.api.start(made)
        assert driver.inspect(wish.instance_id, {}).alive
    assert is_gone(driver, wish.instance_id)
    assert driver.inspect(wish.instance_id, {}).exit_code == EXIT_REFUSED
    assert driver.start(wish).handle["container"] != made


def test_its_state_outlives_its_container(rig: DockerRig) -> None:
    driver, wish = rig.driver(), spec(rig.gateway_url)
    first = driver.start(wish).handle
    assert rig.execute(first["container"], "echo deal > /state/outbox")[0] == 0
    driver.stop(wish.instance_id, first, force=True)
    assert is_gone(driver, wish.instance_id, first)
    second = driver.start(spec(rig.gateway_url, wish.instance_id)).handle
    assert rig.execute(second["container"], "cat /state/outbox")[1] == "deal\n"
    stranger = running(rig)
    assert rig.execute(stranger["container"], "cat /state/outbox")[0] != 0


def test_a_runner_that_speaks_with_its_gateway_is_healthy(rig: DockerRig) -> None:
    handle = running(rig)
    check = "awk -f /opt/metafleet/alive.awk /proc/net/tcp"
    assert wait_until(lambda: rig.execute(handle["container"], check)[0] == 0, PATIENCE_S)
    record = rig.api.inspect_container(handle["container"])
    assert record["Config"]["Healthcheck"]["Test"][0] == "CMD"


def test_an_image_that_is_not_there_is_refused_for_good(rig: DockerRig) -> None:
    with (
        closing(DockerDriver(rig.address, "metafleet/nothing:latest", rig.network)) as driver,
        pytest.raises(DriverError, match="METAFLEET_DOCKER_IMAGE") as refusal,
    ):
        driver.start(spec(rig.gateway_url))
    assert refusal.value.permanent


# The SDK leaves the socket open whose connecting failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_an_engine_that_is_away_says_nothing_of_the_runner(rig: DockerRig) -> None:
    driver = DockerDriver("unix:///nowhere/docker.sock", "any", rig.network)
    with pytest.raises(DriverError, match="Docker did not") as refusal:
        driver.inspect(uuid4(), {})
    assert not refusal.value.permanent


def test_a_gateway_on_loopback_is_refused_with_the_way_out(rig: DockerRig) -> None:
    with pytest.raises(DriverError, match=r"like http://172\.31\.224\.1:8001") as refusal:
        rig.driver().start(spec("http://127.0.0.1:8001"))
    assert refusal.value.permanent


def test_an_image_with_other_code_of_the_ea_is_refused_before_a_container_is_made(rig: DockerRig) -> None:
    wish = spec(rig.gateway_url)
    with pytest.raises(DriverError, match="build it anew by infra/docker/runner/build") as refusal:
        rig.driver().start(replace(wish, expert_hash="sha256:" + "0" * 64))
    assert refusal.value.permanent
    assert engine.container(rig.api, engine.name_of(wish.instance_id)) is None
    for expert in EXPERTS.values():
        rig.driver().start(replace(spec(rig.gateway_url), expert_hash=content_hash(expert)))


def test_the_end_of_an_installation_leaves_anothers_runners_alone(rig: DockerRig) -> None:
    ours, theirs = rig.driver("ours"), rig.driver("theirs")
    mine, stuck, another = (spec(rig.gateway_url) for _ in range(3))
    handle = ours.start(mine).handle
    paused = ours.start(stuck).handle
    kept = theirs.start(another).handle
    rig.api.pause(paused["container"])  # it hears no SIGTERM
    assert ends.stop_containers(rig.api, "ours", 2.0) == 2
    assert not ours.inspect(mine.instance_id, handle).alive
    assert not ours.inspect(stuck.instance_id, paused).alive
    assert theirs.inspect(another.instance_id, kept).alive
    assert ends.stop_containers(rig.api, "ours", 2.0) == 0


def test_two_installations_have_a_network_each(rig: DockerRig) -> None:
    names = ("metafleet-test-one", "metafleet-test-two")
    ranges = ("172.31.192.0/20", "172.31.176.0/20")
    try:
        first, second = (
            network.settle(rig.api, name, f"t{number}", ranges) for number, name in enumerate(names)
        )
        assert (str(first), str(second)) == ("172.31.192.1/20", "172.31.176.1/20")
        assert network.settle(rig.api, names[1], "t1", ranges) == second
        with pytest.raises(DriverError, match="METAFLEET_DOCKER_SUBNET"):
            network.settle(rig.api, "metafleet-test-three", "t3", ranges)
    finally:
        for number, name in enumerate(names):
            network.remove(rig.api, name, f"t{number}")
            assert rig.api.networks(names=[name]) == []


def test_the_engines_machine_says_what_it_has_and_how_busy_it_is(rig: DockerRig) -> None:
    (found,) = rig.driver().hosts()
    said = rig.api.info()
    assert (found.name, found.cpu, found.provider_id) == (said["Name"], said["NCPU"], said["ID"])
    assert found.memory_mb > (found.memory_used_mb or 0) > 0
    assert found.versions["engine"] == said["ServerVersion"]
    assert rig.api.inspect_image(IMAGE)["Id"].startswith("sha256:" + found.versions["image"])
    assert found.name == rig.driver().start(spec(rig.gateway_url)).host


def test_a_network_that_somebody_else_made_is_left(rig: DockerRig) -> None:
    rig.api.create_network("metafleet-test-theirs", driver="bridge")
    try:
        network.remove(rig.api, "metafleet-test-theirs", "main")
        assert len(rig.api.networks(names=["metafleet-test-theirs"])) == 1
    finally:
        rig.api.remove_network("metafleet-test-theirs")


def test_starts_at_the_same_moment_leave_one_whole_fence(rig: DockerRig) -> None:
    ports = (18_001, 18_002)
    built = replace(rig.network, ports=ports)
    built.ensure(rig.api)
    for round_number in range(5):
        script = f"iptables -w 5 -F {built.chain}; iptables -w 5 -A {built.chain} -j DROP"
        subprocess.run(["sh", "-c", script], check=True, capture_output=True)  # noqa: S603, S607
        with ThreadPoolExecutor(6) as pool:
            said = set(pool.map(lambda _: built.ensure(rig.api), range(6)))
        assert said == {"gateway and broker alone"}, round_number
        rules = subprocess.run(  # noqa: S603
            ["iptables", "-w", "5", "-S", built.chain],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        through = [f"--dport {port} -j RETURN" for port in ports]
        assert [rule.endswith(tail) for rule, tail in zip(rules[1:], [*through, "-j DROP"], strict=True)] == [
            True
        ] * 3
