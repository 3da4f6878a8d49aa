"""Amazon SNS: a topic of the customer's, by a key of theirs. The installation's own role is never used."""

from __future__ import annotations

import json
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field

from metafleet.hub.monitor.channels import wording
from metafleet.hub.monitor.channels.contract import ChannelError, Kind, Letter, Settings, secret
from metafleet.hub.monitor.outgoing import Outside

ORIGIN: Final = "https://sns.amazonaws.com"
"""What a stand-in of `Outside` is for, whatever the region."""
SUBJECT_MOST: Final = 99
"""Characters. Source: Amazon SNS API, Publish: less than 100, ASCII, no line breaks."""
_FOR_GOOD: Final = frozenset(
    {
        "AccessDenied",
        "AuthorizationError",
        "InvalidClientTokenId",
        "InvalidParameter",
        "NotFound",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class SnsSettings(Settings):
    topic: str = Field(
        title="Topic ARN",
        description="Like arn:aws:sns:eu-central-1:123456789012:alerts.",
        pattern=r"^arn:aws(-cn|-us-gov)?:sns:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$",
    )
    key_id: str = Field(
        title="Access key ID",
        description="Of a user that may sns:Publish to this topic, and nothing else.",
        pattern=r"^[A-Z0-9]{16,128}$",
    )
    key: str = secret("Secret access key", "Of the same user.", r"^[A-Za-z0-9/+=]{16,200}$")


def send(letter: Letter, settings: SnsSettings, outside: Outside) -> str:
    try:
        answer = _client(settings, outside).publish(**_published(letter, settings))
    except ClientError as error:
        code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        raise ChannelError(f"{code}: {text}", permanent=code in _FOR_GOOD) from error
    except BotoCoreError as error:
        raise ChannelError(f"SNS did not answer: {error}", permanent=False) from error
    return f"taken by SNS as {answer['MessageId']}"


def _published(letter: Letter, settings: SnsSettings) -> dict[str, Any]:
    """A FIFO topic drops a repeat by itself, within its five minutes; others pass the id on."""
    subject = " ".join(wording.headline(letter.message).encode("ascii", "replace").decode().split())
    published: dict[str, Any] = {
        "TopicArn": settings.topic,
        "Subject": subject[:SUBJECT_MOST],
        "MessageStructure": "json",
        "Message": json.dumps({"default": wording.whole(letter.message)}),
        "MessageAttributes": {
            "deliveryId": {"DataType": "String", "StringValue": str(letter.delivery_id)},
            "severity": {"DataType": "String", "StringValue": str(letter.message.get("severity", "info"))},
        },
    }
    if settings.topic.endswith(".fifo"):
        published["MessageDeduplicationId"] = str(letter.delivery_id)
        published["MessageGroupId"] = str(letter.message.get("incidentId") or "metafleet")
    return published


def _client(settings: SnsSettings, outside: Outside) -> Any:
    import boto3
    from botocore.config import Config

    session = boto3.Session(
        aws_access_key_id=settings.key_id,
        aws_secret_access_key=settings.key,
        region_name=settings.topic.split(":")[3],
    )
    config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
    return session.client("sns", endpoint_url=outside.stand_ins.get(ORIGIN), config=config)


KIND = Kind("sns", "Amazon SNS", "A message to a topic in your AWS account.", SnsSettings, send)
