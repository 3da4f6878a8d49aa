"""The mirrored tables in Amazon DynamoDB.

Needs dynamodb:DescribeTable, BatchWriteItem and Query; to make tables CreateTable.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.clouds.contract import GROUPS, PHASES, TRADES, Item

BATCH: Final = 25
"""Items of one call. Source: Amazon DynamoDB API reference, BatchWriteItem."""
TRIES: Final = 8
FIRST_WAIT_S: Final = 0.05
"""Before what was left unprocessed is sent again; doubled each time, so 6 s in all."""
BY_GROUP: Final = "by_group"

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    PHASES: ("account",),
    GROUPS: ("account",),
    TRADES: ("account", "position"),
}


class DynamoTables:
    def __init__(self, region: str, prefix: str = "") -> None:
        """prefix: before the tables' names."""
        from boto3.dynamodb.types import TypeSerializer

        self._client = amazon.client("dynamodb", region)
        self._prefix = prefix
        self._serialized = TypeSerializer().serialize

    def ids(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for table in _KEYS:
            try:
                with amazon.said():
                    answer = self._client.describe_table(TableName=self._prefix + table)
            except amazon.AmazonError as error:
                if error.code != "ResourceNotFoundException":
                    raise
                raise amazon.AmazonError(
                    f"There is no table {self._prefix}{table}. Make it, or let --create-tables do so.",
                    permanent=True,
                ) from error
            one = answer["Table"]
            found[table] = f"{one['TableArn']} {one['CreationDateTime'].isoformat()}"
        return found

    def create(self) -> list[str]:
        made: list[str] = []
        for table, keys in _KEYS.items():
            try:
                with amazon.said():
                    self._client.create_table(**self._shape(table, keys))
            except amazon.AmazonError as error:
                if error.code != "ResourceInUseException":
                    raise
            else:
                made.append(table)
            with amazon.said():
                self._client.get_waiter("table_exists").wait(
                    TableName=self._prefix + table, WaiterConfig={"Delay": 2, "MaxAttempts": 60}
                )
        return made

    def write(self, table: str, *, puts: Sequence[Item], gone: Sequence[Item]) -> None:
        wanted = [{"PutRequest": {"Item": self._attributes(item)}} for item in puts]
        wanted += [
            {"DeleteRequest": {"Key": self._attributes({name: item[name] for name in _KEYS[table]})}}
            for item in gone
        ]
        for start in range(0, len(wanted), BATCH):
            self._write(self._prefix + table, wanted[start : start + BATCH])

    def positions(self, account: str) -> set[str]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._prefix + TRADES,
            KeyConditionExpression="account = :account",
            ExpressionAttributeValues={":account": {"S": account}},
            ExpressionAttributeNames={"#position": "position"},
            ProjectionExpression="#position",
            ConsistentRead=True,
        )
        with amazon.said():
            return {item["position"]["S"] for page in pages for item in page["Items"]}

    def _write(self, table: str, requests: list[dict[str, Any]]) -> None:
        """What Amazon left out is sent again, more and more slowly."""
        wait_s = FIRST_WAIT_S
        for _ in range(TRIES):
            with amazon.said():
                answer = self._client.batch_write_item(RequestItems={table: requests})
            requests = answer.get("UnprocessedItems", {}).get(table, [])
            if not requests:
                return
            time.sleep(wait_s)
            wait_s *= 2
        raise amazon.AmazonError(
            f"{table} takes no more just now: {len(requests)} items were left out {TRIES} times.",
            permanent=False,
        )

    def _attributes(self, item: Item) -> dict[str, Any]:
        return {name: self._serialized(value) for name, value in item.items()}

    def _shape(self, table: str, keys: tuple[str, ...]) -> dict[str, Any]:
        names = [*keys, "group"] if table == GROUPS else keys
        shape: dict[str, Any] = {
            "TableName": self._prefix + table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
            "KeySchema": _schema(*keys),
        }
        if table == GROUPS:
            shape["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": BY_GROUP,
                    "KeySchema": _schema("group", "account"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ]
        return shape


def _schema(*names: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
    ]
