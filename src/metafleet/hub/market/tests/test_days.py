"""How far a symbol moves in a day: by hand, and from the candles that are there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import days
from metafleet.hub.market.days import DailyRange, DayBar, average_true_range
from metafleet.hub.market.models import Candle
from tests.cast import NOW, Person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MIDNIGHT = NOW.replace(hour=0)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def bar(high: float, low: float, close: float, count: int = 24) -> DayBar:
    return DayBar(count, *(Decimal(str(value)) for value in (high, low, close)))


def test_the_true_range_reaches_over_the_gap_from_the_day_before() -> None:
    bars = [
        bar(101, 99, 100),
        bar(103, 101, 102),  # opened above the close before: 103 - 100
        bar(104, 100, 101),  # 4
        bar(99, 98, 98.5),  # opened below: 101 - 98
        bar(99.5, 97.5, 98),  # 2
        bar(100, 98, 99),  # 2
    ]
    assert average_true_range(bars) == DailyRange(Decimal("2.8"), 5)


def test_the_newest_fourteen_count() -> None:
    wild, calm = [bar(200, 100, 150)] * 10, [bar(151, 149, 150)] * 14
    assert average_true_range([*wild, *calm]) == DailyRange(Decimal(2), 14)


def test_a_day_of_which_little_is_known_is_left_out() -> None:
    whole, sunday = [bar(151, 149, 150)] * 6, bar(150.1, 150, 150, count=2)
    assert average_true_range([*whole[:3], sunday, *whole[3:]]) == DailyRange(Decimal(2), 5)


def test_few_days_say_nothing() -> None:
    assert average_true_range([bar(101, 99, 100)] * 5) is None
    assert average_true_range([]) is None


def store(
    person: Person, symbol: str, timeframe: str, at: Any, high: float, low: float, close: float
) -> None:
    with tenant_scope(person.tenant_id):
        Candle.objects.create(
            tenant_id=person.tenant_id, server="Broker-Live", symbol=symbol, timeframe=timeframe,
            opened_at=at, open=close, high=high, low=low, close=close,
        )  # fmt: skip


def ranges(person: Person, *symbols: str, utc_offset_s: int = 0) -> dict[str, DailyRange]:
    with tenant_scope(person.tenant_id):
        return days.daily_ranges(
            tenant_id=person.tenant_id,
            server="Broker-Live",
            symbols=symbols,
            utc_offset_s=utc_offset_s,
            now=NOW,
        )


def test_days_are_put_together_by_the_brokers_clock(alice: Person) -> None:
    for number in range(1, 8):
        midnight = MIDNIGHT - number * DAY - 2 * HOUR
        store(alice, "EURUSD", "1h", midnight, 1.10, 1.09, 1.095)
        store(alice, "EURUSD", "1h", midnight + 12 * HOUR, 1.11, 1.10, 1.105)
    found = ranges(alice, "EURUSD", utc_offset_s=7200)
    assert found == {"EURUSD": DailyRange(Decimal("0.02"), 6)}


def test_what_forms_today_and_what_is_long_ago_do_not_count(alice: Person) -> None:
    for number in (0, 1, 2, 3, 4, 5, 29):
        store(alice, "EURUSD", "1d", MIDNIGHT - number * DAY, 1.11, 1.09, 1.10)
    assert ranges(alice, "EURUSD") == {}
    cache.clear()
    store(alice, "EURUSD", "1d", MIDNIGHT - 6 * DAY, 1.11, 1.09, 1.10)
    assert ranges(alice, "EURUSD") == {"EURUSD": DailyRange(Decimal("0.02"), 5)}


def test_a_stranger_s_candles_say_nothing(alice: Person, charlie: Person) -> None:
    for number in range(1, 8):
        store(alice, "EURUSD", "1d", MIDNIGHT - number * DAY, 1.11, 1.09, 1.10)
    assert ranges(charlie, "EURUSD") == {}
