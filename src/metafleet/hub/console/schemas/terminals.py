"""Terminals, their pairing, and the commands that they are given."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Telemetry, Text

CommandState = Literal["queued", "leased", "done", "failed", "dead"]
RequestableType = Literal["OPEN", "MODIFY", "CLOSE", "CLOSE_ALL", "FETCH_CANDLES", "SYNC_TRADES", "PING"]


class Trouble(Record):
    """What was refused of a terminal: "identity" (it spoke for another account) or "limit.<name>"."""

    kind: str
    count: int
    detail: str
    last_at: datetime


class Terminal(Record):
    """What speaks for an account: a hosted EA's runner, or a customer's own terminal.

    `linked_at`: when it was last signed in to its broker. `utc_offset_s`: server time, seconds
    east of UTC, as it says itself. `protocol`: the version that it spoke last.
    """

    id: UUID
    account_id: UUID
    account_label: str
    login: int
    server: str
    label: str
    platform: Literal["paper", "mt5", "mt4"]
    hosted: bool
    instance_id: UUID | None
    instance_name: str | None
    enrolled_at: datetime | None
    heartbeat_at: datetime | None
    telemetry: Telemetry
    linked_at: datetime | None
    trade_allowed: bool | None
    protocol: int | None
    build: int | None
    version: str
    utc_offset_s: int | None
    revoked_at: datetime | None
    created_at: datetime
    troubles: list[Trouble]


class TerminalForm(Form):
    """Add a terminal of one's own, or name one anew."""

    label: Text = Field(min_length=1, max_length=60)


class PairingCode(Record):
    """For the terminal's connector, once, until it expires. It is not shown again.

    `gateway_url`: where terminals speak to, for their list of allowed addresses.
    """

    pairing_code: str
    expires_at: datetime
    gateway_url: str


class NewTerminal(PairingCode):
    terminal: Terminal


class CommandForm(Form):
    """A command for an account's terminal; `payload` as the terminal protocol has it for the type.

    `id`: made by the client, so that the same request sent twice is one command.
    """

    id: UUID | None = None
    type: RequestableType
    payload: dict[str, Any] = Field(default_factory=dict)
    terminal_id: UUID | None = None


class Command(Record):
    """A command, from the request to the known result. `attempt` counts deliveries."""

    id: UUID
    type: str
    payload: dict[str, Any]
    state: CommandState
    attempt: int
    account_id: UUID
    account_label: str
    terminal_id: UUID
    instance_id: UUID | None
    requested_by: str
    result: dict[str, Any] | None
    error: str
    created_at: datetime
    due_at: datetime
    expires_at: datetime | None
    finished_at: datetime | None
    can_requeue: bool


class CommandPage(Record):
    items: list[Command]
    total: int
    page: int
    page_size: int


class FailedItem(Record):
    """An item of a batch that could not be recorded; `item` is what the terminal sent.

    `is_ours`: the fault was the platform's, and it tries again by itself at `due_at`.
    """

    id: UUID
    account_id: UUID
    account_label: str
    kind: str
    item: str
    reason: str
    is_ours: bool
    attempt: int
    due_at: datetime | None
    created_at: datetime


class FailedItemPage(Record):
    items: list[FailedItem]
    total: int
    page: int
    page_size: int


class Retried(Record):
    """What came of another try; `detail` says why not."""

    recorded: bool
    detail: str


class DiscardForm(Form):
    ids: list[UUID] = Field(min_length=1, max_length=1000)


class Discarded(Record):
    discarded: int
