"""A share of an exchange, charted from last prices, as a program of the package sees it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from metafleet.engine import mt5
from metafleet.engine.market.symbolfile import load_symbols
from metafleet.engine.mt5.reels import minutes
from metafleet.engine.mt5.terminal import Terminal
from metafleet.engine.mt5.tests.papers import TUESDAY, SetClock, started

SYMBOLS = """
[symbols.SBER]
calc_mode = 32
execution = "exchange"
chart_mode = "last"
digits = 2
contract_size = 1
currency_base = "USD"
currency_margin = "USD"
currency_profit = "USD"
stops_level_points = 0
spread_points = 2
volume_min = 1
volume_max = 1_000
volume_step = 1
swap_long = 0
swap_short = 0
"""
TICKS = """<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>
2024.03.05\t09:58:01.000\t100.00\t100.02\t\t\t6
2024.03.05\t09:58:02.000\t\t\t100.01\t5\t56
2024.03.05\t09:59:10.000\t99.00\t99.02\t\t\t6
2024.03.05\t10:00:10.000\t100.00\t100.02\t\t\t6
2024.03.05\t10:00:20.000\t\t\t100.02\t7\t56
2024.03.05\t10:01:00.000\t98.00\t98.02\t\t\t6
2024.03.05\t10:01:30.000\t\t\t99.00\t3\t88
2024.03.05\t10:02:00.000\t97.50\t\t\t\t2
"""


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def terminal(tmp_path: Path, clock: SetClock) -> Terminal:
    symbols, ticks = tmp_path / "symbols.toml", tmp_path / "SBER_ticks.csv"
    symbols.write_text(SYMBOLS)
    ticks.write_text(TICKS)
    return started(
        clock,
        source=str(ticks),
        symbols_file=str(symbols),
        symbols=("SBER",),
        ticks="real",
        cache=str(tmp_path / "cache"),
    )


def test_the_tick_has_the_last_deal_and_says_what_changed(terminal: Terminal, clock: SetClock) -> None:
    clock.pass_s(25)
    tick = terminal.symbol_info_tick("SBER")
    assert tick is not None
    assert (tick.bid, tick.ask, tick.last, tick.volume, tick.volume_real) == (100.0, 100.02, 100.02, 7, 7.0)
    assert tick.flags == mt5.TICK_FLAG_LAST | mt5.TICK_FLAG_VOLUME | mt5.TICK_FLAG_BUY
    clock.pass_s(40)
    tick = terminal.symbol_info_tick("SBER")
    assert tick is not None
    assert (tick.bid, tick.last, tick.volume, tick.flags) == (98.0, 100.02, 7, 6)


def test_the_symbol_has_its_day_of_deals(terminal: Terminal, clock: SetClock) -> None:
    clock.pass_s(125)
    info = terminal.symbol_info("SBER")
    assert info is not None
    assert info.chart_mode == mt5.SYMBOL_CHART_MODE_LAST
    assert (info.last, info.lasthigh, info.lastlow) == (99.0, 100.02, 99.0)
    assert (info.volume, info.volumehigh, info.volumelow) == (3, 7, 3)


def test_bars_are_made_of_deals(terminal: Terminal, clock: SetClock) -> None:
    clock.pass_s(25)
    terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 1)
    clock.pass_s(100)
    bars = terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 10)
    assert bars is not None
    assert [bar[1:6] for bar in bars.tolist()] == [
        (100.0, 100.01, 100.0, 100.01, 2),  # before the first deal its bid stands for it
        (100.02, 100.02, 100.02, 100.02, 1),
        (99.0, 99.0, 99.0, 99.0, 1),
    ]
    assert bars["real_volume"].tolist() == [5, 7, 3]


def test_ticks_of_deals_can_be_had_alone(terminal: Terminal, clock: SetClock) -> None:
    clock.pass_s(25)
    terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 1)
    clock.pass_s(100)
    begin = TUESDAY - dt.timedelta(hours=1)
    deals = terminal.copy_ticks_from("SBER", begin, 100, mt5.COPY_TICKS_TRADE)
    quotes = terminal.copy_ticks_from("SBER", begin, 100, mt5.COPY_TICKS_INFO)
    whole = terminal.copy_ticks_from("SBER", begin, 100, mt5.COPY_TICKS_ALL)
    assert deals is not None
    assert quotes is not None
    assert whole is not None
    assert deals["last"].tolist() == [100.01, 100.02, 99.0]
    assert deals["volume"].tolist() == [5, 7, 3]
    assert (deals["flags"] & mt5.TICK_FLAG_SELL).tolist() == [0, 0, mt5.TICK_FLAG_SELL]
    assert len(quotes) == 5
    assert len(whole) == 8
    assert whole["last"].tolist() == [0, 100.01, 100.01, 100.01, 100.02, 100.02, 99.0, 99.0]


def test_a_stop_loss_waits_for_the_last_price(terminal: Terminal, clock: SetClock) -> None:
    clock.pass_s(25)
    request = {
        "action": mt5.TRADE_ACTION_DEAL,
        "symbol": "SBER",
        "volume": 10.0,
        "type": mt5.ORDER_TYPE_BUY,
        "type_filling": mt5.ORDER_FILLING_IOC,
        "sl": 99.5,
    }
    result = terminal.order_send(request)
    assert result is not None
    assert result.retcode == mt5.TRADE_RETCODE_DONE
    clock.pass_s(40)
    assert terminal.positions_total() == 1
    clock.pass_s(30)
    assert terminal.positions_total() == 0
    deals = terminal.history_deals_get(position=result.order)
    assert deals is not None
    assert (deals[-1].price, deals[-1].reason, deals[-1].time) == (98.0, mt5.DEAL_REASON_SL, 1709632890)


def test_minutes_of_a_file_are_those_that_are_lived(
    tmp_path: Path, terminal: Terminal, clock: SetClock
) -> None:
    clock.pass_s(25)
    terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 1)
    clock.pass_s(100)
    ticks = terminal.copy_ticks_from("SBER", TUESDAY - dt.timedelta(hours=1), 100, mt5.COPY_TICKS_ALL)
    bars = terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 10)
    assert ticks is not None
    assert bars is not None
    spec = load_symbols(tmp_path / "symbols.toml")["SBER"]
    np.testing.assert_array_equal(minutes(ticks, spec), bars)


def test_bars_that_are_charted_from_last_prices_are_played_as_deals(tmp_path: Path) -> None:
    symbols, bars = tmp_path / "symbols.toml", tmp_path / "SBER_M1.csv"
    symbols.write_text(SYMBOLS)
    lines = [
        f"2024.03.05,{9 + minute // 60:02}:{minute % 60:02},100.0,101.0,99.0,100.5,4" for minute in range(90)
    ]
    bars.write_text("\n".join(["DATE,TIME,OPEN,HIGH,LOW,CLOSE,TICKVOL", *lines]))
    clock = SetClock()
    terminal = started(
        clock,
        source=str(bars),
        symbols_file=str(symbols),
        symbols=("SBER",),
        ticks="ohlc",
        cache=str(tmp_path),
    )
    terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 1)
    clock.pass_s(59)
    tick = terminal.symbol_info_tick("SBER")
    forming = terminal.copy_rates_from_pos("SBER", mt5.TIMEFRAME_M1, 0, 1)
    assert tick is not None
    assert forming is not None
    assert (tick.bid, tick.ask, tick.last, tick.volume) == (100.5, 100.52, 100.5, 0)
    assert tick.flags == 2 | 4 | 8
    assert forming[0].tolist()[1:6] == (100.0, 101.0, 99.0, 100.5, 4)
