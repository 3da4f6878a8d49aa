"""The trading week in New York time, and the spreads of its sessions."""

from __future__ import annotations

import datetime as dt

import pytest

from metafleet.engine.market.sessions import (
    is_open,
    new_york_offset_s,
    session,
    usual_spread_points,
    week_open_s,
)
from metafleet.engine.market.symbols import EURUSD, XAUUSD, SymbolSpec


def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text + "+00:00").timestamp())


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        ("2018-03-11T06:59:59", -5),
        ("2018-03-11T07:00:00", -4),
        ("2018-11-04T05:59:59", -4),
        ("2018-11-04T06:00:00", -5),
        ("2026-07-01T12:00:00", -4),
        ("2026-01-01T12:00:00", -5),
    ],
)
def test_new_york_keeps_summer_time(when: str, hours: int) -> None:
    assert new_york_offset_s(at(when)) == hours * 3_600


@pytest.mark.parametrize(
    ("spec", "when", "opened"),
    [
        (EURUSD, "2018-01-07T21:59:59", False),
        (EURUSD, "2018-01-07T22:00:00", True),
        (EURUSD, "2018-01-12T21:59:59", True),
        (EURUSD, "2018-01-12T22:00:00", False),
        (EURUSD, "2018-07-08T21:00:00", True),
        (EURUSD, "2018-07-13T21:00:00", False),
        (EURUSD, "2018-01-10T22:30:00", True),
        (XAUUSD, "2018-01-10T22:30:00", False),
        (XAUUSD, "2018-01-10T23:00:00", True),
        (XAUUSD, "2018-01-13T12:00:00", False),
    ],
)
def test_the_week_runs_from_sunday_to_friday_five_in_new_york(
    spec: SymbolSpec, when: str, opened: bool
) -> None:
    assert is_open(spec, at(when)) is opened


@pytest.mark.parametrize("week", [2_818, 2_830, 2_861])
def test_a_week_opens_with_its_first_open_second(week: int) -> None:
    assert is_open(EURUSD, week_open_s(week))
    assert not is_open(EURUSD, week_open_s(week) - 1)


def test_spreads_widen_around_the_rollover() -> None:
    assert session(at("2018-01-10T14:00:00")) == "overlap"
    assert session(at("2018-01-10T09:00:00")) == "london"
    assert session(at("2018-01-10T22:00:00")) == "rollover"
    assert session(at("2018-01-10T03:00:00")) == "asia"
    spreads = [
        usual_spread_points(EURUSD, at(f"2018-01-10T{hour}:00:00")) for hour in ("14", "09", "03", "22")
    ]
    assert spreads == [7, 8, 12, 32]
