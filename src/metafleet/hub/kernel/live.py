"""The live stream's messages: one Redis channel per tenant, at most once, latest wins."""

from __future__ import annotations

import json
import logging
from functools import cache, partial
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

_log = logging.getLogger(__name__)


PREFIX = "live:"
EVERYBODY = f"{PREFIX}everybody"
"""The channel that all screens hear: what is on it is of no tenant."""


def channel(tenant_id: UUID) -> str:
    return f"{PREFIX}{tenant_id}"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def publish_on_commit(tenant_id: UUID, type: str, **fields: Any) -> None:  # noqa: A002 - the wire's word
    """Tell this tenant's open screens, after commit. Lost messages cost seconds: screens refetch."""
    message = json.dumps({"type": type, **fields}, default=str)
    transaction.on_commit(partial(send, channel(tenant_id), message))


def publish_to_all(type: str, **fields: Any) -> None:  # noqa: A002 - the wire's word
    """Tell every open screen of something that is no tenant's, such as the market. Not for what is
    private."""
    send(EVERYBODY, json.dumps({"type": type, **fields}, default=str))


def send(name: str, message: str) -> None:
    """Publish on a Redis channel; a failure is logged and dropped."""
    try:
        _redis().publish(name, message)
    except redis.RedisError as error:
        _log.warning("live message dropped: %s", error)
