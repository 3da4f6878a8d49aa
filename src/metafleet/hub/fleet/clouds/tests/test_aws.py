"""Amazon's Auto Scaling, over HTTP against moto's server."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from metafleet.hub.fleet import groups, scaling
from metafleet.hub.fleet.clouds import cloud
from metafleet.hub.fleet.clouds.contract import Cloud, CloudError
from metafleet.hub.fleet.models import Host
from metafleet.hub.fleet.scaling import Rule
from tests.cast import NOW

REGION = "us-east-1"
SETTINGS = {"asg": "runners", "region": REGION, "usdPerHour": "0.0960"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def asg(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An Auto Scaling group of at most four m5.large, one of them made."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    machines = boto3.client("ec2", region_name=REGION)
    client = boto3.client("autoscaling", region_name=REGION)
    image = machines.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    template = machines.create_launch_template(
        LaunchTemplateName="runners", LaunchTemplateData={"ImageId": image, "InstanceType": "m5.large"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    client.create_auto_scaling_group(
        AutoScalingGroupName="runners",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        MinSize=0,
        MaxSize=4,
        DesiredCapacity=1,
        VPCZoneIdentifier=machines.describe_subnets()["Subnets"][0]["SubnetId"],
    )
    yield client
    client.delete_auto_scaling_group(AutoScalingGroupName="runners", ForceDelete=True)
    machines.delete_launch_template(LaunchTemplateId=template)


def aws(**settings: str) -> Cloud:
    return cloud("aws", "farm", SETTINGS | settings)


def capacity(client: Any) -> int:
    found = client.describe_auto_scaling_groups(AutoScalingGroupNames=["runners"])
    desired: int = found["AutoScalingGroups"][0]["DesiredCapacity"]
    return desired


def test_its_machines_are_hosts_with_size_and_price(asg: Any) -> None:
    (host,) = aws().hosts()
    assert (host.cpu, host.memory_mb, host.usd_per_hour) == (2.0, 8192, Decimal("0.0960"))
    assert host.provider_id.startswith("i-")
    assert host.is_ready


def test_it_grows_to_a_count_and_a_repeat_changes_nothing(asg: Any) -> None:
    for _ in range(2):
        aws().resize(3)
        assert (capacity(asg), len(aws().hosts())) == (3, 3)
    aws().resize(1)
    assert capacity(asg) == 3


def test_it_ends_the_machines_that_are_named_and_repeating_it_is_no_error(asg: Any) -> None:
    aws().resize(3)
    victim = aws().hosts()[1].provider_id
    for _ in range(2):
        aws().remove([victim])
        assert capacity(asg) == 2
        assert victim not in {host.provider_id for host in aws().hosts()}


def test_what_aws_refuses_is_said_in_words(asg: Any) -> None:
    with pytest.raises(CloudError, match="may have 4 machines and 9 are needed") as refusal:
        aws().resize(9)
    assert refusal.value.permanent
    with pytest.raises(CloudError, match="no Auto Scaling group 'other'"):
        aws(asg="other").hosts()


def test_a_cloud_that_does_not_answer_is_no_permanent_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ENDPOINT_URL", "http://127.0.0.1:9"), ("ACCESS_KEY_ID", "x")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(CloudError, match="AWS cannot be asked") as refusal:
        aws().hosts()
    assert not refusal.value.permanent


def test_the_autoscaler_drives_an_auto_scaling_group(asg: Any, db: None) -> None:
    groups.make_group(
        name="farm", provider="aws", settings=SETTINGS, rule=Rule(10, 1, 2, 4), is_dry_run=False, now=NOW
    )
    (up,) = scaling.scale_due(now=NOW)
    assert (up.action, up.hosts, up.wanted, up.error, capacity(asg)) == ("up", 1, 2, "", 2)
    scaling.scale_due(now=NOW + scaling.LOOK_EVERY)
    assert Host.objects.filter(group="farm", state="active").count() == 2
