"""What every kind of channel is: its settings, and how a message goes through it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from metafleet.hub.monitor.outgoing import AddressRefused, Outside, Reply, Unreachable

GONE: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
    }
)
"""What a chat service answers when the address or the token is wrong, however often one asks."""


MOST_SAID: Final = 300
"""Characters that the log keeps of a reply."""


class ChannelError(Exception):
    """The message did not arrive. `permanent`: nor will it, until somebody changes the settings."""

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent


class Settings(BaseModel):
    """The fields that somebody types, with title and description. One by `secret` is kept in the vault."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def secret(title: str, description: str, pattern: str | None = None) -> Any:
    """A field that is written and never shown again."""
    return Field(
        title=title,
        description=description,
        pattern=pattern,
        min_length=1,
        max_length=500,
        json_schema_extra={"secret": True},
    )


def secrets_of(settings: type[Settings]) -> frozenset[str]:
    return frozenset(
        name
        for name, one in settings.model_fields.items()
        if isinstance(one.json_schema_extra, dict) and one.json_schema_extra.get("secret")
    )


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way. `delivery_id` stays the same at every try: receivers tell a repeat by it."""

    tenant_id: UUID
    delivery_id: UUID
    message: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel. `send` returns what the receiver said; raises ChannelError."""

    name: str
    title: str
    note: str
    settings: type[Settings]
    send: Callable[[Letter, Any, Outside], str]
    made: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Fields that the hub fills where nobody gave them; said once."""
    called: tuple[str, ...] = ()
    """Fields that are addresses which the hub then calls, judged already when they are typed."""
    judge: Callable[[Any, Outside], None] | None = None
    """Looks at what was typed, slowly, outside of any transaction. Raises Malformed."""


def post_json(
    outside: Outside,
    url: str,
    body: Mapping[str, Any],
    *,
    permanent: frozenset[int],
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Post and return a reply of 2xx. Raises ChannelError; `permanent` are the statuses that are."""
    return post(outside, url, json.dumps(body).encode(), permanent=permanent, headers=headers)


def post(
    outside: Outside,
    url: str,
    body: bytes,
    *,
    permanent: frozenset[int],
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Post bytes of JSON, as `post_json`."""
    try:
        reply = outside.post(url, body, {"Content-Type": "application/json", **(headers or {})})
    except AddressRefused as error:
        raise ChannelError(str(error), permanent=True) from error
    except Unreachable as error:
        raise ChannelError(str(error), permanent=False) from error
    if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        raise ChannelError(said(reply), permanent=reply.status in permanent)
    return reply


def said(reply: Reply) -> str:
    """Return the reply as one short line that a row can keep."""
    text = "".join(one if one.isprintable() else " " for one in reply.text)
    return f"{reply.status} {' '.join(text.split())}".strip()[:MOST_SAID]
