"""Prices and EAs of the tester's tests."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts import Bar, Expert, Input
from metafleet.engine.experts.indicators import ATR, SMA, Columns, Custom
from metafleet.engine.experts.signals import Side, Signal
from metafleet.engine.market.arrays import RATES, TICKS, Array
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import bar_quotes, mix
from metafleet.engine.market.timeframes import M1

MONDAY_S = 1_704_715_200
"""2024-01-08 12:00."""


def walk(count: int, seed: int = 1, symbol: str = "EURUSD", step: float = 0.00012) -> Array:
    """M1 bars of a random walk, with a night's pause and minutes that are missing."""
    spec, chance = SYMBOLS[symbol], random.Random(seed)
    scale = 100.0 if symbol == "USDJPY" else 1.0
    rates, price, time_s = np.zeros(count, RATES), 1.1 * scale, MONDAY_S
    for place in range(count):
        open_ = round(price + chance.gauss(0, step * scale / 4), spec.digits)
        path = [open_ + chance.gauss(0, step * scale) for _ in range(6)]
        close = round(path[-1], spec.digits)
        high, low = round(max(open_, *path), spec.digits), round(min(open_, *path), spec.digits)
        rates[place] = (
            time_s,
            open_,
            max(high, close),
            min(low, close),
            close,
            10,
            chance.choice((2, 8, 12)),
            0,
        )
        price = close
        time_s += 60 * (1 if chance.random() > 0.01 else chance.randint(2, 40))
    return rates


def ticks_of(rates: Array, seed: int = 1, count: int = 0) -> Array:
    """Real ticks of these bars: some in each minute, with spreads that come and go; or `count` as made."""
    spec, chance, made = SYMBOLS["EURUSD"], random.Random(seed), []
    for row in rates.tolist():
        bar = Bar(*row[:7])
        for time_msc, bid, asked in bar_quotes(spec, bar, 60, count or chance.randint(1, 9), seed):
            ask = asked if count else round(bid + chance.choice((1, 2, 2, 3, 40)) * spec.point, 5)
            made.append((time_msc // 1000, bid, ask, 0.0, 0, time_msc, 6, 0.0))
    return np.array(made, TICKS)


def supply(rates: Array, symbol: str = "EURUSD", timeframe: int = M1) -> dict[str, KeptSupply]:
    return {symbol: KeptSupply(SYMBOLS[symbol], rates, timeframe)}


def rolled(rates: Array, every_s: int = 900, seed: int = 1) -> list[Signal]:
    """Signals of dice at the ends of bars of this length; in one hour of four there are none."""
    chance, found = random.Random(seed), []
    for end_s in range(int(rates["time"][0]) // every_s * every_s, int(rates["time"][-1]), every_s):
        up = chance.random()
        side: Side = "buy" if up > 0.6 else "sell" if up < 0.4 else "none"
        if end_s // 3_600 % 4:
            found.append(
                Signal(
                    time_s=end_s,
                    side=side,
                    probability=up,
                    size=abs(up - 0.5) * 2.0,
                    valid_until_s=end_s + every_s,
                    model="dice",
                    version=1,
                    horizon_bars=4,
                )
            )
    return found


class Crossing(Expert):
    """Always in the market with the last crossing; wakes itself for it if told to."""

    slug, name, symbols = "crossing", "Crossing", ("EURUSD",)
    fast: int = Input(5, ge=2, le=100)
    slow: int = Input(20, ge=3, le=400)
    is_waking: bool = Input(False)

    def on_start(self) -> None:
        self._crossed = self.chart.crossing(self.chart.add(SMA(self.fast)), self.chart.add(SMA(self.slow)))
        if self.is_waking:
            self.wake(self._crossed)

    def on_bar(self, bar: Bar) -> None:
        if side := self._crossed[-1]:
            for held in self.positions:
                self.close(held)
            (self.buy if side > 0 else self.sell)(0.1)


def is_even(columns: Columns) -> NDArray[np.float64]:
    """Return 1 where a bar closes at an even number of points, and else 0."""
    return np.where(np.rint(columns.close * 100_000) % 2 == 0.0, 1.0, 0.0)


class Dice(Expert):
    """Does anything that an EA can do, by dice that the time of the bar rolls; hears of its deals, too."""

    slug, name, symbols = "dice", "Dice", ("EURUSD",)
    seed: int = Input(1, ge=0, le=10_000)
    volume: float = Input(0.3, gt=0.0, le=50.0)
    is_waking: bool = Input(False)

    def on_start(self) -> None:
        self._range = self.chart.add(ATR(5))
        self.heard: list[int] = []
        if self.is_waking:
            self.wake(self.chart.add(Custom(is_even, 1)))

    def on_trade(self, deal: Deal) -> None:
        self.heard.append(deal.ticket)
        if deal.entry == 1 and deal.ticket % 3 == 0:
            self.buy(self.volume, sl=deal.price - 0.002)

    def on_bar(self, bar: Bar) -> None:
        roll = random.Random(mix(self.seed, "dice", bar.time_s))
        quote, reach = self.quote, max(self._range[-1], 0.0003) if self._range[-1] > 0 else 0.0003
        scale = 1.0 if bar.close < 10 else 100.0
        if quote is None or roll.random() > 0.2:
            return
        held, choice = self.positions, roll.random()
        if choice < 0.45 and len(held) < 6:
            near, far = 0.0002 * scale + reach * roll.random(), 0.0002 * scale + 3 * reach * roll.random()
            if roll.random() < 0.5:
                self.buy(
                    self.volume, sl=quote.bid - near if roll.random() < 0.8 else None, tp=quote.bid + far
                )
            else:
                self.sell(
                    self.volume, sl=quote.ask + near, tp=quote.ask - far if roll.random() < 0.8 else None
                )
        elif choice < 0.6 and held:
            self.close(held[0], round(held[0].volume / 2, 2) if roll.random() < 0.5 else None)
        elif choice < 0.8 and held:
            self.modify(held[-1], sl=None, tp=None if roll.random() < 0.5 else held[-1].tp)
