"""Cells as people and programs write them: numbers, times, tickets, volumes.

Two things are a convention of the whole file: what marks the decimals, and whether a date
with slashes says the day or the month first. `Conventions` finds them out once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

import msgspec

_BLANKS: Final = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]+")
_THOUSANDS: Final = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff'’`´_]+")
_NUMBER: Final = re.compile(r"[+\-−–]?\d[\d.,\s\u00a0\u2009\u202f'’]*(?:[eE][+-]?\d{1,3})?%?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})[./-](\d{4})")
_CLOCK: Final = re.compile(
    r"[T,\s]*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*([AaPp])?\.?[Mm]?\.?\s*(?:Z|\+00:?00)?"
)
_GROUPED: Final = {",": re.compile(r"\d{1,3}(?:,\d{3})+"), ".": re.compile(r"\d{1,3}(?:\.\d{3})+")}
_SCALE: Final = {"K": Decimal(1000), "M": Decimal(1_000_000), "B": Decimal(1_000_000_000)}
_FINEST: Final = Decimal("0.00000001")
_DECIMALS: Final = -8
_HIGHEST_TICKET: Final = 2**63 - 1
_WIDEST: Final = 10
"""Digits before the point of a price or a volume, as the database keeps them."""
CLOCK_BACK: Final = timedelta(hours=1)
"""What opens in the hour that a server's clock repeats in autumn may close before it by the clock."""
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the server's clock, whose zone the file does not say
_LATEST_S: Final = 4_102_444_800
"""Epoch seconds of the year 2100: what is more is milliseconds."""


class BadCell(ValueError):
    """A cell is not what its column holds; the message says what was expected and found."""


def squeeze(text: str) -> str:
    """Return the text with every run of blanks, of whatever width, as one blank."""
    return _BLANKS.sub(" ", text).strip(" ")


class Conventions(msgspec.Struct, frozen=True):
    """How this file writes decimals and dates with slashes."""

    decimal_mark: Literal[".", ","] = "."
    day_first: bool = False

    @classmethod
    def of(cls, cells: Iterable[str]) -> Conventions:
        """Return the conventions that the cells of a file show; MetaTrader's own where they show none."""
        points = commas = days = months = 0
        for cell in cells:
            if dated := _YEAR_LAST.match(cell):
                days += int(dated[1]) > 12
                months += int(dated[3]) > 12
            elif not _YEAR_FIRST.match(cell) and _NUMBER.fullmatch(cell):
                mark = _evident_mark(cell)
                points += mark == "."
                commas += mark == ","
        return cls("," if commas > points else ".", days > months)

    def number(self, cell: str) -> Decimal | None:
        """Return a number, to 8 decimals; None for an empty cell. Raises BadCell."""
        text = _THOUSANDS.sub("", cell).removesuffix("%").replace("−", "-").replace("–", "-")
        if text in {"", "-"}:
            return None
        text = text.replace("." if self.decimal_mark == "," else ",", "").replace(",", ".")
        try:
            found = Decimal(text)
        except InvalidOperation:
            raise BadCell(f"expected a number, found {_shown(cell)}") from None
        if not found.is_finite() or abs(found) >= 10**12:
            raise BadCell(f"expected a number below 10^12, found {_shown(cell)}")
        return found if int(found.as_tuple().exponent) >= _DECIMALS else found.quantize(_FINEST)

    def money(self, cell: str) -> Decimal:
        """Return an amount; an empty cell is zero. Raises BadCell."""
        return self.number(cell) or Decimal(0)

    def price(self, cell: str) -> Decimal | None:
        """Return a price; None for none and for zero, which MetaTrader writes for none. Raises BadCell."""
        found = self.number(cell)
        if found is not None and (found < 0 or found >= 10**_WIDEST):
            raise BadCell(f"expected a price, found {_shown(cell)}")
        return found or None

    def volume(self, cell: str) -> Decimal:
        """Return lots: of "1.00 / 0.50" what was done, and 1500 for "1.5K". Raises BadCell."""
        text = cell.rsplit("/", 1)[-1].strip()
        scale = _SCALE.get(text[-1:].upper(), Decimal(1))
        found = self.number(text[:-1] if scale != 1 else text)
        if found is None or found <= 0 or found * scale >= 10**_WIDEST:
            raise BadCell(f"expected a volume, found {_shown(cell)}")
        return found * scale

    def time(self, cell: str) -> datetime:
        """Return the server's clock as it is written, without a zone. Raises BadCell."""
        text = cell.strip()
        try:
            if found := _YEAR_FIRST.match(text):
                year, month, day = int(found[1]), int(found[2]), int(found[3])
            elif found := _YEAR_LAST.match(text):
                year, month, day = int(found[4]), int(found[3]), int(found[1])
                if found[2] == "/" and not self.day_first:
                    month, day = day, month
            else:
                raise ValueError
            return datetime(year, month, day) + _clock(text[found.end() :])  # noqa: DTZ001
        except (ValueError, OverflowError):
            raise BadCell(f"expected a time like 2026.03.02 12:00:00, found {_shown(cell)}") from None


def ticket(cell: str) -> int:
    """Return a ticket, 1 or more; spreadsheets may have made it 58550627.0. Raises BadCell."""
    text = _BLANKS.sub("", cell).lstrip("#")
    try:
        found = int(text) if text.isdecimal() else _whole(text)
    except (ValueError, InvalidOperation, OverflowError):
        raise BadCell(f"expected a ticket, found {_shown(cell)}") from None
    if not 0 < found <= _HIGHEST_TICKET:
        raise BadCell(f"expected a ticket, found {_shown(cell)}")
    return found


def is_ticket(cell: str) -> bool:
    try:
        ticket(cell)
    except BadCell:
        return False
    return True


def is_time(cell: str) -> bool:
    return bool(_YEAR_FIRST.match(cell) or _YEAR_LAST.match(cell))


def is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and not is_time(cell)


def epoch(seconds: Decimal) -> datetime:
    """Return the server's clock from what MetaTrader counts from 1970; milliseconds are told by size.

    Raises BadCell for a count that is no time of this or the next century.
    """
    scaled = seconds if abs(seconds) < _LATEST_S else seconds / 1000
    if not 0 < scaled < _LATEST_S:
        raise BadCell(f"expected a time, found {seconds}")
    return EPOCH + timedelta(microseconds=int(scaled * 1_000_000))


def as_epoch(moment: datetime) -> datetime:
    """Read the server's clock as if it were UTC, to compare it with instants."""
    return moment.replace(tzinfo=UTC)


def _whole(text: str) -> int:
    number = Decimal(text)
    if number != number.to_integral_value():
        raise ValueError
    return int(number)


def _clock(text: str) -> timedelta:
    if not text.strip():
        return timedelta()
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError
    hour, half = int(found[1]), (found[5] or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    fraction = int((found[4] or "0").ljust(6, "0"))
    if hour > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        raise ValueError
    return timedelta(hours=hour, minutes=int(found[2]), seconds=int(found[3] or 0), microseconds=fraction)


def _evident_mark(cell: str) -> str | None:
    """Return what must be this number's decimal mark; None where it may be a thousands mark too."""
    text = _THOUSANDS.sub("", cell).lstrip("+-−–").removesuffix("%")
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    mark = "." if point >= 0 else "," if comma >= 0 else None
    if mark is None or text.count(mark) > 1:
        return {".": ",", ",": "."}.get(mark or "")
    if _GROUPED[mark].fullmatch(text) and not text.startswith("0"):
        return None
    return mark


def _shown(cell: str) -> str:
    return repr(squeeze(cell)[:40]) if cell.strip() else "nothing"
