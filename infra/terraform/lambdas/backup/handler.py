"""Each night: restore the database's backup beside it, have every row of it read, and take it away again.

`{"do": "start"}` restores the newest second that can be restored, as a scratch instance. `{"do": "check"}`,
every ten minutes, goes on from where that has got: once the instance is up, a task of the product's image
reads all of its tables (read.py); once that has ended, what was found is told and the instance is deleted.
What is known between two calls stands in the instance's tags, so that any call may be lost or come twice.

Environment: DATABASE, SUBNET_GROUP, PARAMETER_GROUP, SECURITY_GROUP, INSTANCE_CLASS, CLUSTER, TASK, SUBNETS,
TASK_GROUP, PUBLIC_ADDRESS, TOPIC_ARN.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

NAMESPACE = "Metafleet/Backups"
LATEST = timedelta(minutes=15)
"""RDS ships its log every five minutes; what is older than this is no longer on time."""
PATIENCE = timedelta(hours=4)


class NotVerified(Exception):
    """The backup is not what it should be; the sentence says how."""


def handler(event: dict[str, Any], _context: object) -> str:
    now = datetime.now(UTC)
    return start(now) if event.get("do") == "start" else check(now)


def start(now: datetime) -> str:
    """Begin to restore; a scratch instance that is still there from another night is an error."""
    source = _instance(os.environ["DATABASE"])
    if source is None:
        raise LookupError(f"There is no database {os.environ['DATABASE']}.")
    age = now - source.get("LatestRestorableTime", source["InstanceCreateTime"])
    _measure("LatestRestorableAge", age.total_seconds(), "Seconds")
    if age > LATEST:
        _tell(f"The newest second that can be restored is {_minutes(age)} minutes old.")
    _rds().restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=source["DBInstanceIdentifier"],
        TargetDBInstanceIdentifier=_scratch(),
        UseLatestRestorableTime=True,
        DBInstanceClass=os.environ["INSTANCE_CLASS"],
        DBSubnetGroupName=os.environ["SUBNET_GROUP"],
        DBParameterGroupName=os.environ["PARAMETER_GROUP"],
        VpcSecurityGroupIds=[os.environ["SECURITY_GROUP"]],
        MultiAZ=False,
        PubliclyAccessible=False,
        DeletionProtection=False,
        Tags=[{"Key": "StartedAt", "Value": now.isoformat()}],
    )
    return "restoring"


def check(now: datetime) -> str:
    """Go on with what was started; say what is being waited for, or how it ended."""
    scratch = _instance(_scratch())
    if scratch is None or scratch["DBInstanceStatus"] == "deleting":
        return "nothing to do"
    tags = {tag["Key"]: tag["Value"] for tag in scratch.get("TagList", [])}
    began = datetime.fromisoformat(tags["StartedAt"])
    try:
        if now - began > PATIENCE:
            raise NotVerified(
                f"After {_minutes(now - began)} minutes it was still {scratch['DBInstanceStatus']}."
            )
        if scratch["DBInstanceStatus"] != "available":
            return f"waiting: {scratch['DBInstanceStatus']}"
        if "ReadBy" not in tags:
            _measure("RestoreTime", (now - began).total_seconds(), "Seconds")
            _begin_to_read(scratch)
            return "reading"
        if not _has_read(tags["ReadBy"]):
            return "waiting: reading"
    except NotVerified as reason:
        _measure("Verified", 0, "Count")
        _tell(str(reason))
        _delete(scratch)
        return "not verified"
    _measure("Verified", 1, "Count")
    _delete(scratch)
    return "verified"


def _begin_to_read(scratch: dict[str, Any]) -> None:
    source = _instance(os.environ["DATABASE"])
    if source and scratch.get("KmsKeyId") != source.get("KmsKeyId"):
        raise NotVerified("The restored database is not encrypted by the database's own key.")
    answer = boto3.client("ecs").run_task(
        cluster=os.environ["CLUSTER"],
        taskDefinition=os.environ["TASK"],
        launchType="FARGATE",
        count=1,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": os.environ["SUBNETS"].split(","),
                "securityGroups": [os.environ["TASK_GROUP"]],
                "assignPublicIp": os.environ["PUBLIC_ADDRESS"],
            }
        },
        overrides={
            "containerOverrides": [
                {
                    "name": "read",
                    "environment": [{"name": "READ_HOST", "value": scratch["Endpoint"]["Address"]}],
                }
            ]
        },
    )
    if not answer["tasks"]:
        raise RuntimeError(f"The task that reads was not started: {answer.get('failures')}")
    _rds().add_tags_to_resource(
        ResourceName=scratch["DBInstanceArn"],
        Tags=[{"Key": "ReadBy", "Value": answer["tasks"][0]["taskArn"]}],
    )


def _has_read(task_arn: str) -> bool:
    """Raises NotVerified when the task ended otherwise than well."""
    tasks = boto3.client("ecs").describe_tasks(cluster=os.environ["CLUSTER"], tasks=[task_arn])["tasks"]
    if not tasks:
        raise NotVerified("The task that reads is no longer known to ECS.")
    if tasks[0]["lastStatus"] != "STOPPED":
        return False
    codes = {part["name"]: part.get("exitCode") for part in tasks[0]["containers"]}
    if codes.get("read") != 0:
        raise NotVerified(
            f"Not every table could be read (exit code {codes.get('read')}). "
            f"{tasks[0].get('stoppedReason', '')} The log stream read/read/… of the services says which."
        )
    return True


def _delete(scratch: dict[str, Any]) -> None:
    _rds().delete_db_instance(
        DBInstanceIdentifier=scratch["DBInstanceIdentifier"],
        SkipFinalSnapshot=True,
        DeleteAutomatedBackups=True,
    )


def _instance(identifier: str) -> dict[str, Any] | None:
    try:
        found = _rds().describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    except _rds().exceptions.DBInstanceNotFoundFault:
        return None
    return dict(found[0])


def _tell(sentence: str) -> None:
    boto3.client("sns").publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=f"The backup of {os.environ['DATABASE']} was not verified"[:100],
        Message=sentence,
    )


def _measure(metric: str, value: float, unit: str) -> None:
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": os.environ["DATABASE"]}],
                "Value": value,
                "Unit": unit,
            }
        ],
    )


def _scratch() -> str:
    return f"{os.environ['DATABASE']}-verify"


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)


def _rds() -> Any:
    return boto3.client("rds")
