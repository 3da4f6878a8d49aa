"""What the package's functions take, argument by argument, and how they refuse the rest.

Three shapes: no arguments, positional only, positional and keyword. A wrong shape is a TypeError before
anything else happens. A wrong value answers None (or False) and sets the last error; where CPython's own
parser of numbers refuses, its exception stays pending, which CPython reports as a SystemError.

Source: MetaTrader5 5.0.6231. Where it is silent, what is accepted is said here: dates are 32-bit, and as
nobody knows whether signed, both ranges are taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from operator import index
from typing import Any, Final

import msgspec

from metafleet.engine.broker.requests import TradeRequest
from metafleet.engine.mt5 import structs
from metafleet.engine.mt5.errors import (
    ARGUMENT_COUNT,
    INVALID_ARGUMENTS,
    UNNAMED_ARGUMENTS,
    CallFailed,
    Error,
    LeftException,
    invalid,
    invalid_unnamed,
)

SYMBOL_LENGTH: Final = 29
GROUP_LENGTH: Final = 1997
NAME_LENGTH: Final = 253
"""Of a server and a password."""

PATH_LENGTH: Final = 257
"""Longest texts, in UTF-16 units."""

_UINT32: Final = (1 << 32) - 1
_UINT64: Final = (1 << 64) - 1

_TOO_LARGE: Final = "Python int too large to convert to C long"
_NEGATIVE: Final = "can't convert negative int to unsigned"


def count_is(arguments: Sequence[object], least: int, most: int | None = None) -> None:
    """Refuse another number of positional arguments."""
    if not least <= len(arguments) <= (least if most is None else most):
        raise CallFailed(ARGUMENT_COUNT)


def is_text(value: object, longest: int) -> bool:
    """Say whether it is a str of at most so many UTF-16 units."""
    if not isinstance(value, str) or len(value) > longest:
        return False
    return value.isascii() or len(value.encode("utf-16-le", "surrogatepass")) <= 2 * longest


def symbol(value: object) -> str:
    """Return a positional symbol."""
    if not is_text(value, SYMBOL_LENGTH):
        raise CallFailed(INVALID_ARGUMENTS)
    return str(value)


def text(value: object, longest: int, error: Error) -> str:
    """Return a text, or refuse it by this error."""
    if not is_text(value, longest):
        raise CallFailed(error)
    return str(value)


def number(value: object) -> int:
    """Return a positional whole number of 32 bits: anything that has an `__index__`."""
    try:
        whole = index(value)  # type: ignore[arg-type]
    except Exception as error:
        raise LeftException(INVALID_ARGUMENTS, error) from error
    if not -(1 << 31) <= whole <= _UINT32:
        raise LeftException(INVALID_ARGUMENTS, OverflowError(_TOO_LARGE))
    return whole


def real(value: object) -> float:
    """Return a positional price or volume: anything that C takes as a double."""
    try:
        return value if type(value) is float else _as_double(value)
    except Exception as error:
        raise LeftException(INVALID_ARGUMENTS, error) from error


def moment(value: object) -> int:
    """Return a date in whole seconds. A datetime without a zone is of the machine's local time."""
    if isinstance(value, dt.datetime):
        try:
            value = value.timestamp()
        except Exception as error:
            raise LeftException(INVALID_ARGUMENTS, error) from error
    if not isinstance(value, int | float):
        raise CallFailed(INVALID_ARGUMENTS)
    if not -(1 << 31) <= value <= _UINT32:
        raise LeftException(INVALID_ARGUMENTS, OverflowError(_TOO_LARGE))
    return int(value)


def unsigned(value: object, error: Error, largest: int = _UINT64) -> int:
    """Return a whole number that is an int (bool, IntEnum), not a float nor numpy's."""
    if not isinstance(value, int):
        raise CallFailed(error)
    whole = int(value)
    if whole < 0:
        raise LeftException(error, OverflowError(_NEGATIVE))
    if whole > largest:
        raise LeftException(error, OverflowError("int too big to convert"))
    return whole


def only_named(arguments: Sequence[object]) -> None:
    """Refuse any positional argument."""
    if arguments:
        raise CallFailed(UNNAMED_ARGUMENTS)


