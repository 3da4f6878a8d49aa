"""A release to Amazon ECS, over HTTP against moto's server, which keeps what ECS is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from metafleet.cli.releases.amazon import AmazonTarget, exit_code
from metafleet.cli.releases.plan import AtAmazon
from metafleet.cli.releases.target import ReleaseFailed
from metafleet.hub.fleet.drivers.ecs.tests.cloud import CLUSTER, REGION, Cloud, running_cloud

SERVICES = ("worker", "gateway", "web")
ENVIRONMENT = AtAmazon(
    image="registry/app",
    web="https://app.example.com",
    gateway="https://gateway.example.com",
    cluster=CLUSTER,
    region=REGION,
    services=SERVICES,
    migrations="fleet-migrate",
)


MIGRATES = "import sys; raise SystemExit(0 if sys.argv[1:3] == ['metafleet', 'migrate'] else 3)"
"""What stands for the image's own entry point; the front of the cloud runs it."""


@pytest.fixture(scope="module")
def clouds() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(clouds: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", clouds.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    ecs = clouds.ecs
    subnet = clouds.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = clouds.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    for name in (*SERVICES, "migrate"):
        _define(ecs, name)
    for name in SERVICES:
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=f"fleet-{name}",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=network,
        )
    yield ecs
    for name in ecs.list_services(cluster=CLUSTER)["serviceArns"]:
        ecs.delete_service(cluster=CLUSTER, service=name, force=True)


def _define(ecs: Any, name: str, cpu: str = "256", memory: str = "512") -> None:
    ecs.register_task_definition(
        family=f"fleet-{name}",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu=cpu,
        memory=memory,
        containerDefinitions=[
            {
                "name": name,
                "image": "registry/app:1",
                "entryPoint": ["python", "-c", MIGRATES],
                "command": ["metafleet", name],
                "memory": 512,
                "environment": [{"name": "METAFLEET_PRODUCTION", "value": "true"}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "/metafleet", "awslogs-stream-prefix": name},
                },
            }
        ],
    )


def images(ecs: Any) -> dict[str, str]:
    told = ecs.describe_services(cluster="fleet", services=list(SERVICES))["services"]
    definitions = {
        each["serviceName"]: ecs.describe_task_definition(taskDefinition=each["taskDefinition"])
        for each in told
    }
    return {
        name: each["taskDefinition"]["containerDefinitions"][0]["image"] for name, each in definitions.items()
    }


def target() -> AmazonTarget:
    return AmazonTarget(ENVIRONMENT, every_s=0.01)


def quiet(text: str) -> None:
    return


def test_each_service_gets_the_image_and_keeps_all_else(cloud: Any) -> None:
    assert target().running() == "registry/app:1"
    target().replace(target().fetch("2"), quiet)
    assert set(images(cloud).values()) == {"registry/app:2"}
    web = cloud.describe_task_definition(taskDefinition="fleet-web")["taskDefinition"]
    assert web["containerDefinitions"][0]["command"] == ["metafleet", "web"]
    assert web["containerDefinitions"][0]["environment"][0]["name"] == "METAFLEET_PRODUCTION"
    assert (web["cpu"], web["memory"]) == ("256", "512")


def test_what_terraform_has_changed_since_comes_with_the_release(cloud: Any) -> None:
    _define(cloud, "web", cpu="512", memory="1024")
    target().replace("registry/app:2", quiet)
    [service] = cloud.describe_services(cluster=CLUSTER, services=["web"])["services"]
    web = cloud.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert (web["cpu"], web["memory"]) == ("512", "1024")
    assert web["containerDefinitions"][0]["image"] == "registry/app:2"


def test_a_task_ends_as_its_own_container_does_and_not_as_the_pooler_beside_it() -> None:
    pooler = {"name": "pooler", "exitCode": 137}
    assert exit_code({"containers": [pooler, {"name": "migrate", "exitCode": 0}]}, "migrate") == 0
    assert exit_code({"containers": [pooler, {"name": "migrate"}]}, "migrate") is None


def test_a_release_that_is_repeated_changes_nothing(cloud: Any) -> None:
    target().replace("registry/app:2", quiet)
    before = cloud.list_task_definitions()["taskDefinitionArns"]
    target().replace("registry/app:2", quiet)
    assert cloud.list_task_definitions()["taskDefinitionArns"] == before


def test_what_ecs_gives_up_is_a_failure_with_its_words(cloud: Any, clouds: Cloud) -> None:
    clouds.gives_up = {"gateway"}
    with pytest.raises(ReleaseFailed, match=r"gave gateway up: .* tasks failed to start"):
        target().replace("registry/app:2", quiet)
    clouds.gives_up = set()
    target().take_back("registry/app:1", quiet)
    assert set(images(cloud).values()) == {"registry/app:1"}


def test_the_former_image_comes_back_to_all_services(cloud: Any) -> None:
    target().replace("registry/app:2", quiet)
    target().take_back("registry/app:1", quiet)
    assert set(images(cloud).values()) == {"registry/app:1"}
    assert target().running() == "registry/app:1"


def test_the_migration_runs_the_new_image_where_the_services_run(cloud: Any) -> None:
    said = target().migrate("registry/app:2", may_contract=False)
    assert said == "metafleet migrate --no-contract ended well"
    definition = cloud.describe_task_definition(taskDefinition="fleet-migrate")["taskDefinition"]
    assert definition["containerDefinitions"][0]["image"] == "registry/app:2"


def test_a_task_that_fails_is_a_failure(cloud: Any) -> None:
    with pytest.raises(ReleaseFailed, match="metafleet check --deploy ended with code 3"):
        target().check("registry/app:2")


def test_a_cluster_without_the_service_is_said(cloud: Any) -> None:
    cloud.delete_service(cluster=CLUSTER, service="web", force=True)
    with pytest.raises(ReleaseFailed, match="The cluster fleet has no service web"):
        target().running()
