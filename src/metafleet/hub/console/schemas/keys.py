"""API keys, as their tenant's owner sees them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from metafleet.hub.console.schemas.base import Form, Record, Text

Scope = Literal["read", "trade", "deploy", "admin"]
MOST_LIMITS = 100
_WHOLE_DESK = "The scope admin is of the whole desk: leave out the limits."


class KeyForm(Form):
    """`expiresInDays` null: never, which somebody has to say. Without accounts or EAs it has them all."""

    name: Text = Field(min_length=1, max_length=60)
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    account_ids: list[UUID] = Field(default_factory=list, max_length=MOST_LIMITS)
    instance_ids: list[UUID] = Field(default_factory=list, max_length=MOST_LIMITS)
    expires_in_days: int | None = Field(90, ge=1, le=3650)

    @model_validator(mode="after")
    def _no_limits_with_admin(self) -> Self:
        if "admin" in self.scopes and (self.account_ids or self.instance_ids):
            raise PydanticCustomError("limited_admin", _WHOLE_DESK)
        return self


class KeyLimit(Record):
    id: UUID
    label: str


class KeyDay(Record):
    """How many requests the key made on this UTC day."""

    day: date
    requests: int


class ApiKey(Record):
    """`prefix` is the part that may be shown; the days are the last two weeks, the oldest first."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    accounts: list[KeyLimit]
    instances: list[KeyLimit]
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    is_over: bool
    last_used_at: datetime | None
    last_used_from: str
    requests_today: int
    days: list[KeyDay]


class ApiKeyList(Record):
    """The keys, and what the plan lets each of them ask."""

    keys: list[ApiKey]
    plan_name: str
    requests_per_minute: int
    requests_per_day: int


class NewApiKey(Record):
    """`secret` is the whole key. It is told this once."""

    key: ApiKey
    secret: str
