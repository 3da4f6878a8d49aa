"""Trade return codes and their comments.

Source: MetaTrader 5's TRADE_RETCODE_* constants; the comments are those that terminals show.
"""

from __future__ import annotations

from typing import Final

DONE: Final = 10009
ERROR: Final = 10011
INVALID: Final = 10013
INVALID_VOLUME: Final = 10014
INVALID_STOPS: Final = 10016
TRADE_DISABLED: Final = 10017
MARKET_CLOSED: Final = 10018
NO_MONEY: Final = 10019
PRICE_OFF: Final = 10021
NO_CHANGES: Final = 10025
CLIENT_DISABLES_AT: Final = 10027
FROZEN: Final = 10029
LIMIT_VOLUME: Final = 10034
POSITION_CLOSED: Final = 10036
INVALID_CLOSE_VOLUME: Final = 10038
LIMIT_POSITIONS: Final = 10040
LONG_ONLY: Final = 10042
SHORT_ONLY: Final = 10043
CLOSE_ONLY: Final = 10044

COMMENTS: Final[dict[int, str]] = {
    DONE: "Request executed",
    ERROR: "Request processing error",
    INVALID: "Invalid request",
    INVALID_VOLUME: "Invalid volume",
    INVALID_STOPS: "Invalid stops",
    TRADE_DISABLED: "Trade disabled",
    MARKET_CLOSED: "Market closed",
    NO_MONEY: "No money",
    PRICE_OFF: "Off quotes",
    NO_CHANGES: "No changes",
    CLIENT_DISABLES_AT: "AutoTrading disabled by client",
    FROZEN: "Order or position frozen",
    LIMIT_VOLUME: "Volume limit for the symbol reached",
    POSITION_CLOSED: "Position doesn't exist",
    INVALID_CLOSE_VOLUME: "Close volume exceeds position volume",
    LIMIT_POSITIONS: "Positions limit reached",
    LONG_ONLY: "Only long positions allowed",
    SHORT_ONLY: "Only short positions allowed",
    CLOSE_ONLY: "Only position closing allowed",
}
