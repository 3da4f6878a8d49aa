"""What only the ECS driver promises, over HTTP against moto's server and its front (`cloud`)."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from metafleet.hub.fleet import closing, hosts
from metafleet.hub.fleet.drivers.contract import DriverError, Machine, RuntimeSpec
from metafleet.hub.fleet.drivers.ecs import definition
from metafleet.hub.fleet.drivers.ecs.driver import EcsDriver
from metafleet.hub.fleet.drivers.ecs.place import Place
from metafleet.hub.fleet.drivers.ecs.tests.cloud import CLUSTER, REGION, Cloud
from metafleet.hub.fleet.drivers.ecs.tests.conftest import PLACE, SHOWN_WITHIN, EcsRig
from metafleet.hub.fleet.drivers.tests.contract import PATIENCE_S, TOKEN, is_gone, spec
from metafleet.hub.fleet.models import Host
from metafleet.hub.kernel import clock
from tests.waiting import wait_until

WINDOWS = replace(PLACE, windows_image="registry/mt5@sha256:2", windows_capacity_provider="windows")


def tickets(cloud: Cloud, wish: RuntimeSpec) -> list[str]:
    found = cloud.ssm.get_parameters_by_path(Path=PLACE.tickets(wish.instance_id))["Parameters"]
    return [parameter["Name"] for parameter in found]


def definitions(cloud: Cloud, wish: RuntimeSpec, status: str = "ACTIVE") -> list[str]:
    family = definition.family(wish.instance_id)
    arns = cloud.ecs.list_task_definitions(familyPrefix=family, status=status)["taskDefinitionArns"]
    return [str(arn) for arn in arns]


def registered(cloud: Cloud, wish: RuntimeSpec) -> dict[str, Any]:
    [arn] = definitions(cloud, wish)
    told: dict[str, Any] = cloud.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return told


def over(rig: EcsRig, wish: RuntimeSpec) -> None:
    rig.driver().stop(wish.instance_id, {}, force=True)
    assert is_gone(rig.driver(), wish.instance_id)


# The ticket


def test_a_runner_takes_its_ticket_once_and_nothing_of_it_is_left(rig: EcsRig) -> None:
    wish = spec(rig.gateway_url)
    handle = rig.driver().start(wish).handle
    assert wait_until(lambda: tickets(rig.cloud, wish) == [], PATIENCE_S)
    process = Path("/proc") / str(rig.cloud.containers[handle["task"]].process.pid)
    assert wait_until(lambda: b"metafleet.runner\0" in (process / "cmdline").read_bytes(), PATIENCE_S)
    told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    left = [word for word in (b"AWS_", b"/metafleet/starts", TOKEN.encode()) if word in told]
    assert left == [], "the EA must not get at its task's role"
    assert rig.driver().inspect(wish.instance_id, handle).alive


def test_a_ticket_lies_encrypted_under_a_name_that_cannot_be_guessed(rig: EcsRig) -> None:
    wish = spec(rig.gateway_url)
    rig.driver().start(wish)
    [body] = rig.cloud.asked("RunTask")
    command = body["overrides"]["containerOverrides"][0]["command"]
    name = command[command.index("--ticket") + 1]
    assert name.startswith(f"/metafleet/starts/{wish.instance_id}/")
    assert len(name.rpartition("/")[2]) == 40
    assert str(wish.run_id).replace("-", "") not in name
    kinds = [row["Type"] for row in rig.cloud.ssm.describe_parameters()["Parameters"] if row["Name"] == name]
    assert kinds in ([], ["SecureString"])
    assert "secrets" not in registered(rig.cloud, wish)["containerDefinitions"][0]
    assert "environment" not in json.dumps(body)


def test_a_ticket_that_was_taken_back_starts_nothing(rig: EcsRig) -> None:
    driver, wish = rig.driver(), spec(rig.gateway_url)
    place = replace(PLACE, image="another")
    name = f"{place.tickets(wish.instance_id)}/none"
    rig.cloud.ssm.put_parameter(Name=name, Value="{}", Type="SecureString")
    handle = driver.start(wish).handle  # what an earlier start left is gone
    assert name not in tickets(rig.cloud, wish)
    driver.stop(wish.instance_id, handle, force=True)
    assert is_gone(driver, wish.instance_id, handle)
    assert tickets(rig.cloud, wish) == []


# What ECS does not show yet


def test_a_task_that_is_not_shown_yet_counts_as_alive(rig: EcsRig) -> None:
    rig.cloud.hide_for_s = 1.5
    driver, wish = rig.driver(), spec(rig.gateway_url)
    started = driver.start(wish)
    sight = driver.inspect(wish.instance_id, started.handle)
    assert (sight.alive, sight.reason) == (True, "Asked for a moment ago; Amazon ECS does not show it yet")
    assert driver.living({wish.instance_id: started.handle}) == {wish.instance_id}
    assert driver.inspect(wish.instance_id, {}).alive, "of a worker that died before it wrote the handle"
    with pytest.raises(DriverError, match="still alive"):
        driver.start(spec(rig.gateway_url, wish.instance_id))
    with pytest.raises(DriverError, match="cannot be stopped yet") as refused:
        driver.stop(wish.instance_id, started.handle, force=True)
    assert not refused.value.permanent
    assert rig.count(wish.instance_id) == 1
    assert wait_until(lambda: driver.inspect(wish.instance_id, {}).started == started, PATIENCE_S)
    over(rig, wish)


def test_a_task_that_is_never_shown_is_given_up_after_a_while(rig: EcsRig) -> None:
    rig.cloud.hide_for_s = 3600.0
    driver, wish = rig.driver(), spec(rig.gateway_url)
    handle = driver.start(wish).handle
    began = time.monotonic()
    assert is_gone(driver, wish.instance_id, handle)
    assert is_gone(driver, wish.instance_id)
    assert time.monotonic() - began > SHOWN_WITHIN.total_seconds() - 1
    assert driver.living({wish.instance_id: handle}) == set()


def test_a_start_whose_answer_was_lost_starts_one_task(rig: EcsRig) -> None:
    rig.cloud.lose_answer_to = {"RunTask"}
    wish = spec(rig.gateway_url)
    handle = rig.driver().start(wish).handle
    assert rig.count(wish.instance_id) == 1
    tokens = [body["clientToken"] for body in rig.cloud.asked("RunTask")]
    assert tokens == [wish.run_id.hex] * 2
    assert rig.driver().inspect(wish.instance_id, handle).alive


def test_a_start_that_found_no_place_does_not_hold_the_next_up(rig: EcsRig) -> None:
    driver, wish = rig.driver(), replace(spec(rig.gateway_url), memory_mb=64_000)
    with pytest.raises(DriverError) as refused:
        driver.start(wish)
    assert not refused.value.permanent
    assert not driver.inspect(wish.instance_id, {}).alive
    assert tickets(rig.cloud, wish) == []
    driver.start(spec(rig.gateway_url, wish.instance_id))
    assert rig.count(wish.instance_id) == 1


# Definitions


def test_one_definition_serves_every_start_until_something_changes(rig: EcsRig) -> None:
    wish = spec(rig.gateway_url)
    rig.driver().start(wish)
    [first] = definitions(rig.cloud, wish)
    over(rig, wish)
    again = spec(rig.gateway_url, wish.instance_id)
    rig.driver().start(again)
    assert definitions(rig.cloud, wish) == [first]
    over(rig, wish)
    rig.driver().start(replace(spec(rig.gateway_url, wish.instance_id), memory_mb=512))
    [second] = definitions(rig.cloud, wish)
    assert second != first
    assert definitions(rig.cloud, wish, "INACTIVE") == [first]
    assert len(rig.cloud.asked("RegisterTaskDefinition")) == 2


def test_a_runner_is_confined(rig: EcsRig) -> None:
    wish = spec(rig.gateway_url)
    rig.driver().start(wish)
    container = registered(rig.cloud, wish)["containerDefinitions"][0]
    assert (container["cpu"], container["memory"], container["user"]) == (512, 256, "10001:10001")
    assert container["readonlyRootFilesystem"]
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert container["dockerSecurityOptions"] == ["no-new-privileges"]
    assert "initProcessEnabled" not in container["linuxParameters"]


# Where it runs


def test_tasks_are_spread_over_zones_and_packed_within_them(rig: EcsRig) -> None:
    rig.driver().start(spec(rig.gateway_url))
    [body] = rig.cloud.asked("RunTask")
    assert body["placementStrategy"] == [
        {"type": "spread", "field": "attribute:ecs.availability-zone"},
        {"type": "binpack", "field": "memory"},
    ]
    assert body["launchType"] == "EC2"
    assert body["placementConstraints"] == []


def test_a_capacity_provider_is_asked_in_place_of_a_launch_type(rig: EcsRig) -> None:
    wish = spec(rig.gateway_url)
    EcsDriver(replace(PLACE, capacity_provider="grown"), SHOWN_WITHIN).start(wish)
    [body] = rig.cloud.asked("RunTask")
    assert body["capacityProviderStrategy"] == [{"capacityProvider": "grown", "weight": 1}]
    assert "launchType" not in body
    over(rig, wish)


def test_a_task_goes_where_it_is_told_and_not_where_it_may_not(rig: EcsRig) -> None:
    [machine] = rig.driver().hosts()
    wish = replace(spec(rig.gateway_url), host=machine.name, avoid=("i-1", "i-2"))
    started = rig.driver().start(wish)
    assert started.host == machine.name
    [body] = rig.cloud.asked("RunTask")
    assert body["placementConstraints"] == [
        {"type": "memberOf", "expression": f"ec2InstanceId == {machine.provider_id}"},
        {"type": "memberOf", "expression": "!(ec2InstanceId in [i-1, i-2])"},
    ]
    assert rig.driver().inspect(wish.instance_id, started.handle).host == machine.name
    with pytest.raises(DriverError, match="no machine nowhere") as refused:
        rig.driver().start(replace(spec(rig.gateway_url), host="nowhere"))
    assert not refused.value.permanent


def test_machines_say_what_they_have_and_what_is_promised_of_it(rig: EcsRig) -> None:
    wish = spec(rig.gateway_url)
    [before] = rig.driver().hosts()
    assert (before.cpu, before.memory_mb, before.is_up, before.is_open) == (4.0, 7482, True, True)
    assert before.provider_id.startswith("i-")
    assert before.versions["agent"]
    rig.driver().start(wish)
    [during] = rig.driver().hosts()
    assert (before.memory_used_mb, before.cpu_percent) == (0.0, 0.0)
    assert (during.memory_used_mb, during.cpu_percent) == (256.0, 12.5)
    machines = rig.cloud.ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    for status, is_open in (("DRAINING", False), ("ACTIVE", True)):
        rig.cloud.ecs.update_container_instances_state(
            cluster=CLUSTER, containerInstances=machines, status=status
        )
        assert [machine.is_open for machine in rig.driver().hosts()] == [is_open]
    over(rig, wish)


@pytest.mark.django_db
def test_a_host_that_is_drained_here_is_drained_at_ecs_until_it_is_taken_back(rig: EcsRig) -> None:
    second = rig.cloud.add_machine()
    driver, wish = rig.driver(), spec(rig.gateway_url)

    def reported() -> dict[str, bool]:
        seen = driver.hosts()
        hosts.record(driver="ecs", seen=seen, usd_per_hour=Decimal(0), now=clock.now())
        closing.tell(driver, driver="ecs", seen=seen)
        return {each.name: each.is_open for each in driver.hosts()}

    try:
        machine = {each.name: each for each in driver.hosts()}[driver.start(wish).host]
        assert set(reported().values()) == {True}
        row = Host.objects.get(name=machine.name)
        hosts.drain(host_id=row.id, reason="New kernel", now=clock.now())
        assert [name for name, is_open in reported().items() if not is_open] == [machine.name]
        assert rig.count(wish.instance_id) == 1, "what runs there is left alone"
        hosts.activate(host_id=row.id)
        assert set(reported().values()) == {True}
        asked = rig.cloud.asked("UpdateContainerInstancesState")
        assert [body["status"] for body in asked] == ["DRAINING", "ACTIVE"]
        assert Host.objects.get(name=machine.name).state == "active"
    finally:
        over(rig, wish)
        rig.cloud.ecs.deregister_container_instance(cluster=CLUSTER, containerInstance=second, force=True)


def test_a_machine_that_has_left_the_cluster_cannot_be_closed(rig: EcsRig) -> None:
    gone = Machine("gone", cpu=1.0, memory_mb=1024, provider_id="i-0")
    with pytest.raises(DriverError, match="no machine i-0") as refused:
        rig.driver().set_open(gone, is_open=False)
    assert refused.value.permanent
    assert rig.cloud.asked("UpdateContainerInstancesState") == []


# Windows


def test_an_mt5_account_gets_a_windows_task_without_what_windows_does_not_know() -> None:
    body = definition.of(WINDOWS, replace(spec("https://gateway"), platform="mt5"))
    assert body["runtimePlatform"] == {
        "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE",
        "cpuArchitecture": "X86_64",
    }
    container = body["containerDefinitions"][0]
    assert container["image"] == "registry/mt5@sha256:2"
    linux = {"linuxParameters", "readonlyRootFilesystem", "user", "dockerSecurityOptions", "entryPoint"}
    assert linux & set(container) == set()
    assert {"cpu", "memory"} & set(body) == set()
    where = WINDOWS.where("mt5")
    assert where["capacityProviderStrategy"] == [{"capacityProvider": "windows", "weight": 1}]
    assert WINDOWS.where("paper")["launchType"] == "EC2"


def test_a_windows_definition_is_taken_by_the_api(cloud: Cloud) -> None:
    body = definition.of(WINDOWS, replace(spec("https://gateway"), platform="mt5"))
    made = cloud.ecs.register_task_definition(**body)["taskDefinition"]
    assert made["runtimePlatform"]["operatingSystemFamily"] == "WINDOWS_SERVER_2022_CORE"


def test_an_mt5_account_without_a_windows_image_is_refused_with_the_way_out(rig: EcsRig) -> None:
    with pytest.raises(DriverError, match="METAFLEET_ECS_WINDOWS_IMAGE") as refused:
        rig.driver().start(replace(spec(rig.gateway_url), platform="mt5"))
    assert refused.value.permanent
    assert rig.cloud.calls == []


# Errors


def test_a_cluster_that_is_not_there_is_a_fault_for_ever(cloud: Cloud) -> None:
    nowhere = Place("nowhere", REGION, "image", "", "", "logs")
    with pytest.raises(DriverError) as refused:
        EcsDriver(nowhere).start(spec("https://gateway"))
    assert refused.value.permanent


def test_an_api_that_does_not_answer_is_said_and_tried_again(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(DriverError, match="cannot be reached") as refused:
        EcsDriver(PLACE).inspect(uuid4(), {})
    assert not refused.value.permanent


def test_many_are_asked_about_in_few_calls(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, calls = EcsDriver(PLACE), list[int]()

    def describe(arns: list[str]) -> list[Any]:
        calls.append(len(arns))
        return []

    monkeypatch.setattr(driver, "_describe", describe)
    assert driver.living({uuid4(): {"task": str(n)} for n in range(250)}) == set()
    assert calls == [100, 100, 50]


# Logs


def test_the_last_lines_are_the_newest_of_the_newest_task(cloud: Cloud) -> None:
    driver, instance_id = EcsDriver(PLACE), uuid4()
    assert driver.logs(instance_id, offset=None, most_bytes=1000).lines == []
    logs, sent_at = boto3.client("logs", region_name=REGION), int(clock.now().timestamp() * 1000)
    if not logs.describe_log_groups(logGroupNamePrefix=PLACE.log_group)["logGroups"]:
        logs.create_log_group(logGroupName=PLACE.log_group)
    for number in range(2):
        stream = {"logGroupName": PLACE.log_group, "logStreamName": f"{instance_id}/runner/{number}"}
        logs.create_log_stream(**stream)
        events = [{"timestamp": sent_at + number * 100 + n, "message": f"{number}-{n}"} for n in range(5)]
        logs.put_log_events(**stream, logEvents=events)
    assert driver.logs(instance_id, offset=None, most_bytes=12).lines == ["1-2", "1-3", "1-4"]
    whole = driver.logs(instance_id, offset=0, most_bytes=9999)
    assert len(whole.lines) == 10
    first = driver.logs(instance_id, offset=0, most_bytes=12)
    assert first.lines == ["0-0", "0-1", "0-2"]
    assert driver.logs(instance_id, offset=first.next_offset, most_bytes=8).lines == ["0-3", "0-4"]
