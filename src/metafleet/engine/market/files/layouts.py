"""What the columns of a text file are, known by its first line: formats differ in little more than that.

With a header, columns are found by their names; without one, by what the first row looks like:

- MetaTrader 5: <DATE> <TIME> <OPEN> ... <SPREAD>, ticks <DATE> <TIME> <BID> <ASK> <LAST> <VOLUME> <FLAGS>.
- MetaTrader 4 (History Center): 2024.01.02,00:00,O,H,L,C,V without a header.
- HistData: 20180101 170000;O;H;L;C;V and ticks 20180101 170000123,bid,ask,volume without a header.
- Dukascopy: Gmt time,Open,High,Low,Close,Volume and Gmt time,Ask,Bid,AskVolume,BidVolume.
- Ours: time,open,high,low,close,tick_volume,spread and time_ms,bid,ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from metafleet.engine.market.files.times import Moments

Kind = Literal["bars", "ticks"]

SERVER: Final = "server"
"""The zone of a file whose times are already those of a server's clock."""

_HISTDATA_ZONE: Final = "UTC-5"
"""HistData says: Eastern Standard Time without daylight saving. Mirrors may differ."""

_SEPARATORS: Final = ("\t", ";", ",", "|")

_FIELDS: Final[Mapping[str, str]] = {
    "time": "time", "date": "date", "datetime": "time", "timestamp": "time", "gmttime": "time",
    "localtime": "time", "datetimeutc": "time", "timeutc": "time", "utc": "time", "time_s": "time",
    "time_ms": "time", "time_msc": "time", "etcutc": "time", "eet": "time",
    "open": "open", "o": "open", "high": "high", "h": "high", "low": "low", "l": "low",
    "close": "close", "c": "close",
    "tickvol": "tick_volume", "tick_volume": "tick_volume", "tickvolume": "tick_volume",
    "volume": "volume", "vol": "volume", "v": "volume", "real_volume": "real_volume", "spread": "spread",
    "bid": "bid", "bidprice": "bid", "ask": "ask", "askprice": "ask", "last": "last", "flags": "flags",
}  # fmt: skip
"""What a column is, by its name in lower case without <>, quotes, blanks and punctuation."""

_BARS: Final = ("open", "high", "low", "close")


class Layout(msgspec.Struct, frozen=True):
    """How to read a text file. columns: the place of each field. zone: whose clock its times are."""

    name: str
    kind: Kind
    separator: str
    columns: dict[str, int]
    width: int
    has_header: bool
    zone: str
    fills_blanks: bool = False
    """An empty price of a tick means that it has not changed."""
    is_quoted: bool = False
    """Cells may stand in quotation marks."""


def recognised(line: str, file_name: str) -> Layout | None:
    """Return the layout of a file that begins with this line; None for what is not known."""
    is_quoted, line = '"' in line, line.replace('"', "")
    separator = max(_SEPARATORS, key=line.count)
    cells = [cell.strip() for cell in line.split(separator)]
    found = _by_header(line, separator, cells) or _by_row(separator, cells, file_name)
    return msgspec.structs.replace(found, is_quoted=is_quoted) if found else None


def _by_header(line: str, separator: str, cells: list[str]) -> Layout | None:
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        plain = "".join(letter for letter in cell.lower() if letter.isalnum() or letter == "_")
        field = _FIELDS.get(plain)
        if field is not None:
            columns.setdefault(field, place)
    if "volume" in columns:
        # Beside a count of ticks, or the price of a deal, the other volume is the one that was traded.
        other = "real_volume" if columns.keys() & {"tick_volume", "last"} else "tick_volume"
        columns.setdefault(other, columns.pop("volume"))
    if "date" in columns and "time" not in columns:
        columns["time"] = columns.pop("date")
    kind = _kind(columns)
    if kind is None:
        return None
    if kind == "ticks":
        columns.pop("tick_volume", None)
    name, zone = _maker(line.lower())
    word = "bars" if kind == "bars" else "ticks"
    return Layout(
        f"{name} {word}", kind, separator, columns, len(cells), True, zone,
        fills_blanks=kind == "ticks" and name == "MetaTrader 5",
    )  # fmt: skip


def _kind(columns: dict[str, int]) -> Kind | None:
    if "time" not in columns:
        return None
    if all(field in columns for field in _BARS):
        return "bars"
    return "ticks" if "bid" in columns and "ask" in columns else None


def _maker(header: str) -> tuple[str, str]:
    """Return who writes such a header, and whose clock the times then are."""
    if "<open>" in header or "<bid>" in header:
        return "MetaTrader 5", SERVER
    if "gmt time" in header or "askprice" in header or "local time" in header:
        return "Dukascopy", "UTC"
    return "table of", "UTC"


def _by_row(separator: str, cells: list[str], file_name: str) -> Layout | None:
    moment = _times_in(cells)
    numbers = [place for place, cell in enumerate(cells) if place >= moment and _is_number(cell)]
    if not moment or numbers != list(range(moment, len(cells))):
        return None
    columns = {"time": 0} if moment == 1 else {"date": 0, "time": 1}
    if len(numbers) >= 4 and (separator == ";" or moment == 2):
        columns |= {field: moment + place for place, field in enumerate(_BARS)}
        if len(numbers) >= 5:
            columns["tick_volume"] = moment + 4
        is_histdata = moment == 1 or file_name.upper().startswith("DAT_MT_")
        name, zone = ("HistData", _HISTDATA_ZONE) if is_histdata else ("MetaTrader 4", SERVER)
        return Layout(f"{name} bars", "bars", separator, columns, len(cells), False, zone)
    if moment == 1 and len(numbers) in (2, 3):
        columns |= {"bid": 1, "ask": 2}
        return Layout("HistData ticks", "ticks", separator, columns, len(cells), False, _HISTDATA_ZONE)
    return None


def _times_in(cells: list[str]) -> int:
    """Return over how many cells the first row's time goes: 1, 2, or 0 when it does not begin with one."""
    moments = Moments()
    for count in (2, 1):
        text = " ".join(cells[:count]).encode()
        try:
            moments[text]
        except ValueError:
            continue
        if count == 2 or b" " in text:
            return count
    return 0


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
