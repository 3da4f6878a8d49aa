"""The clock of a server: its wall time, written as if it were UTC, is what MetaTrader's times are.

Source: most forex servers are seven hours ahead of New York, so that their day ends when the forex day does
and five daily bars make a week: UTC+2, and UTC+3 while New York has daylight saving.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

SERVER_ZONE: Final = "America/New_York+7"
"""What a server's zone is where nobody says another."""

_STEP_S: Final = 900
"""Offsets change on quarters of an hour."""

_HOURS: Final = re.compile(r"([A-Za-z_]+(?:/[A-Za-z_+\-0-9]+?)*?)?(?:([+-])(\d{1,2})(?::?([0-5]\d))?)?")


class ZoneRefused(ValueError):
    """This is no time zone; the text is a sentence for the person who named it."""


class Zone:
    """A clock on a wall: a place's, by its name in the IANA database, or UTC's; and so many hours ahead.

    text: "UTC", "UTC+2", "UTC-05:30", "Europe/Athens", "America/New_York+7". Raises ZoneRefused. In the hour
    that is lived twice when daylight saving ends, a wall time means one of the two, always the same.
    """

    def __init__(self, text: str = SERVER_ZONE) -> None:
        self.text = text
        self._place, self._ahead_s = _read(text)
        self._offset = lru_cache(maxsize=65_536)(self._offset_of_step)

    def __repr__(self) -> str:
        return f"Zone({self.text!r})"

    def offset_s(self, utc_s: int) -> int:
        """Return how many seconds this clock is ahead of UTC at a moment."""
        return self._offset(utc_s // _STEP_S)

    def wall_s(self, utc_s: int) -> int:
        """Return what this clock shows at a moment."""
        return utc_s + self.offset_s(utc_s)

    def utc_s(self, wall_s: int) -> int:
        """Return the moment at which this clock shows this."""
        nearly_s = wall_s - self.offset_s(wall_s)
        return wall_s - self.offset_s(nearly_s)

    def walls_s(self, utc_s: NDArray[Any]) -> NDArray[np.int64]:
        """Return what this clock shows at many moments: int64, of the same shape."""
        times: NDArray[np.int64] = np.asarray(utc_s, np.int64)
        return times + self._offsets(times)

    def utcs_s(self, walls_s: NDArray[Any]) -> NDArray[np.int64]:
        """Return the moments at which this clock shows these: int64, of the same shape."""
        times: NDArray[np.int64] = np.asarray(walls_s, np.int64)
        return times - self._offsets(times - self._offsets(times))

    def _offsets(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._place is None:
            return np.full(times.shape, self._ahead_s, np.int64)
        steps, places = np.unique(times // _STEP_S, return_inverse=True)
        offsets = np.array([self._offset(step) for step in steps.tolist()], np.int64)
        return offsets[places].reshape(times.shape) if len(steps) else np.zeros(times.shape, np.int64)

    def _offset_of_step(self, step: int) -> int:
        if self._place is None:
            return self._ahead_s
        there = dt.datetime.fromtimestamp(step * _STEP_S, self._place).utcoffset() or dt.timedelta()
        return int(there.total_seconds()) + self._ahead_s


def _read(text: str) -> tuple[ZoneInfo | None, int]:
    found = _HOURS.fullmatch(text.strip())
    if not found or not text.strip():
        raise ZoneRefused(f'{text!r} is no time zone; expected such as "UTC+2" or "America/New_York+7"')
    place, sign, hours, minutes = found.groups()
    ahead_s = int(hours or 0) * 3_600 + int(minutes or 0) * 60
    if ahead_s > 15 * 3_600:
        raise ZoneRefused(f"{text!r} is more than 15 hours ahead or behind")
    ahead_s = -ahead_s if sign == "-" else ahead_s
    if place in (None, "UTC", "GMT", "Z"):
        return None, ahead_s
    try:
        return ZoneInfo(str(place)), ahead_s
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneRefused(
            f"{place!r} is not in the database of time zones; expected such as Europe/Athens"
        ) from None
