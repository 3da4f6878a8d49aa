"""The ECS driver, over HTTP against moto's server."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from metafleet.hub.fleet.drivers.contract import DriverError, RuntimeSpec
from metafleet.hub.fleet.drivers.ecs import driver as module
from metafleet.hub.fleet.drivers.ecs.driver import EcsDriver
from metafleet.hub.fleet.drivers.ecs.place import Place
from metafleet.hub.kernel.secrets import Secret

REGION = "us-east-1"
PLACE = Place("fleet", REGION, "registry/runner@sha256:1", "", "", "/metafleet/runners")
TOKEN = "a-one-start-token-that-nobody-may-see"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def ecs(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster with one m5.large."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    module._clients.cache_clear()
    client, machines = boto3.client("ecs", region_name=REGION), boto3.client("ec2", region_name=REGION)
    client.create_cluster(clusterName="fleet")
    image = machines.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = machines.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="m5.large")
    identity = {"instanceId": made["Instances"][0]["InstanceId"], "region": REGION}
    client.register_container_instance(cluster="fleet", instanceIdentityDocument=json.dumps(identity))
    yield client
    urllib.request.urlopen(f"{server}/moto-api/reset", data=b"").close()  # noqa: S310 - our own server
    module._clients.cache_clear()


def spec(**wishes: Any) -> RuntimeSpec:
    return RuntimeSpec(
        uuid4(), uuid4(), "https://gateway", Secret(TOKEN), **({"cpu": 0.25, "memory_mb": 256} | wishes)
    )


def test_a_start_is_seen_and_ended(ecs: Any) -> None:
    driver, wanted = EcsDriver(PLACE), spec()
    started = driver.start(wanted)
    assert driver.inspect(wanted.instance_id, started.handle).alive
    assert driver.living({wanted.instance_id: started.handle}) == {wanted.instance_id}
    for _ in range(2):
        driver.stop(wanted.instance_id, started.handle, force=True)
    assert not driver.inspect(wanted.instance_id, started.handle).alive
    assert driver.living({wanted.instance_id: started.handle}) == set()


def test_what_a_dead_worker_did_not_write_is_found_without_its_handle(ecs: Any) -> None:
    driver, wanted = EcsDriver(PLACE), spec()
    started = driver.start(wanted)
    assert driver.inspect(wanted.instance_id, {}).started == started
    driver.stop(wanted.instance_id, {}, force=True)
    assert not driver.inspect(wanted.instance_id, {}).alive


def test_no_second_runner_is_started_beside_one_that_lives(ecs: Any) -> None:
    driver, wanted = EcsDriver(PLACE), spec()
    driver.start(wanted)
    with pytest.raises(DriverError, match="still alive") as refused:
        driver.start(wanted)
    assert not refused.value.permanent


def test_nothing_that_ecs_tells_shows_the_token(ecs: Any) -> None:
    driver, wanted = EcsDriver(PLACE), spec()
    started = driver.start(wanted)
    task = ecs.describe_tasks(cluster="fleet", tasks=[started.handle["task"]])["tasks"][0]
    told = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    assert TOKEN not in json.dumps([task, told], default=str)
    container = told["containerDefinitions"][0]
    assert container["secrets"][0]["valueFrom"] == f"/metafleet/starts/{wanted.instance_id}"
    assert (container["cpu"], container["memory"], container["user"]) == (256, 256, "10001:10001")
    assert container["readonlyRootFilesystem"]
    driver.stop(wanted.instance_id, started.handle, force=True)
    parameters = boto3.client("ssm", region_name=REGION).get_parameters(
        Names=[PLACE.parameter(wanted.instance_id)]
    )
    assert parameters["Parameters"] == []


def test_a_cluster_without_room_is_no_fault_for_ever(ecs: Any) -> None:
    with pytest.raises(DriverError) as refused:
        EcsDriver(PLACE).start(spec(memory_mb=64_000))
    assert not refused.value.permanent


def test_a_cluster_that_is_not_there_is_a_fault_for_ever(ecs: Any) -> None:
    nowhere = Place("nowhere", REGION, "image", "", "", "logs")
    with pytest.raises(DriverError) as refused:
        EcsDriver(nowhere).start(spec())
    assert refused.value.permanent


def test_an_api_that_does_not_answer_is_said_and_tried_again(
    ecs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    module._clients.cache_clear()
    with pytest.raises(DriverError, match="cannot be reached") as refused:
        EcsDriver(PLACE).inspect(uuid4(), {})
    assert not refused.value.permanent


def test_many_are_asked_about_in_few_calls(ecs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, calls = EcsDriver(PLACE), list[int]()

    def describe(arns: list[str]) -> list[Any]:
        calls.append(len(arns))
        return []

    monkeypatch.setattr(driver, "_describe", describe)
    assert driver.living({uuid4(): {"task": str(n)} for n in range(250)}) == set()
    assert calls == [100, 100, 50]


def test_logs_go_on_where_they_ended(ecs: Any) -> None:
    driver, instance_id = EcsDriver(PLACE), uuid4()
    assert driver.logs(instance_id, offset=None, most_bytes=1000).lines == []
    logs, sent_at = boto3.client("logs", region_name=REGION), int(time.time() * 1000)
    stream = {"logGroupName": PLACE.log_group, "logStreamName": f"{instance_id}/runner/1"}
    logs.create_log_group(logGroupName=PLACE.log_group)
    logs.create_log_stream(**stream)
    logs.put_log_events(**stream, logEvents=[{"timestamp": sent_at, "message": "one"}])
    first = driver.logs(instance_id, offset=None, most_bytes=1000)
    logs.put_log_events(**stream, logEvents=[{"timestamp": sent_at + 500, "message": "two"}])
    second = driver.logs(instance_id, offset=first.next_offset, most_bytes=1000)
    assert (first.lines, second.lines) == (["one"], ["two"])
