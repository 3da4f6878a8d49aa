"""Seasons.mqh: how a server's clock was set before anybody watched it, by the bars with which weeks begin."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from connectors.tests.given import EURUSD, Bar, Given, bar
from connectors.tests.probing import Call, Probe
from connectors.tests.stores import slot_of
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.sessions import WEEK_S, week_open_s

A_DAY_S = 86_400
NOW_S = int(datetime(2025, 11, 12, 10, tzinfo=UTC).timestamp())
THIS_WEEK = (NOW_S + 4 * A_DAY_S) // WEEK_S - 1
"""As the market numbers them: it opened on Sunday, 9 November."""


def opened(zone: Zone, weeks: Iterable[int]) -> list[Bar]:
    """Return the bars that weeks begin with, by a server's clock."""
    walls = (zone.wall_s(week_open_s(week)) for week in weeks)
    return [one for wall in walls for one in (bar(wall), bar(wall + 3_600))]


def at_work(probe: Probe, zone: Zone, bars: list[Bar], symbol: str = "EURUSD.x") -> list[Call]:
    """Let it be November 2025 at such a server; return the calls after which its offset is known."""
    machine = probe.machine
    machine.advance_to(NOW_S * 1000)
    machine.server_offset_s = lambda: zone.offset_s(machine.now_msc() // 1000)
    hour = 60 if machine.platform == "mql4" else 16_385
    probe.terminal = Given(symbols={"XAUUSD": EURUSD, symbol: EURUSD}, bars={(symbol, hour): bars})
    return [("hub", NOW_S), ("offset",), probe.sleep(1_000), ("offset",)]


def noons(zone: Zone, weeks: Iterable[int]) -> dict[int, int]:
    """Return the offset at noon of each Wednesday, and of each Friday, by the server's time then."""
    moments = [week_open_s(week) + days * A_DAY_S - 36_000 for week in weeks for days in (3, 5)]
    return {zone.wall_s(moment): zone.offset_s(moment) for moment in moments}


def test_a_week_opens_when_new_york_says(probe: Probe) -> None:
    week_before = THIS_WEEK - 26
    weeks = [week for week in range(THIS_WEEK - 52 * 18, THIS_WEEK + 52 * 5) if (week - week_before) % 26 < 9]
    sundays = [(3 + 7 * week) * A_DAY_S for week in weeks]
    assert len(weeks) > 300
    assert probe.live(*(("week opens", sunday) for sunday in sundays)) == [
        week_open_s(week) for week in weeks
    ]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("XAUUSD", "USDJPY.m", "m.GBPUSD", "GBPUSD"), "m.GBPUSD"),
        (("GBPUSD", "EURUSD_i"), "EURUSD_i"),
        (("USDJPY",), "USDJPY"),
        (("BTCUSD", "EURGBP"), ""),
    ],
)
def test_some_symbol_of_forex_is_asked(probe: Probe, names: tuple[str, ...], found: str) -> None:
    probe.terminal = Given(symbols=dict.fromkeys(names, EURUSD))
    assert probe.live(("forex",)) == [found]


@pytest.mark.parametrize("text", ["Europe/Athens", "America/New_York+7", "UTC", "UTC+3", "Europe/London"])
def test_years_of_a_servers_clock_are_learned(probe: Probe, text: str) -> None:
    zone, weeks = Zone(text), range(THIS_WEEK - 200, THIS_WEEK + 1)
    begin = at_work(probe, zone, opened(zone, range(THIS_WEEK - 210, THIS_WEEK + 1)))
    oldest = zone.wall_s(week_open_s(THIS_WEEK - 200))
    known = noons(zone, weeks)
    learn = [("learn", oldest + A_DAY_S), ("learn", oldest + A_DAY_S), ("learn", oldest + A_DAY_S)]
    given = probe.live(*begin, *learn, *(("at", wall) for wall in known))
    assert given[2:5] == [False, True, True], "120 weeks at once, and no more"
    assert given[5:] == list(known.values())
    assert probe.log[-1] == f"EA = {given[-1]}"
    changes = probe.live(*begin, *learn, ("clock",))[-1]["offsets"]
    assert len(changes) == (0 if text.startswith("UTC") else 8)
    assert [one["until"] for one in changes] == sorted(one["until"] for one in changes)


