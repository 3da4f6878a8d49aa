"""Symbols as data: a TOML file that a user can copy and edit. Ours, `symbols.toml`, has 33 of them.

    [kinds.forex]            # what several symbols share
    path = "Forex"
    [symbols.EURUSD]
    kind = "forex"
    digits = 5

A symbol's fields are those of SymbolSpec. What neither it nor its kind says follows from the rest: currencies
from a name of six letters, point and tick size from the digits, hedged margin from the contract size.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from metafleet.engine.market.symbols import (
    CALC_FOREX,
    EXECUTION_EXCHANGE,
    TRADE_FULL,
    SymbolSpec,
)
from metafleet.engine.market.timeframes import DAY_S

FILE: Final = Path(__file__).parent / "symbols.toml"

_DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

_WORDS: Final[Mapping[str, tuple[str | None, ...]]] = {
    "calc_mode": ("forex", "futures", "cfd", "cfd_index", "cfd_leverage", "forex_no_leverage"),
    "trade_mode": ("disabled", "long_only", "short_only", "close_only", "full"),
    "execution": ("request", "instant", "market", "exchange"),
    "chart_mode": ("bid", "last"),
    "gtc_mode": ("gtc", "daily", "daily_no_stops"),
    "swap_mode": (
        "disabled", "points", "currency_symbol", "currency_margin", "currency_deposit",
        "interest_current", "interest_open", "reopen_current", "reopen_bid",
    ),
    "swap_rollover3days": _DAYS,
}  # fmt: skip
"""Words that stand for MetaTrader's numbers: the place of a word is its number. Numbers are taken too."""

_FLAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "filling_flags": ("fok", "ioc", "boc"),
    "expiration_flags": ("gtc", "day", "specified", "specified_day"),
    "order_flags": ("market", "limit", "stop", "stop_limit", "sl", "tp", "close_by"),
}
"""Words of a list that stand for the bits of a mask, the lowest first. Numbers are taken too."""

_NUMBERS: Final[Mapping[str, tuple[float, float]]] = {
    "digits": (0, 8),
    "contract_size": (1e-9, 1e12),
    "volume_min": (1e-8, 1e9),
    "volume_max": (1e-8, 1e9),
    "volume_step": (1e-8, 1e9),
    "volume_limit": (0, 1e12),
    "point": (1e-8, 1e6),
    "tick_size": (1e-8, 1e6),
    "stops_level_points": (0, 1e9),
    "freeze_level_points": (0, 1e9),
    "margin_hedged": (0, 1e12),
    "margin_initial": (0, 1e12),
    "margin_maintenance": (0, 1e12),
    "spread_points": (0, 1e9),
    "trade_mode": (0, TRADE_FULL),
    "execution": (0, EXECUTION_EXCHANGE),
    "chart_mode": (0, 1),
    "gtc_mode": (0, 2),
    "swap_mode": (0, 8),
    "swap_rollover3days": (0, 6),
    "filling_flags": (0, 7),
    "expiration_flags": (1, 15),
    "order_flags": (1, 127),
    "liquidity_rate": (0, 1),
}
"""The least and the most that a number may be."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#+&-]{0,31}")
_SESSION: Final = re.compile(r"(\w+)(?:-(\w+))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_SAID: Final = dict(zip(SymbolSpec.__struct_fields__, SymbolSpec.__struct_encode_fields__, strict=True))
_OWN: Final = {said: own for own, said in _SAID.items()}
"""How fields are called on the socket, and back."""

_FIELDS: Final = tuple(field for field in SymbolSpec.__struct_fields__ if field != "name")


class SymbolsRefused(ValueError):
    """A file of symbols cannot be used; the text names the file, the symbol and the field."""


class _Wrong(ValueError):
    """A field's value cannot be used: (field, why)."""


@lru_cache(maxsize=1)
def known_symbols() -> Mapping[str, SymbolSpec]:
    """Return every symbol of the file that ships with the package, by name, in its order."""
    return MappingProxyType(load_symbols(FILE))


