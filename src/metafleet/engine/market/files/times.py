"""Dates and times of day as market data files write them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_DAY_MSC: Final = 86_400_000
_MOST_KEPT: Final = 200_000

_YEAR_FIRST: Final = re.compile(rb"(\d{4})[.\-/]?(\d\d)[.\-/]?(\d\d)")
_DAY_FIRST: Final = re.compile(rb"(\d\d)[.\-](\d\d)[.\-](\d{4})")
_TIME: Final = re.compile(
    rb"(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]?(\d{1,6}))?)?(?: ?(?:Z|UTC|GMT))?(?: ?([+-])(\d\d):?(\d\d))?"
)
_BOTH: Final = re.compile(rb"(\d{8}|\d{4}[.\-/]\d\d[.\-/]\d\d|\d\d[.\-]\d\d[.\-]\d{4})[ T](\d\d.*)")


class Dates(dict[bytes, int]):
    """Unix milliseconds of a day's begin, by its text. A text is read once. Raises ValueError by lookup."""

    def __missing__(self, text: bytes) -> int:
        found = _YEAR_FIRST.fullmatch(text)
        if found:
            year, month, day = map(int, found.groups())
        else:
            found = _DAY_FIRST.fullmatch(text)
            if not found:
                raise ValueError(text)
            day, month, year = map(int, found.groups())
        value = (dt.date(year, month, day) - dt.date(1970, 1, 1)).days * _DAY_MSC
        self[text] = value
        return value


class TimesOfDay(dict[bytes, int]):
    """Milliseconds since a day's begin, by their text, less its offset from UTC where it has one.

    Raises ValueError by lookup.
    """

    def __missing__(self, text: bytes) -> int:
        found = _TIME.fullmatch(text)
        if not found:
            raise ValueError(text)
        hour, minute, second = (int(part or 0) for part in found.groups()[:3])
        if hour > 23 or minute > 59 or second > 59:
            raise ValueError(text)
        fraction = (found.group(4) or b"0").ljust(3, b"0")[:3]
        value = ((hour * 60 + minute) * 60 + second) * 1000 + int(fraction)
        if found.group(5):
            ahead = (int(found.group(6)) * 60 + int(found.group(7))) * 60_000
            value -= -ahead if found.group(5) == b"-" else ahead
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[text] = value
        return value


class Moments(dict[bytes, int]):
    """Unix milliseconds by a text that is a date and a time, or a date. Raises ValueError by lookup."""

    def __init__(self) -> None:
        super().__init__()
        self._dates, self._times = Dates(), TimesOfDay()

    def __missing__(self, text: bytes) -> int:
        found = _BOTH.fullmatch(text)
        if not found:
            return self._dates[text]
        return self._dates[found.group(1)] + self._times[found.group(2)]


class Stamps(dict[bytes, int]):
    """Unix milliseconds by a number of Unix seconds or milliseconds. Raises ValueError by lookup."""

    def __missing__(self, text: bytes) -> int:
        number = int(text)
        if not 0 <= number < 1 << 43:
            raise ValueError(text)
        return number if number >= 1 << 33 else number * 1000
