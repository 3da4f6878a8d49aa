"""The nightly restore, against moto's server; and what reads the restored database, against PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import psycopg
import pytest
import requests
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends
from moto.rds.models import rds_backends
from psycopg import sql

from infra.terraform.lambdas.backup.handler import check, handler, start
from metafleet.cli.servers import Servers
from metafleet.hub.vault.tests.amazon import REGION, running_amazon

READ = Path(__file__).resolve().parents[2] / "infra/terraform/lambdas/backup/read.py"
SETTINGS = {
    "DATABASE": "fleet",
    "SUBNET_GROUP": "fleet",
    "PARAMETER_GROUP": "fleet",
    "INSTANCE_CLASS": "db.t4g.medium",
    "CLUSTER": "fleet",
    "TASK": "fleet-read",
    "PUBLIC_ADDRESS": "DISABLED",
}


class Night:
    """An account with a database and a cluster; what moto does not do of itself is done here."""

    def __init__(self) -> None:
        self.rds: Any = boto3.client("rds")
        self.now = datetime.now(UTC)
        ec2: Any = boto3.client("ec2")
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
        group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="fleet", DBSubnetGroupDescription="x", SubnetIds=subnets
        )
        self.rds.create_db_parameter_group(
            DBParameterGroupName="fleet", DBParameterGroupFamily="postgres16", Description="x"
        )
        self.rds.create_db_instance(
            DBInstanceIdentifier="fleet",
            DBInstanceClass="db.t4g.medium",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="metafleet",
            MasterUserPassword="metafleet-metafleet",
            StorageEncrypted=True,
            BackupRetentionPeriod=7,
        )
        ecs: Any = boto3.client("ecs")
        ecs.create_cluster(clusterName="fleet")
        ecs.register_task_definition(
            family="fleet-read",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "read", "image": "x", "memory": 512}],
        )
        self.topic = boto3.client("sns").create_topic(Name="alarms")["TopicArn"]
        self.queue = boto3.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
        boto3.client("sns").subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:heard",
            Attributes={"RawMessageDelivery": "true"},
        )
        self.settings = {
            **SETTINGS,
            "SUBNETS": ",".join(subnets),
            "SECURITY_GROUP": group,
            "TASK_GROUP": group,
            "TOPIC_ARN": self.topic,
        }

    def scratch(self) -> dict[str, Any] | None:
        found = self.rds.describe_db_instances()["DBInstances"]
        return next((each for each in found if each["DBInstanceIdentifier"] == "fleet-verify"), None)

    def is_now(self, status: str) -> None:
        rds_backends[DEFAULT_ACCOUNT_ID][REGION].databases["fleet-verify"].status = status

    def tasks(self) -> list[Any]:
        return list(ecs_backends[DEFAULT_ACCOUNT_ID][REGION].tasks.get("fleet", {}).values())

    def reading_ends(self, code: int) -> None:
        [task] = self.tasks()
        task.last_status = "STOPPED"
        task.containers = [{"name": "read", "exitCode": code}]

    def heard(self) -> list[str]:
        answer: dict[str, Any] = boto3.client("sqs").receive_message(QueueUrl=self.queue)
        return [message["Body"] for message in answer.get("Messages", [])]

    def verified(self) -> list[float]:
        answer = boto3.client("cloudwatch").get_metric_statistics(
            Namespace="Metafleet/Backups",
            MetricName="Verified",
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "fleet"}],
            StartTime=self.now - timedelta(hours=1),
            EndTime=self.now + timedelta(hours=1),
            Period=60,
            Statistics=["Sum"],
        )
        return [point["Sum"] for point in answer["Datapoints"]]


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    with running_amazon(monkeypatch) as url:
        requests.post(f"{url}/moto-api/reset", timeout=10)
        made = Night()
        for name, value in made.settings.items():
            monkeypatch.setenv(name, value)
        yield made


def test_a_backup_is_restored_read_and_taken_away(night: Night) -> None:
    assert start(night.now) == "restoring"
    night.is_now("creating")
    assert check(night.now + timedelta(minutes=10)) == "waiting: creating"
    night.is_now("available")
    assert check(night.now + timedelta(minutes=20)) == "reading"
    assert check(night.now + timedelta(minutes=30)) == "waiting: reading"
    assert len(night.tasks()) == 1
    night.reading_ends(0)
    assert check(night.now + timedelta(minutes=40)) == "verified"
    assert (night.scratch(), night.verified(), night.heard()) == (None, [1.0], [])
    assert check(night.now + timedelta(minutes=50)) == "nothing to do"


def test_the_task_reads_the_restored_instance_and_not_the_database(night: Night) -> None:
    start(night.now)
    check(night.now)
    scratch = night.scratch()
    assert scratch is not None
    [override] = night.tasks()[0].overrides["containerOverrides"]
    assert override["environment"] == [{"name": "READ_HOST", "value": scratch["Endpoint"]["Address"]}]


def test_what_cannot_be_read_is_told_and_counts_as_not_verified(night: Night) -> None:
    start(night.now)
    check(night.now)
    night.reading_ends(1)
    assert check(night.now) == "not verified"
    [message] = night.heard()
    assert "Not every table could be read (exit code 1" in message
    assert (night.scratch(), night.verified()) == (None, [0.0])


def test_a_restore_that_takes_too_long_is_told_and_taken_away(night: Night) -> None:
    start(night.now)
    night.is_now("creating")
    assert check(night.now + timedelta(hours=4, minutes=1)) == "not verified"
    assert night.heard() == ["After 241 minutes it was still creating."]
    assert night.scratch() is None


def test_a_log_that_is_late_is_told_before_anything_is_restored(night: Night) -> None:
    assert start(night.now + timedelta(minutes=49)) == "restoring"  # moto's is always of now
    [message] = night.heard()
    assert re.fullmatch(r"The newest second that can be restored is 4\d minutes old\.", message)


def test_an_instance_of_another_night_is_an_error(night: Night) -> None:
    start(night.now)
    with pytest.raises(Exception, match="DBInstanceAlreadyExists"):
        start(night.now)


def test_the_function_does_what_the_schedule_says(night: Night) -> None:
    assert handler({"do": "check"}, None) == "nothing to do"
    assert handler({"do": "start"}, None) == "restoring"


def read(database_url: str, host: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": database_url, "READ_HOST": host}
    return subprocess.run(
        [sys.executable, "-c", READ.read_text()],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def database(servers: Servers) -> Iterator[str]:
    name = f"restored_{uuid4().hex[:8]}"
    url = servers.database_url.replace("/metafleet?", f"/{name}?")
    assert url != servers.database_url
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield url
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _host(url: str) -> str:
    return url.partition("host=")[2].partition("&")[0].replace("%2F", "/")


def test_every_table_is_read(database: str) -> None:
    with psycopg.connect(database) as made:
        made.execute("CREATE TABLE django_migrations (id int)")
        made.execute("INSERT INTO django_migrations SELECT generate_series(1, 5)")
        made.execute("CREATE TABLE deals (said text)")
        made.execute("INSERT INTO deals SELECT repeat(md5(random()::text), 3000) FROM generate_series(1, 2)")
    done = read(database.replace(_host(database), "/nowhere"), _host(database))
    assert (done.returncode, done.stderr) == (0, "")
    assert "public.deals: 2\n" in done.stdout
    assert done.stdout.endswith("2 tables, 7 rows\n")


def test_a_database_without_the_products_tables_is_no_backup(database: str) -> None:
    done = read(database, _host(database))
    assert done.returncode == 1
    assert "django_migrations" in done.stderr
