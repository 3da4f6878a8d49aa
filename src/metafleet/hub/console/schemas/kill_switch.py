"""The kill switch: what it would meet, what it met, and how long it took."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text

TerminalWord = Literal["online", "away", "none"]


class AccountAtStake(Record):
    """Own: opened by EAs that run here; foreign: by anybody else. `left`: positions in scope that are
    open still, 0 in a preview."""

    account_id: UUID
    label: str
    login: int
    server: str
    currency: str
    eas: int
    terminal: TerminalWord
    own: int
    foreign: int
    own_floating: float
    foreign_floating: float
    left: int = 0


class SymbolAtStake(Record):
    symbol: str
    is_own: bool
    buy_lots: float
    sell_lots: float
    positions: int


class KillSwitchPreview(Record):
    """What it would meet now. `phrase`: what a person types to confirm."""

    phrase: str
    eas: int
    accounts: list[AccountAtStake]
    symbols: list[SymbolAtStake]


class KillSwitchForm(Form):
    """`id`: made by the client, so that a request sent twice is one use."""

    id: UUID
    reason: Text = Field(min_length=1, max_length=200)
    confirmation: Text = Field(max_length=60)
    closes_foreign: bool = False


class KillSwitch(Record):
    """One use. `flatAt`: when the hub heard of the last closing deal; null while something is open.
    `isWatched`: somebody still looks, and asks again for what was refused."""

    id: UUID
    requested_by: str
    reason: str
    closes_foreign: bool
    used_at: datetime
    flat_at: datetime | None
    seconds_to_flat: float | None
    is_watched: bool
    left: int
    eas: int
    accounts: list[AccountAtStake]
    symbols: list[SymbolAtStake]


class OperatorPreview(Record):
    """All tenants together, by what their terminals said last."""

    phrase: str
    tenants: int
    accounts: int
    eas: int
    positions: int


class OperatorKillSwitch(Record):
    """One tenant's use, as an operator sees it."""

    id: UUID
    tenant_id: UUID
    tenant_name: str
    requested_by: str
    reason: str
    closes_foreign: bool
    used_at: datetime
    flat_at: datetime | None
    seconds_to_flat: float | None
    eas: int
    accounts: int
    positions: int


class OperatorUse(Record):
    """What became of it: tenants that it was used for, and those where it failed, with the reason."""

    used: int
    failed: list[str]
