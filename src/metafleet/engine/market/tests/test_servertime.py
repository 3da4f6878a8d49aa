"""What a server's clock shows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from metafleet.engine.market.servertime import Zone, ZoneRefused
from metafleet.engine.market.sessions import is_open, trades_at
from metafleet.engine.market.symbols import EURUSD, XAUUSD


def _s(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "utc", "wall"),
    [
        ("America/New_York+7", "2024-01-07T22:00", "2024-01-08T00:00"),
        # New York has daylight saving three weeks before Europe, and a week longer.
        ("America/New_York+7", "2024-03-10T21:00", "2024-03-11T00:00"),
        ("America/New_York+7", "2024-11-03T22:00", "2024-11-04T00:00"),
        ("Europe/Athens", "2024-03-10T22:00", "2024-03-11T00:00"),
        ("Europe/Athens", "2024-07-01T00:00", "2024-07-01T03:00"),
        ("UTC", "2024-07-01T00:00", "2024-07-01T00:00"),
        ("UTC+2", "2024-07-01T00:00", "2024-07-01T02:00"),
        ("UTC-05:30", "2024-07-01T00:00", "2024-06-30T18:30"),
        ("-5", "2024-07-01T00:00", "2024-06-30T19:00"),
    ],
)
def test_a_clock_shows_its_zones_time(zone: str, utc: str, wall: str) -> None:
    clock = Zone(zone)
    assert clock.wall_s(_s(utc)) == _s(wall)
    assert clock.utc_s(_s(wall)) == _s(utc)


@pytest.mark.parametrize("zone", ["America/New_York+7", "Europe/Athens", "UTC+2", "America/New_York"])
def test_many_times_are_what_each_of_them_is(zone: str) -> None:
    clock, times = Zone(zone), np.arange(_s("2024-01-01"), _s("2025-01-01"), 1_777)
    assert clock.walls_s(times).tolist() == [clock.wall_s(at) for at in times.tolist()]
    assert clock.utcs_s(times).tolist() == [clock.utc_s(at) for at in times.tolist()]
    assert clock.walls_s(times[:0]).tolist() == []


def test_there_and_back_is_the_same_but_for_the_hour_that_is_lived_twice() -> None:
    clock, times = Zone(), np.arange(_s("2024-01-01"), _s("2025-01-01"), 60)
    assert int((clock.utcs_s(clock.walls_s(times)) != times).sum()) == 60


@pytest.mark.parametrize("text", ["", "Mars/Olympus", "UTC+99", "UTC+2:99", "2024", "../etc/passwd"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ZoneRefused):
        Zone(text)


def test_a_symbol_trades_by_the_servers_clock() -> None:
    clock = Zone()
    for text in (
        "2024-03-08T21:59",
        "2024-03-08T22:00",
        "2024-03-10T20:59",
        "2024-03-10T21:00",
        "2024-07-03T21:30",
    ):
        for spec in (EURUSD, XAUUSD):
            assert trades_at(spec, clock.wall_s(_s(text))) == is_open(spec, _s(text))
    monday = _s("2024-01-08T00:00")
    assert [trades_at(EURUSD, monday + s) for s in (-1, 0, 5 * 86_400 - 1, 5 * 86_400)] == [
        False,
        True,
        True,
        False,
    ]
    assert [trades_at(XAUUSD, monday + s) for s in (0, 3_599, 3_600)] == [False, False, True]
