"""What goes over the broker's socket: requests, their answers, and pushed events.

A client numbers its requests; the answer or the failure carries the same number.
Events (`records.Event`) carry none and come at any time after `Subscribe`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from metafleet.engine.broker.records import ClosedEvent, DealEvent, TickEvent

FailureCode = Literal["login", "fenced", "admin", "symbol", "request", "unavailable"]


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", forbid_unknown_fields=True):
    """What every request has."""

    id: int


class Login(Request, frozen=True, omit_defaults=True, tag="login"):
    """expert, generation: for which EA this connection trades, and which start of it this is; "" for none."""

    login: int
    password: str
    server: str
    expert: str = ""
    generation: int = 0

    def __repr__(self) -> str:
        return f"Login(id={self.id}, login={self.login}, server={self.server!r}, password=••••••)"


class OpenAccount(Request, frozen=True, tag="open_account"):
    """deposit: a decimal number as text or number, in `currency`."""

    admin_key: str
    name: str
    password: str
    deposit: Decimal
    currency: str
    leverage: int
    margin_mode: str

    def __repr__(self) -> str:
        return f"OpenAccount(id={self.id}, name={self.name!r}, admin_key=••••••, password=••••••)"


class GetAccount(Request, frozen=True, tag="account"):
    pass


class GetSymbols(Request, frozen=True, tag="symbols"):
    pass


class GetBars(Request, frozen=True, tag="bars"):
    symbol: str
    count: int


class GetPositions(Request, frozen=True, tag="positions"):
    pass


class GetDeals(Request, frozen=True, tag="deals"):
    after_ticket: int
    limit: int


class SendOrder(Request, frozen=True, tag="order"):
    """order: an OrderRequest; kept raw, so that one that cannot be read is answered with a return code."""

    order: msgspec.Raw


class Subscribe(Request, frozen=True, tag="subscribe"):
    """Replaces the symbols subscribed before; deals are pushed from the first Subscribe on."""

    symbols: list[str]


AnyRequest = (
    Login | OpenAccount | GetAccount | GetSymbols | GetBars | GetPositions | GetDeals | SendOrder | Subscribe
)


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The result of request `id`, still encoded; the asker knows its type."""

    id: int
    result: msgspec.Raw


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """Why request `id` was not served."""

    id: int
    code: FailureCode
    detail: str


FromBroker = Answer | Failure | TickEvent | DealEvent | ClosedEvent
