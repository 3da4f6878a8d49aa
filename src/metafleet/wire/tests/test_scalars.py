"""Times, whole numbers and decimals as senders write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.wire import scalars
from metafleet.wire.scalars import ScalarRefused

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOON_S = 1_772_452_800
HUGE = pytest.param(10**5000, id="huge")


@pytest.mark.parametrize(
    ("time", "offset_s", "instant"),
    [
        (NOON_S, 0, NOON),
        (float(NOON_S), 0, NOON),
        (f" {NOON_S} ", 0, NOON),
        (NOON_S * 1000, 0, NOON),
        (f"{NOON_S}000", 0, NOON),
        (NOON_S * 1000 + 123, 0, NOON.replace(microsecond=123_000)),
        (NOON_S + 7200, 7200, NOON),
        (NOON_S - 18_000, -18_000, NOON),
        ("2026-03-02T12:00:00Z", 7200, NOON),
        ("2026-03-02T14:00:00+02:00", 0, NOON),
        ("2026-03-02T12:00:00.250Z", 0, NOON.replace(microsecond=250_000)),
    ],
)
def test_every_way_to_say_noon(time: int | float | str, offset_s: int, instant: datetime) -> None:
    assert scalars.to_utc(time, offset_s) == instant


@pytest.mark.parametrize(
    "time",
    [
        *(0, -1, float("nan"), float("inf"), 10**18, HUGE, "", "noon", "nan", "1e400"),
        *("2026-03-02T12:00:00", "2026-13-02T12:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("0001-01-01T00:30:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:00:00Z"),
    ],
)
def test_what_is_no_time(time: int | float | str) -> None:
    with pytest.raises(ScalarRefused):
        scalars.to_utc(time)


@given(st.integers(1_000_000_000_000, 4_102_444_800_000))
def test_milliseconds_come_back_as_they_were(msc: int) -> None:
    read = scalars.to_utc(msc)
    assert int(read.timestamp()) * 1000 + read.microsecond // 1000 == msc


def test_server_time_goes_both_ways() -> None:
    assert scalars.server_epoch_s(NOON, 7200) == NOON_S + 7200
    assert scalars.to_utc(scalars.server_epoch_s(NOON, 7200), 7200) == NOON


@pytest.mark.parametrize(
    ("epoch_s", "hour"),
    # Athens: two hours east in winter, three in summer; and the hour that comes twice.
    [(1_768_478_400, 10), (1_784_116_800, 9), (1_792_899_000, 0)],
)
def test_a_zone_says_what_server_time_is_on_each_day(epoch_s: int, hour: int) -> None:
    assert scalars.to_utc(epoch_s, ZoneInfo("Europe/Athens")).hour == hour


@pytest.mark.parametrize(
    ("value", "whole"),
    [(5, 5), ("5", 5), (" -7 ", -7), ("9223372036854775807", 2**63 - 1), (-(2**63), -(2**63))],
)
def test_whole_numbers(value: int | str, whole: int) -> None:
    assert scalars.whole(value) == whole


@pytest.mark.parametrize("value", ["", "1.0", "1e3", "0x10", "1_000", "٣", 2**63, HUGE, "9" * 21])
def test_what_is_no_whole_number(value: int | str) -> None:
    with pytest.raises(ScalarRefused):
        scalars.whole(value)


@pytest.mark.parametrize(
    ("value", "money"),
    [
        (1, "1.00"),
        (0.1, "0.10"),
        ("12.345", "12.35"),
        ("12.355", "12.36"),
        ("-0.005", "-0.01"),
        (1.005, "1.01"),
        ("1e2", "100.00"),
        (".5", "0.50"),
        ("1e-4000", "0.00"),
    ],
)
def test_money_is_rounded_half_away_from_zero(value: int | float | str, money: str) -> None:
    assert scalars.decimal(value, places=2, below=10**16) == Decimal(money)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "NaN",
        "sNaN",
        "Infinity",
        "1,5",
        "1_0",
        "٣",
        float("nan"),
        float("-inf"),
        10**16,
        "1e9999",
        HUGE,
    ],
)
def test_what_is_no_money(value: int | float | str) -> None:
    with pytest.raises(ScalarRefused):
        scalars.decimal(value, places=2, below=10**16)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=8))
def test_prices_lose_nothing(value: Decimal) -> None:
    assert scalars.decimal(str(value), places=8, below=10**10) == value


def test_a_clock_is_within_a_day_of_utc() -> None:
    assert scalars.utc_offset(-43_200) == -43_200
    with pytest.raises(ScalarRefused):
        scalars.utc_offset(86_400)
