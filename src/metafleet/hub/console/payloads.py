"""The payloads of the commands that people may ask for, as the terminal protocol has them.

What leaves here is in the protocol's words: numbers as numbers, instants as ISO-8601 UTC,
and nothing that was not said.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationError, field_serializer, model_validator
from pydantic_core import PydanticCustomError

from metafleet.hub.console.schemas import Form, Instant, Text
from metafleet.hub.kernel.errors import Fault, Malformed

LONGEST_COMMENT: Final = 31
"""Characters that MetaTrader keeps of a comment; the command's mark takes the first 16 of them."""
MOST_MINUTES: Final = 10_000
"""Candles in one answer (terminal protocol, "candles")."""


def _not_a_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "Write a number.")
    return value


Symbol = Annotated[Text, Field(min_length=1, max_length=32)]
Ticket = Annotated[int, BeforeValidator(_not_a_truth_value), Field(ge=1, le=2**63 - 1)]
Magic = Annotated[int, BeforeValidator(_not_a_truth_value), Field(ge=0, le=2**63 - 1)]
Lots = Annotated[float, BeforeValidator(_not_a_truth_value), Field(gt=0, le=100_000, allow_inf_nan=False)]
Price = Annotated[float, BeforeValidator(_not_a_truth_value), Field(gt=0, le=1e9, allow_inf_nan=False)]
Level = Annotated[float, BeforeValidator(_not_a_truth_value), Field(ge=0, le=1e9, allow_inf_nan=False)]


class Nothing(Form):
    """PING brings nothing."""


class Open(Form):
    """A market order. `volume` in lots, `deviation` in points: how far the price may slip."""

    symbol: Symbol
    side: Literal["buy", "sell"]
    volume: Lots
    stop_loss: Price | None = None
    take_profit: Price | None = None
    deviation: int = Field(0, ge=0, le=100_000)
    comment: Text = Field("", max_length=LONGEST_COMMENT)

    @model_validator(mode="before")
    @classmethod
    def _either_case(cls, said: Any) -> Any:
        """The protocol's deals say BUY and SELL; both are understood."""
        if isinstance(said, dict) and isinstance(said.get("side"), str):
            return said | {"side": said["side"].lower()}
        return said

    @model_validator(mode="after")
    def _levels_fit(self) -> Self:
        if self.stop_loss is not None and self.take_profit is not None:
            is_below = self.stop_loss < self.take_profit
            if is_below != (self.side == "buy"):
                where = "below" if self.side == "buy" else "above"
                raise PydanticCustomError(
                    "levels", f"For a {self.side} the stop loss is {where} the take profit. Exchange them."
                )
        return self


class Modify(Form):
    """New levels of a position: one that is left out stays, null or 0 removes it."""

    ticket: Ticket
    stop_loss: Level | None = None
    take_profit: Level | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set & {"stop_loss", "take_profit"}:
            raise PydanticCustomError("levels", "Say a stopLoss, a takeProfit or both.")
        return self


class Close(Form):
    """`volume` in lots; without it the whole position."""

    ticket: Ticket
    volume: Lots | None = None


class CloseAll(Form):
    """Every position of the account, or those of a magic number, a symbol, or both."""

    magic: Magic | None = None
    symbol: Symbol | None = None


class FetchCandles(Form):
    """The bars of a time span, both ends with it; for one trade, or for the platform's own use."""

    symbol: Symbol
    timeframe: Literal["1m"] = "1m"
    from_: Instant = Field(alias="from")
    to: Instant
    trade_id: UUID | None = None

    @field_serializer("from_", "to")
    def _in_utc(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.from_ >= self.to:
            raise PydanticCustomError("span", "from is before to. Exchange them.")
        if self.to - self.from_ > timedelta(minutes=MOST_MINUTES):
            raise PydanticCustomError("span", f"Ask for at most {MOST_MINUTES} minutes at a time.")
        return self


class SyncTrades(Form):
    """Send deals again, from this instant on or all."""

    from_: Instant | None = Field(None, alias="from")

    @field_serializer("from_")
    def _in_utc(self, at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(UTC).isoformat()


PAYLOADS: Final[dict[str, type[Form]]] = {
    "OPEN": Open,
    "MODIFY": Modify,
    "CLOSE": Close,
    "CLOSE_ALL": CloseAll,
    "FETCH_CANDLES": FetchCandles,
    "SYNC_TRADES": SyncTrades,
    "PING": Nothing,
}


def read(type: str, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the wire's word
    """Return the payload as the terminal gets it. Raises Malformed, each fault with its pointer."""
    try:
        body = PAYLOADS[type].model_validate(payload)
    except ValidationError as error:
        raise Malformed(*(_fault(item["loc"], item["msg"]) for item in error.errors())) from None
    said = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(body, FetchCandles):
        said["timeframe"] = body.timeframe
    return said


def _fault(location: tuple[int | str, ...], sentence: str) -> Fault:
    name = ".".join(str(part) for part in location)
    pointer = "/payload" + "".join(f"/{part}" for part in location)
    return Fault(pointer, f"{name}: {sentence}" if name else sentence)
