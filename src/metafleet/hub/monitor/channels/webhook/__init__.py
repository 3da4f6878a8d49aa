"""A webhook of the customer's, signed as Standard Webhooks has it.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from http import HTTPStatus

from pydantic import Field

from metafleet.hub.monitor.channels.contract import Kind, Letter, Settings, post, said, secret
from metafleet.hub.monitor.outgoing import Outside

PREFIX = "whsec_"
SECRET_BYTES = 32


class WebhookSettings(Settings):
    url: str = Field(
        title="Address",
        description="Where messages are posted, like https://example.com/alerts.",
        pattern=r"^https?://[^\s]+$",
        max_length=500,
    )
    secret: str = secret(
        "Signing secret", "Left empty, one is made and shown once.", r"^whsec_[A-Za-z0-9+/]{32,}={0,2}$"
    )


def make_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return "v1," and the base64 of HMAC-SHA256 over id, timestamp (Unix seconds) and body, dots between."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def send(letter: Letter, settings: WebhookSettings, outside: Outside) -> str:
    """410 says that nobody wants it any more; whatever else goes wrong may pass."""
    message_id, timestamp = str(letter.delivery_id), int(letter.now.timestamp())
    body = json.dumps(
        {
            "type": f"incident.{letter.message.get('event', 'noted')}",
            "timestamp": letter.now.isoformat(),
            "data": letter.message,
        }
    ).encode()
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(settings.secret, message_id, timestamp, body),
    }
    return said(post(outside, settings.url, body, permanent=frozenset({HTTPStatus.GONE}), headers=headers))


KIND = Kind(
    "webhook",
    "Webhook",
    "Signed JSON to an address of yours.",
    WebhookSettings,
    send,
    made={"secret": make_secret},
    called=("url",),
)
