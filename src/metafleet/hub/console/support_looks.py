"""What an operator looks at in a customer's desk goes on the customer's record."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import redis
from django.conf import settings

from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel.tenancy import tenant_scope

ONCE_IN_S: Final = 300
"""An open screen asks for the same again and again: that is one look."""


def note(*, tenant_id: UUID, actor: str, path: str, now: datetime) -> None:
    """Record the look, unless this one was within five minutes. While Redis is away each one is."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            is_new = client.set(f"support:{tenant_id}:{actor}:{path}", 1, nx=True, ex=ONCE_IN_S)
    except redis.RedisError:
        is_new = True
    if is_new:
        with tenant_scope(tenant_id):
            audit.record(
                tenant_id=tenant_id,
                actor=actor,
                action="support.looked",
                subject=path,
                subject_id=None,
                now=now,
            )