def named(keywords: Mapping[str, Any], name: str, longest: int) -> str | None:
    """Return a keyword's text; None where it is not given."""
    if name not in keywords:
        return None
    return text(keywords[name], longest, invalid(name))


def named_number(keywords: Mapping[str, Any], name: str, largest: int = _UINT64) -> int | None:
    """Return a keyword's whole number; None where it is not given."""
    if name not in keywords:
        return None
    return unsigned(keywords[name], invalid(name), largest)


def timeout_ms(keywords: Mapping[str, Any]) -> int:
    """Return how long to wait for a connection."""
    given = named_number(keywords, "timeout", _UINT32)
    return 60_000 if given is None else given


def credentials(
    arguments: Sequence[object], keywords: Mapping[str, Any]
) -> tuple[int | None, str | None, str | None]:
    """Return login, password and server; of one that is given both ways, the keyword counts.

    0 and "" are as good as not given: C's fields hold them from the start.
    """
    count_is(arguments, 0, 3)
    unnamed: list[Any] = [None, None, None]
    if arguments:
        unnamed[0] = unsigned(arguments[0], invalid_unnamed(0))
    for place, value in enumerate(arguments[1:], 1):
        unnamed[place] = text(value, NAME_LENGTH, invalid_unnamed(place))
    login = named_number(keywords, "login")
    password = named(keywords, "password", NAME_LENGTH)
    server = named(keywords, "server", NAME_LENGTH)
    return (
        (unnamed[0] if login is None else login) or None,
        (unnamed[1] if password is None else password) or None,
        (unnamed[2] if server is None else server) or None,
    )


def trade_request(
    arguments: tuple[object, ...], keywords: Mapping[str, Any]
) -> tuple[TradeRequest, structs.TradeRequest]:
    """Return a request of `order_send` or `order_check`, for the broker and as the struct that echoes it."""
    if arguments and keywords:
        raise CallFailed(UNNAMED_ARGUMENTS)
    fields: Any = keywords
    if not keywords:
        count_is(arguments, 1)
        fields = arguments[0]
        if not isinstance(fields, dict):
            raise CallFailed(invalid_unnamed(0))
    given = {}
    for name, value in fields.items():
        take = _REQUEST.get(name)
        if take is not None:
            given[name] = take(value)
    request = TradeRequest(**given)
    return request, structs.trade_request(msgspec.structs.astuple(request))


def _as_double(value: object) -> float:
    kind = type(value)
    if hasattr(kind, "__float__") or hasattr(kind, "__index__"):
        return float(value)  # type: ignore[arg-type]
    raise TypeError(f"must be real number, not {kind.__name__}")


def _whole(name: str, largest: int) -> Callable[[object], int]:
    error = invalid(name)

    def take(value: object) -> int:
        if type(value) is int and 0 <= value <= largest:
            return value
        return unsigned(value, error, largest)

    return take


def _fraction(name: str) -> Callable[[object], float]:
    error = invalid(name)

    def take(value: object) -> float:
        if type(value) is float:
            return value
        if not isinstance(value, float):
            raise CallFailed(error)
        return float(value)

    return take


def _words(name: str, longest: int) -> Callable[[object], str]:
    error = invalid(name)

    def take(value: object) -> str:
        if type(value) is str and len(value) <= longest and value.isascii():
            return value
        return text(value, longest, error)

    return take


_REQUEST: Final[Mapping[str, Callable[[object], Any]]] = {
    "action": _whole("action", _UINT32),
    "magic": _whole("magic", _UINT64),
    "order": _whole("order", _UINT64),
    "symbol": _words("symbol", SYMBOL_LENGTH),
    "volume": _fraction("volume"),
    "price": _fraction("price"),
    "stoplimit": _fraction("stoplimit"),
    "sl": _fraction("sl"),
    "tp": _fraction("tp"),
    "deviation": _whole("deviation", _UINT64),
    "type": _whole("type", _UINT32),
    "type_filling": _whole("type_filling", _UINT32),
    "type_time": _whole("type_time", _UINT32),
    "expiration": _whole("expiration", _UINT64),
    "comment": _words("comment", SYMBOL_LENGTH),
    "position": _whole("position", _UINT64),
    "position_by": _whole("position_by", _UINT64),
}
"""What takes each field; one that is not given is 0 or ""."""
