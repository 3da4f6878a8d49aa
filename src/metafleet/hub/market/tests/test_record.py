"""The record of a market: what is kept once, and what comes out of it as bars of any timeframe."""

from __future__ import annotations

import numpy as np
import pytest

from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.timeframes import BY_NAME, DAY_S
from metafleet.hub.market import record
from metafleet.hub.market.models import MarketDay

pytestmark = pytest.mark.django_db

SERVER, MONDAY_S = "metafleet-Paper", 1_704_067_200
"""2024-01-01, a Monday."""


def minutes(count: int, begin_s: int = MONDAY_S, seed: int = 1) -> Array:
    """M1 bars of a walk, without a hole."""
    draw = np.random.default_rng(seed)
    closes = 1.1 + np.cumsum(draw.normal(0, 1e-4, count))
    rates = np.zeros(count, RATES)
    rates["time"] = begin_s + 60 * np.arange(count)
    rates["close"], rates["open"] = closes, np.append(1.1, closes[:-1])
    rates["high"] = np.maximum(rates["open"], closes) + 1e-5
    rates["low"] = np.minimum(rates["open"], closes) - 1e-5
    rates["tick_volume"], rates["spread"] = draw.integers(1, 50, count), draw.integers(5, 20, count)
    return rates


def test_bars_are_kept_a_day_a_row_and_once() -> None:
    rates = minutes(3 * 1440 + 10)
    assert record.keep(SERVER, "EURUSD", rates[:2000]) == 2000
    assert record.keep(SERVER, "EURUSD", rates[1990:]) == len(rates) - 2000
    assert record.keep(SERVER, "EURUSD", rates) == 0
    assert [row.count for row in MarketDay.objects.order_by("day")] == [1440, 1440, 1440, 10]
    assert record.bars(SERVER, "EURUSD", "M1").tobytes() == rates.tobytes()
    (known,) = record.symbols()
    assert (known.symbol, known.first_s, known.until_s) == ("EURUSD", MONDAY_S, MONDAY_S + len(rates) * 60)


def test_what_is_kept_is_final_and_a_gap_is_filled_later() -> None:
    rates, others = minutes(100), minutes(100, seed=2)
    record.keep(SERVER, "EURUSD", np.concatenate([rates[:30], rates[60:]]))
    assert record.keep(SERVER, "EURUSD", others) == 30
    found = record.bars(SERVER, "EURUSD", "M1")
    assert found.tobytes() == np.concatenate([rates[:30], others[30:60], rates[60:]]).tobytes()


@pytest.mark.parametrize("timeframe", ["M5", "M15", "H1", "H4", "D1", "W1"])
def test_longer_bars_are_the_minutes_added_up_and_only_closed_ones(timeframe: str) -> None:
    rates = minutes(16 * 1440 + 37)
    record.keep(SERVER, "EURUSD", rates)
    wanted = aggregated(rates, BY_NAME[timeframe])[:-1]
    assert record.bars(SERVER, "EURUSD", timeframe).tobytes() == wanted.tobytes()
    for count in (1, 2, 7, 100):
        assert record.bars(SERVER, "EURUSD", timeframe, count=count).tobytes() == wanted[-count:].tobytes()
    span = (MONDAY_S + 3 * DAY_S + 60, MONDAY_S + 9 * DAY_S)
    inside = wanted[(wanted["time"] >= span[0]) & (wanted["time"] < span[1])]
    assert record.bars(SERVER, "EURUSD", timeframe, span=span).tobytes() == inside.tobytes()


def test_a_bar_comes_with_its_last_minute() -> None:
    rates = minutes(30)
    record.keep(SERVER, "EURUSD", rates[:29])
    assert len(record.bars(SERVER, "EURUSD", "M15")) == 1
    record.keep(SERVER, "EURUSD", rates[29:])
    assert len(record.bars(SERVER, "EURUSD", "M15")) == 2


def test_a_bar_whose_last_minutes_had_no_price_comes_with_the_next_one() -> None:
    rates = minutes(17)
    record.keep(SERVER, "EURUSD", rates[:13])
    assert len(record.bars(SERVER, "EURUSD", "M15")) == 0
    record.keep(SERVER, "EURUSD", rates[16:])
    (bar,) = record.bars(SERVER, "EURUSD", "M15")
    assert bar["close"] == rates["close"][12]


def test_nothing_is_recorded_of_what_nobody_has_heard() -> None:
    assert record.symbols() == []
    assert len(record.bars(SERVER, "EURUSD", "M15", count=10)) == 0
    with pytest.raises(KeyError):
        record.bars(SERVER, "EURUSD", "M7")


def test_a_day_that_grew_is_read_anew() -> None:
    rates = minutes(120)
    record.keep(SERVER, "EURUSD", rates[:60])
    assert len(record.bars(SERVER, "EURUSD", "M15")) == 4
    record.keep(SERVER, "EURUSD", rates[60:])
    assert len(record.bars(SERVER, "EURUSD", "M15")) == 8


def test_a_day_that_was_replaced_by_as_many_bars_is_read_anew() -> None:
    record.keep(SERVER, "EURUSD", minutes(60))
    record.bars(SERVER, "EURUSD", "M15")
    MarketDay.objects.all().delete()
    others = minutes(60, seed=2)
    record.keep(SERVER, "EURUSD", others)
    assert record.bars(SERVER, "EURUSD", "M15").tobytes() == aggregated(others, BY_NAME["M15"]).tobytes()
