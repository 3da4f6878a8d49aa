"""A queue of Amazon SQS.

Needs sqs:ReceiveMessage, DeleteMessage, ChangeMessageVisibility and GetQueueAttributes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.clouds.contract import Message

MOST: Final = 10
"""Messages of one call. Source: Amazon SQS API reference, ReceiveMessage."""


class SqsQueue:
    def __init__(self, region: str, url: str) -> None:
        self._client = amazon.client("sqs", region)
        self._url = url

    @property
    def name(self) -> str:
        return self._url.rsplit("/", 1)[-1]

    def has_dead_letters(self) -> bool:
        with amazon.said():
            found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["RedrivePolicy"])
        return "RedrivePolicy" in found.get("Attributes", {})

    def receive(self) -> list[Message]:
        with amazon.said():
            found = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=MOST,
                MessageSystemAttributeNames=["SentTimestamp"],
                WaitTimeSeconds=0,
            )
        return [
            Message(
                id=one["MessageId"],
                body=one["Body"],
                sent_at=datetime.fromtimestamp(int(one["Attributes"]["SentTimestamp"]) / 1000, UTC),
                receipt=one["ReceiptHandle"],
            )
            for one in found.get("Messages", [])
        ]

    def delete(self, message: Message) -> None:
        with amazon.said():
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)

    def give_back(self, message: Message) -> None:
        with amazon.said():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=0
            )
