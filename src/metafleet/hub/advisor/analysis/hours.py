"""Which of the world's trading sessions are open. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_SESSIONS: Final = (
    ("Sydney", "Australia/Sydney", time(7), time(16)),
    ("Tokyo", "Asia/Tokyo", time(9), time(18)),
    ("London", "Europe/London", time(8), time(17)),
    ("New York", "America/New_York", time(8), time(17)),
)
"""As desks are usually said to be there, by the clock of the place: so that daylight saving is kept."""
_SATURDAY: Final = 5
_DAYS: Final = 8
"""Over a weekend the next opening is at most three days away."""


@dataclass(frozen=True, slots=True)
class Session:
    """opens_at, closes_at: of the one that is open, else of the next one. Holidays are not known."""

    name: str
    is_open: bool
    opens_at: datetime
    closes_at: datetime


def sessions(now: datetime) -> list[Session]:
    """Return the sessions from east to west, as they stand at a moment. now: aware."""
    return [_session(name, ZoneInfo(place), *hours, now=now) for name, place, *hours in _SESSIONS]


def _session(name: str, zone: ZoneInfo, opens: time, closes: time, *, now: datetime) -> Session:
    here = now.astimezone(zone)
    for ahead in range(_DAYS):
        day = here.date() + timedelta(days=ahead)
        if day.weekday() >= _SATURDAY:
            continue
        begin, end = (datetime.combine(day, at, zone) for at in (opens, closes))
        if now < end:
            return Session(name, begin <= now, begin.astimezone(now.tzinfo), end.astimezone(now.tzinfo))
    raise AssertionError("every week has a Monday")
