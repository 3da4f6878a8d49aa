"""Ticks by mode, of one symbol or many: in order and always the same."""

from __future__ import annotations

from itertools import islice

import msgspec
import numpy as np
import pytest

from metafleet.engine.market.arrays import FLAG_LAST, RATES, TICKS
from metafleet.engine.market.modes import Making, ModeRefused, TickMode, made, ticks_of
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.supplies import GeneratedSupply, KeptSupply, Supply
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import CHART_LAST, EURUSD
from metafleet.engine.market.ticks import bar_ticks
from metafleet.engine.market.timeframes import H1, M1

MONDAY = 1_704_672_000


def _supply(count: int = 3 * 1_440, period_s: int = 60, timeframe: int = M1) -> KeptSupply:
    places = np.arange(count)
    rows = np.zeros(count, RATES)
    rows["time"] = MONDAY + places * period_s
    rows["open"] = np.round(1.1 + places % 5 * 1e-5, 5)
    rows["close"] = np.round(1.1 + places * 7 % 11 * 1e-5, 5)
    rows["high"] = np.maximum(rows["open"], rows["close"]) + 1e-4
    rows["low"] = np.minimum(rows["open"], rows["close"]) - 1e-4
    rows["tick_volume"], rows["spread"] = 50, 5 + places % 9
    return KeptSupply(EURUSD, rows, timeframe)


def _bars(supply: Supply) -> list[Bar]:
    return [Bar(*row[:7]) for row in supply.between(0, 1 << 40).tolist()]


def _ticks(supply: Supply, making: Making, from_s: int | None = None, to_s: int | None = None) -> list[Tick]:
    return list(ticks_of({"EURUSD": supply}, making, from_s=from_s, to_s=to_s))


@pytest.mark.parametrize(("period_s", "timeframe"), [(60, M1), (3_600, H1)])
def test_four_ticks_of_a_bar_are_those_that_a_bar_has(period_s: int, timeframe: int) -> None:
    supply = _supply(200, period_s, timeframe)
    expected = [tick for bar in _bars(supply) for tick in bar_ticks(EURUSD, bar, period_s, 4)]
    assert _ticks(supply, Making(mode="ohlc")) == expected


def test_generated_ticks_are_those_that_a_bar_has() -> None:
    supply = _supply(200)
    expected = [tick for bar in _bars(supply) for tick in bar_ticks(EURUSD, bar, 60, 12, seed=3)]
    assert _ticks(supply, Making(seed=3, ticks_per_bar=12)) == expected
    assert _ticks(supply, Making(seed=4, ticks_per_bar=12)) != expected


def test_opens_are_one_tick_where_a_bar_of_the_timeframe_opens() -> None:
    supply = _supply(200)
    assert [tick.bid for tick in _ticks(supply, Making(mode="open"))] == [bar.open for bar in _bars(supply)]
    hours = _ticks(supply, Making(mode="open", timeframe=H1))
    assert [tick.time_msc for tick in hours] == [(MONDAY + hour * 3_600) * 1000 for hour in range(4)]
    assert [(t.bid, t.ask) for t in hours] == [
        (bar.open, round(bar.open + (bar.spread or 0) * 1e-5, 5)) for bar in _bars(supply)[::60]
    ]
    late = _ticks(supply, Making(mode="open", timeframe=H1), MONDAY + 60)
    assert late == hours[1:]


@pytest.mark.parametrize("mode", ["ohlc", "generated", "open"])
def test_a_stretch_is_part_of_the_whole(mode: TickMode) -> None:
    supply = _supply(3_000)
    whole = _ticks(supply, Making(mode=mode))
    begin, end = MONDAY + 1_439 * 60 + 20, MONDAY + 2_900 * 60 + 31
    part = _ticks(supply, Making(mode=mode), begin, end)
    assert part == [tick for tick in whole if begin * 1000 <= tick.time_msc < end * 1000]


