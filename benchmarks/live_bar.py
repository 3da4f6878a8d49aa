"""What a closed bar costs an EA at a terminal: `Expert.take` with three indicators and an ordinary `on_bar`.

Beside a bare Python call, and one step of each indicator. Prices are made up. Processor time, the least of a
few: what other programs take of the machine is none of the EA's.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Final

from metafleet.engine.experts import Bar, Expert
from metafleet.engine.experts.charts import HISTORY_BARS, LiveCharts
from metafleet.engine.experts.indicators import ATR, EMA, RSI, Indicator
from metafleet.engine.market.symbols import SYMBOLS

BARS: Final = 100_000
TIMES: Final = 5
AIM_TAKE_NS: Final = 3_000
AIM_STEP_NS: Final = 500
INDICATORS: Final[tuple[Indicator, ...]] = (EMA(10), RSI(14), ATR(14))


class Ordinary(Expert):
    """Looks at three lines, and would trade now and then."""

    slug = "ordinary"

    def on_start(self) -> None:
        self._fast, self._strength, self._range = (self.chart.add(each) for each in INDICATORS)
        self.signals = 0

    def on_bar(self, bar: Bar) -> None:
        if self._fast[-1] > bar.close and self._strength[-1] > 70.0 and self._range[-1] > 0.0:
            self.signals += 1


class Past:
    """A desk with a history and nothing else: what `take` needs of one."""

    symbol = SYMBOLS["EURUSD"]

    def __init__(self, bars: list[Bar]) -> None:
        self._bars = bars

    def history(self, _symbol: str, _timeframe: str, count: int) -> list[Bar]:
        return self._bars[-count:]

    def charts(self, timeframe: str) -> LiveCharts:
        return LiveCharts(self, timeframe)


def main() -> None:
    bars = _made_up()
    past, coming = bars[:HISTORY_BARS], bars[HISTORY_BARS:]
    rows = [(bar.open, bar.high, bar.low, bar.close, bar.tick_volume) for bar in coming]
    unit = min(_ns(_nothing, rows) for _ in range(TIMES))
    taken = min(_take_ns(past, coming) for _ in range(TIMES))
    print(f"  {'a bare Python call':<34} {unit:8.0f} ns")
    print(
        f"  {'a bar with three indicators':<34} {taken:8.0f} ns, {taken / unit:4.1f} calls; aim {AIM_TAKE_NS}"
    )
    for indicator in INDICATORS:
        step = min(_ns(indicator.begin().step, rows) for _ in range(TIMES))
        name = f"a step of {indicator}"
        print(f"  {name:<34} {step:8.0f} ns, {step / unit:4.1f} calls; aim {AIM_STEP_NS}")


def _take_ns(past: list[Bar], coming: list[Bar]) -> float:
    desk: Any = Past(past)
    expert = Ordinary(desk)
    expert.on_start()
    begun = time.process_time_ns()
    for bar in coming:
        expert.take(bar, bar.time_s + 60)
    return (time.process_time_ns() - begun) / len(coming)


def _ns(call: Callable[..., object], rows: list[tuple[Any, ...]]) -> float:
    begun = time.process_time_ns()
    for open_, high, low, close, volume in rows:
        call(open_, high, low, close, volume)
    return (time.process_time_ns() - begun) / len(rows)


def _nothing(_open: float, _high: float, _low: float, _close: float, _volume: int) -> None:
    return None


def _made_up() -> list[Bar]:
    chance, price, bars = random.Random(1), 1.1, []
    for place in range(BARS):
        path = [price, *(price + chance.gauss(0, 1e-4) for _ in range(3))]
        low, high, price = round(min(path), 5), round(max(path), 5), path[-1]
        bars.append(Bar(60 * place, round(path[0], 5), high, low, round(price, 5), 4, 2))
    return bars


if __name__ == "__main__":
    main()
