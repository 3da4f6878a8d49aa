"""Trade return codes and their comments.

Source: MetaTrader 5's TRADE_RETCODE_* constants; the comments are those that terminals show.
"""

from __future__ import annotations

from typing import Final

CHECKED: Final = 0
"""Not a TRADE_RETCODE: what a check answers to a request that could be executed."""

REQUOTE: Final = 10004
REJECT: Final = 10006
CANCEL: Final = 10007
PLACED: Final = 10008
DONE: Final = 10009
DONE_PARTIAL: Final = 10010
ERROR: Final = 10011
TIMEOUT: Final = 10012
INVALID: Final = 10013
INVALID_VOLUME: Final = 10014
INVALID_PRICE: Final = 10015
INVALID_STOPS: Final = 10016
TRADE_DISABLED: Final = 10017
MARKET_CLOSED: Final = 10018
NO_MONEY: Final = 10019
PRICE_CHANGED: Final = 10020
PRICE_OFF: Final = 10021
INVALID_EXPIRATION: Final = 10022
ORDER_CHANGED: Final = 10023
TOO_MANY_REQUESTS: Final = 10024
NO_CHANGES: Final = 10025
SERVER_DISABLES_AT: Final = 10026
CLIENT_DISABLES_AT: Final = 10027
LOCKED: Final = 10028
FROZEN: Final = 10029
INVALID_FILL: Final = 10030
CONNECTION: Final = 10031
ONLY_REAL: Final = 10032
LIMIT_ORDERS: Final = 10033
LIMIT_VOLUME: Final = 10034
INVALID_ORDER: Final = 10035
POSITION_CLOSED: Final = 10036
INVALID_CLOSE_VOLUME: Final = 10038
CLOSE_ORDER_EXIST: Final = 10039
LIMIT_POSITIONS: Final = 10040
REJECT_CANCEL: Final = 10041
LONG_ONLY: Final = 10042
SHORT_ONLY: Final = 10043
CLOSE_ONLY: Final = 10044
FIFO_CLOSE: Final = 10045
HEDGE_PROHIBITED: Final = 10046

COMMENTS: Final[dict[int, str]] = {
    CHECKED: "Done",
    REQUOTE: "Requote",
    REJECT: "Request rejected",
    CANCEL: "Request canceled by trader",
    PLACED: "Order placed",
    DONE: "Request executed",
    DONE_PARTIAL: "Request executed partially",
    ERROR: "Request processing error",
    TIMEOUT: "Request timed out",
    INVALID: "Invalid request",
    INVALID_VOLUME: "Invalid volume",
    INVALID_PRICE: "Invalid price",
    INVALID_STOPS: "Invalid stops",
    TRADE_DISABLED: "Trade disabled",
    MARKET_CLOSED: "Market closed",
    NO_MONEY: "No money",
    PRICE_CHANGED: "Prices changed",
    PRICE_OFF: "Off quotes",
    INVALID_EXPIRATION: "Invalid expiration",
    ORDER_CHANGED: "Order state changed",
    TOO_MANY_REQUESTS: "Too many requests",
    NO_CHANGES: "No changes",
    SERVER_DISABLES_AT: "AutoTrading disabled by server",
    CLIENT_DISABLES_AT: "AutoTrading disabled by client",
    LOCKED: "Request locked for processing",
    FROZEN: "Order or position frozen",
    INVALID_FILL: "Unsupported filling mode",
    CONNECTION: "No connection with the trade server",
    ONLY_REAL: "Only real accounts allowed",
    LIMIT_ORDERS: "Pending orders limit reached",
    LIMIT_VOLUME: "Volume limit for the symbol reached",
    INVALID_ORDER: "Invalid or prohibited order type",
    POSITION_CLOSED: "Position doesn't exist",
    INVALID_CLOSE_VOLUME: "Close volume exceeds position volume",
    CLOSE_ORDER_EXIST: "Close order already exists",
    LIMIT_POSITIONS: "Positions limit reached",
    REJECT_CANCEL: "Pending activation rejected, order canceled",
    LONG_ONLY: "Only long positions allowed",
    SHORT_ONLY: "Only short positions allowed",
    CLOSE_ONLY: "Only position closing allowed",
    FIFO_CLOSE: "FIFO rule",
    HEDGE_PROHIBITED: "Opposite positions prohibited",
}