def test_ticks_of_many_symbols_come_in_time_order_and_are_the_same_each_time() -> None:
    names = ("EURUSD", "XAUUSD", "BTCUSD", "EURJPY")
    supplies = {name: GeneratedSupply(known_symbols()[name], 7) for name in names}

    def first() -> list[Tick]:
        begin_s = supplies["BTCUSD"].first_s + 5 * 86_400 - 3_600
        return list(islice(ticks_of(supplies, Making(mode="ohlc"), from_s=begin_s), 3_000))

    ticks = first()
    assert ticks == first()
    order = {name: place for place, name in enumerate(names)}
    keys = [(tick.time_msc, order[tick.symbol]) for tick in ticks]
    assert keys == sorted(keys)
    assert {tick.symbol for tick in ticks[:100]} == set(names)
    assert {tick.symbol for tick in ticks[-100:]} == {"BTCUSD"}, "the weekend has begun"


def test_real_ticks_are_given_as_they_are() -> None:
    rows = np.zeros(4, TICKS)
    rows["time_msc"] = [MONDAY * 1000 + ms for ms in (0, 5, 5, 90_000)]
    rows["time"], rows["bid"], rows["ask"] = rows["time_msc"] // 1000, 1.1, [1.2, 1.3, 1.4, 1.5]
    supply = KeptSupply(EURUSD, rows, 0)
    assert [tick.ask for tick in _ticks(supply, Making(mode="real"))] == [1.2, 1.3, 1.4, 1.5]
    with pytest.raises(ModeRefused, match="EURUSD has ticks only"):
        _ticks(supply, Making(mode="ohlc"))
    with pytest.raises(ModeRefused, match="EURUSD has bars only"):
        _ticks(_supply(), Making(mode="real"))


def test_opens_of_a_part_know_of_the_part_before() -> None:
    rows = _supply(200).between(0, 1 << 40)
    making = Making(mode="open", timeframe=H1)
    whole = made(EURUSD, rows, M1, making)[0].tolist()
    parts = [rows[:59], rows[59:60], rows[60:150], rows[150:]]
    before = [None, *(int(part["time"][-1]) for part in parts)]
    pieces = [
        made(EURUSD, part, M1, making, since)[0].tolist() for part, since in zip(parts, before, strict=False)
    ]
    assert [at for piece in pieces for at in piece] == whole


def test_deals_are_given_beside_symbols_that_have_none() -> None:
    rows = np.zeros(3, TICKS)
    rows["time_msc"] = MONDAY * 1_000 + np.array([5, 10, 15])
    rows["time"], rows["bid"], rows["ask"] = MONDAY, [1.0, 1.1, 1.2], [1.3, 1.4, 1.5]
    dealt = rows.copy()
    dealt["last"], dealt["volume_real"], dealt["flags"] = [0, 1.2, 1.2], [0, 3, 3], [6, 56, 6]
    supplies = {
        "EURUSD": KeptSupply(EURUSD, rows, 0),
        "SHARE": KeptSupply(msgspec.structs.replace(EURUSD, name="SHARE"), dealt, 0),
    }
    ticks = list(ticks_of(supplies, Making(mode="real")))
    assert [tick.symbol for tick in ticks] == ["EURUSD", "SHARE"] * 3
    assert {(tick.last, tick.volume, tick.flags) for tick in ticks[::2]} == {(0.0, 0.0, 0)}
    assert [(tick.last, tick.volume, tick.flags) for tick in ticks[1::2]] == [
        (0.0, 0.0, 0), (1.2, 3.0, 56), (1.2, 3.0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["generated", "ohlc", "open"])
def test_bars_of_last_prices_become_deals_at_the_bid(mode: TickMode) -> None:
    supply = _supply(200)
    share = KeptSupply(msgspec.structs.replace(EURUSD, chart_mode=CHART_LAST), supply.between(0, 1 << 40), M1)
    plain, deals = (_ticks(one, Making(mode=mode)) for one in (supply, share))
    assert [(tick.time_msc, tick.bid, tick.ask) for tick in plain] == [
        (tick.time_msc, tick.bid, tick.ask) for tick in deals
    ]
    assert all((tick.last, tick.volume, tick.flags) == (tick.bid, 0.0, FLAG_LAST) for tick in deals)
