"""Indicators by hand-computed values."""

from __future__ import annotations

import pytest

from metafleet.engine.experts.indicators import Atr, BarBuilder, Candle, Ema, RollingMean
from metafleet.engine.experts.sizing import normal_volume, risk_volume, tick_value
from metafleet.engine.market.symbols import EURUSD, SYMBOLS, USDJPY


def test_an_ema_weighs_the_newest_value_by_two_over_period_plus_one() -> None:
    ema = Ema(3)
    assert [ema.update(price) for price in (10.0, 12.0, 11.0)] == [10.0, 11.0, 11.0]


def test_an_atr_counts_gaps_and_smooths_by_wilder() -> None:
    atr = Atr(2)
    assert atr.update(10.0, 8.0, 9.0) == 2.0
    assert atr.update(13.0, 12.0, 12.5) == 3.0
    assert atr.update(12.6, 12.4, 12.5) == pytest.approx(1.6)


def test_a_rolling_mean_forgets() -> None:
    mean = RollingMean(2)
    assert [mean.update(value) for value in (1.0, 3.0, 5.0)] == [1.0, 2.0, 4.0]
    assert mean.is_full


def feed(builder: BarBuilder, *minutes: int) -> list[Candle]:
    return [
        done
        for minute in minutes
        for done in builder.update(minute * 60, float(minute), minute + 0.5, minute - 0.5, minute + 0.1)
    ]


def test_a_long_bar_closes_with_its_last_minute() -> None:
    assert feed(BarBuilder(5), 5, 6, 7, 8, 9) == [Candle(300, 5.0, 9.5, 4.5, 9.1)]


def test_a_long_bar_with_missing_minutes_closes_when_the_next_begins() -> None:
    assert feed(BarBuilder(5), 6, 7, 12) == [Candle(300, 6.0, 7.5, 5.5, 7.1)]
    assert feed(BarBuilder(5), 6, 14) == [
        Candle(300, 6.0, 6.5, 5.5, 6.1),
        Candle(600, 14.0, 14.5, 13.5, 14.1),
    ]


@pytest.mark.parametrize(
    ("lots", "expected"),
    [(0.009, 0.0), (0.01, 0.01), (0.1 + 0.2 - 1e-12, 0.3), (0.237, 0.23), (7.0, 5.0), (-1.0, 0.0)],
)
def test_volumes_fall_on_the_symbols_grid(lots: float, expected: float) -> None:
    assert normal_volume(lots, minimum=0.01, maximum=5.0, step=0.01) == expected


def test_the_volume_loses_the_set_share_of_equity_over_the_stop() -> None:
    lots = risk_volume(
        equity=10_000, risk_percent=0.5, stop_distance=0.0010, tick_size=0.00001, tick_value=1.0
    )
    assert lots == pytest.approx(0.5)
    assert risk_volume(equity=1.0, risk_percent=1, stop_distance=0, tick_size=1, tick_value=1) == 0.0


def test_a_tick_is_worth_what_the_profit_currency_is() -> None:
    prices = {"EURUSD": 1.25, "USDJPY": 150.0}
    assert tick_value(EURUSD, "USD", prices.get) == pytest.approx(1.0)
    assert tick_value(EURUSD, "EUR", prices.get) == pytest.approx(0.8)
    assert tick_value(USDJPY, "USD", prices.get) == pytest.approx(100 / 150)
    assert tick_value(USDJPY, "EUR", prices.get) == pytest.approx(100 / 150 / 1.25)
    assert tick_value(SYMBOLS["GBPUSD"], "CHF", prices.get) is None