def test_what_says_nothing_certain_changes_nothing(probe: Probe) -> None:
    zone, weeks = Zone("Europe/Athens"), range(THIS_WEEK - 60, THIS_WEEK + 1)
    # An hour that could be the other season's, in one week alone; and a holiday.
    hours = {36: 3_600, 38: 3_600, 20: A_DAY_S, 5: -3_600, 7: -3_600}
    late = {THIS_WEEK - ago: hour for ago, hour in hours.items()}
    bars = [
        bar(one[0] + late.get(week, 0)) for week in weeks for one in opened(zone, [week])[:1] if week % 11 > 0
    ]
    begin = at_work(probe, zone, bars)
    known = noons(zone, range(THIS_WEEK - 50, THIS_WEEK + 1))
    oldest = zone.wall_s(week_open_s(THIS_WEEK - 50))
    wait = [("learn", oldest), probe.sleep(59_000), ("learn", oldest), probe.sleep(1_000), ("learn", oldest)]
    given = probe.live(*begin, *wait, *(("at", wall) for wall in known))
    assert given[2:5] == [False, False, True], "bars that are not there may be on their way, for a minute"
    assert given[5:] == list(known.values())


@pytest.mark.parametrize("kind", ["half an hour", "an hour late", "never closed", "no bars", "no forex"])
def test_where_no_week_says_it_todays_offset_holds(probe: Probe, kind: str) -> None:
    zone = Zone("UTC+5:30" if kind == "half an hour" else "Europe/Athens")
    # The hourly bar in which the week opens.
    bars = [bar(one[0] // 3_600 * 3_600) for one in opened(zone, range(THIS_WEEK - 60, THIS_WEEK + 1))]
    if kind == "an hour late":
        # Each week, the summers' as well: this broker begins when it likes.
        summer = {one[0]: zone.offset_s(one[0]) - zone.offset_s(NOW_S) for one in bars}
        bars = [bar(one[0] + 3_600 - summer[one[0]]) for one in bars]
    if kind in {"never closed", "no bars"}:
        hours = range(NOW_S - 60 * WEEK_S, NOW_S, 3_600) if kind == "never closed" else ()
        bars = [bar(hour // 3_600 * 3_600) for hour in hours]
    begin = at_work(probe, zone, bars, "XAGUSD" if kind == "no forex" else "EURUSD")
    oldest = NOW_S - 30 * WEEK_S
    given = probe.live(
        *begin, ("learn", oldest), probe.sleep(60_000), ("learn", oldest), ("learn", oldest), ("at", oldest)
    )
    offset = zone.offset_s(NOW_S)
    assert given[2:] == [kind != "no bars", True, True, offset]
    assert sum("older deals may be an hour off" in line for line in probe.log) == 1


@pytest.mark.parametrize("ago", range(1, 6))
def test_the_oldest_week_is_learned_as_well(probe: Probe, ago: int) -> None:
    """Three weeks ago Athens had summer time for its last days."""
    zone = Zone("Europe/Athens")
    begin = at_work(probe, zone, opened(zone, range(THIS_WEEK - 60, THIS_WEEK + 1)))
    known = noons(zone, range(THIS_WEEK - ago, THIS_WEEK + 1))
    given = probe.live(*begin, ("learn", min(known)), *(("at", wall) for wall in known))
    assert given[2:] == [True, *known.values()]
    assert (10_800 in known.values()) == (ago > 2)


def test_what_is_of_this_week_needs_no_bars(probe: Probe) -> None:
    zone = Zone("Europe/Athens")
    begin = at_work(probe, zone, [])
    sunday = (NOW_S + 4 * A_DAY_S) // WEEK_S * WEEK_S - 4 * A_DAY_S
    given = probe.live(*begin, ("learn", sunday + 5), ("clock",), ("learn", sunday - 5))
    assert (given[2], given[3]["knownSince"], given[4]) == (True, sunday, False)


def test_what_was_watched_is_kept_and_older_times_are_learned(probe: Probe) -> None:
    """The terminal shows more of its history later, and the connector has seen a change itself."""
    zone = Zone("Europe/Athens")
    begin = at_work(probe, zone, opened(zone, range(THIS_WEEK - 120, THIS_WEEK + 1)))
    change_s = int(datetime(2025, 10, 26, 4, tzinfo=UTC).timestamp())
    kept = {"utcOffset": 7_200, "offsets": [{"until": change_s, "offset": 10_800}]}
    (probe.machine.folder / "i-terminal.b").write_bytes(slot_of(1, json.dumps(kept)))
    known = noons(zone, range(THIS_WEEK - 100, THIS_WEEK + 1))
    nearer, older = (zone.wall_s(week_open_s(THIS_WEEK - weeks)) for weeks in (20, 100))
    learn = [("learn", nearer), ("learn", older)]
    given = probe.live(("identity", "i"), *begin, *learn, *(("at", wall) for wall in known), ("clock",))
    assert given[4:6] == [True, True]
    assert given[6:-1] == list(known.values())
    assert len(given[-1]["offsets"]) == 4
    assert change_s in {one["until"] for one in given[-1]["offsets"]}
    assert given[-1]["knownSince"] <= older