def load_symbols(path: Path) -> dict[str, SymbolSpec]:
    """Return the symbols of a file, by name, in its order. Raises SymbolsRefused."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SymbolsRefused(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SymbolsRefused(f"{path}: is not a TOML file: {error}") from error
    kinds = _tables(path, document, "kinds")
    symbols = _tables(path, document, "symbols")
    unknown = document.keys() - {"kinds", "symbols"}
    if unknown:
        raise SymbolsRefused(f"{path}: {min(unknown)!r} is none of kinds, symbols")
    if not symbols:
        raise SymbolsRefused(f"{path}: has no symbol; expected a table such as [symbols.EURUSD]")
    specs = {}
    for name, said in symbols.items():
        try:
            specs[name] = _spec(name, said, kinds)
        except _Wrong as wrong:
            field, why = wrong.args
            raise SymbolsRefused(f"{path}: symbol {name}, {field}: {why}") from None
    return specs


def _tables(path: Path, document: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    tables = document.get(key, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SymbolsRefused(f"{path}: {key} must be tables, such as [{key}.NAME]")
    return tables


def _spec(name: str, said: dict[str, Any], kinds: dict[str, dict[str, Any]]) -> SymbolSpec:
    if not _NAME.fullmatch(name):
        raise _Wrong(
            "name", "must be 1 to 32 letters, digits or . _ # + & -, and begin with a letter or digit"
        )
    own = dict(said)
    kind = own.pop("kind", None)
    if kind is not None and kind not in kinds:
        raise _Wrong(
            "kind", f"{kind!r} is none of {', '.join(kinds) or 'the kinds, of which there are none'}"
        )
    fields = {**(kinds[kind] if kind is not None else {}), **own}
    _known(fields)
    read = {field: _read(field, value) for field, value in fields.items()}
    folder = f"{read['path']}\\" if read.get("path") else ""
    spec = _converted({**_implied(name, read), **read, "name": name, "path": folder + name})
    _fits(spec)
    return spec


def _known(fields: dict[str, Any]) -> None:
    for field in fields:
        if field not in _FIELDS:
            near = difflib.get_close_matches(field, _FIELDS, 1)
            raise _Wrong(field, f"there is no such field{f'; meant is perhaps {near[0]}' if near else ''}")


def _implied(name: str, read: dict[str, Any]) -> dict[str, Any]:
    """Return what follows from what was said."""
    digits = read.get("digits")
    if digits is None:
        raise _Wrong("digits", "is missing")
    point = round(10.0**-digits, digits)
    implied = {"description": name, "point": point, "tick_size": read.get("point", point)}
    letters = re.match(r"([A-Z]{3})([A-Z]{3})", name)
    if letters:
        implied["currency_base"], implied["currency_profit"] = letters.groups()
    base = read.get("currency_base", implied.get("currency_base"))
    if base is not None:
        implied["currency_margin"] = base
    if "contract_size" in read:
        implied["margin_hedged"] = read["contract_size"]
    return implied


def _read(field: str, value: Any) -> Any:
    """Return a field's value with words turned into MetaTrader's numbers, and its bounds kept."""
    if field in _WORDS and isinstance(value, str):
        words = _WORDS[field]
        if value not in words:
            raise _Wrong(field, f"{value!r} is none of {', '.join(map(str, words))}")
        return words.index(value)
    if field in _FLAGS and isinstance(value, list):
        return sum(_bit(field, word) for word in set(map(str, value)))
    if field == "sessions":
        return _sessions(value)
    if field in _NUMBERS:
        return _number(field, value)
    return value


def _bit(field: str, word: str) -> int:
    words = _FLAGS[field]
    if word not in words:
        raise _Wrong(field, f"{word!r} is none of {', '.join(words)}")
    return 1 << words.index(word)


def _number(field: str, value: Any) -> Any:
    least, most = _NUMBERS[field]
    whole = SymbolSpec.__annotations__[field] == "int"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise _Wrong(field, f"{value!r} is not a {'whole ' if whole else ''}number")
    if not least <= value <= most:
        raise _Wrong(field, f"{value} is not from {least:g} to {most:g}")
    return value


def _sessions(value: Any) -> tuple[tuple[int, int], ...]:
    """Read "Mon-Fri 01:00-24:00" and its like into seconds of the week, joined where they touch."""
    if not isinstance(value, list) or not value:
        raise _Wrong("sessions", 'must be a list such as ["Mon-Fri 00:00-24:00"]')
    spans = sorted(span for text in value for span in _days_spans(str(text)))
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin < joined[-1][1]:
            raise _Wrong("sessions", f"{value!r} has hours that overlap")
        touches = joined and begin == joined[-1][1]
        joined.append((joined.pop()[0] if touches else begin, end))
    return tuple(joined)


def _days_spans(text: str) -> list[tuple[int, int]]:
    found = _SESSION.fullmatch(text)
    days = [_weekday(word) for word in found.groups()[:2] if word] if found else []
    if found is None or None in days:
        raise _Wrong("sessions", f'{text!r} is not of the form "Mon-Fri 01:00-24:00" or "Sun 23:05-24:00"')
    first, last = int(days[0] or 0), int(days[-1] or 0)
    begin_h, begin_m, end_h, end_m = map(int, found.groups()[2:])
    begin, end = begin_h * 3_600 + begin_m * 60, end_h * 3_600 + end_m * 60
    if first > last or not begin < end <= DAY_S or max(begin_m, end_m) > 59:
        raise _Wrong("sessions", f"{text!r} does not go forward, within Sunday 00:00 to Saturday 24:00")
    return [(day * DAY_S + begin, day * DAY_S + end) for day in range(first, last + 1)]


def _weekday(word: str) -> int | None:
    return next(
        (day for day, name in enumerate(_DAYS) if len(word) >= 2 and name.startswith(word.lower())), None
    )


def _converted(values: dict[str, Any]) -> SymbolSpec:
    named = {_SAID.get(field, field): value for field, value in values.items()}
    try:
        return msgspec.convert(named, SymbolSpec)
    except msgspec.ValidationError as error:
        missing = re.search(r"missing required field `(\w+)`", str(error))
        if missing:
            raise _Wrong(_OWN.get(missing.group(1), missing.group(1)), "is missing") from None
        place = re.search(r" - at `\$\.(\w+)", str(error))
        field = _OWN.get(place.group(1), place.group(1)) if place else "values"
        raise _Wrong(field, f"{values.get(field)!r} cannot be used: {str(error).split(' - at')[0]}") from None


def _fits(spec: SymbolSpec) -> None:
    """See that fields fit each other."""
    if spec.volume_min > spec.volume_max:
        raise _Wrong("volume_min", f"{spec.volume_min:g} is more than volume_max, {spec.volume_max:g}")
    steps = spec.tick_size / spec.point
    if steps < 1 - 1e-9 or abs(steps - round(steps)) > 1e-6:
        raise _Wrong("tick_size", f"{spec.tick_size:g} is not a multiple of the point, {spec.point:g}")
    for field in ("currency_base", "currency_profit", "currency_margin"):
        if not re.fullmatch(r"[A-Z0-9]{2,8}", getattr(spec, field)):
            raise _Wrong(field, f"{getattr(spec, field)!r} is not a currency such as USD")
    if spec.calc_mode == CALC_FOREX and spec.currency_base == spec.currency_profit:
        raise _Wrong("currency_profit", f"{spec.currency_profit} is the base currency too")
