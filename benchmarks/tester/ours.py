"""metafleet's tester: the strategies as EAs, on the ticks that it makes of open, extremes and close.

`wake`: `on_bar` is called only at bars at which something is decided, which an EA says itself. `bar`: at each
bar. `tick`: every tick goes through ledger and EA, as at a terminal. `declared`: by the compiled loop, from
what the EA declares. The trades are the same.

`python -m benchmarks.tester.ours MANNER STRATEGY BARS.npy TRADES.csv`
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.rules import POINTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.indicators import Columns, Custom
from metafleet.engine.experts.inputs import Input
from metafleet.engine.experts.lines import Line
from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.records import Bar
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import H1, M1, NAMES, PERIODS_S
from metafleet.engine.statements.folding import fold
from metafleet.engine.statements.report import deal_of, line_of
from metafleet.engine.tester import Test, TestResult
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.averaged import Reversal, Stops, in_points

MANNERS: Final = ("wake", "bar", "tick", "declared")
SYMBOL: Final = "EURUSD"
SPEC: Final = msgspec.structs.replace(SYMBOLS[SYMBOL], stops_level_points=0)
"""Stops as near as a point, as the others have them."""


def reached_lines(columns: Columns) -> NDArray[Any]:
    """Return the lowest line that each close has come down to, 0 for none."""
    closes = in_points(columns.close)
    lowest = -(-closes // rules.GRID_STEP_POINTS)
    before = np.concatenate((closes[:1], closes[:-1]))
    return np.where(before > lowest * rules.GRID_STEP_POINTS, lowest, 0)


class Grid(Expert):
    slug, name, symbols = "benchmark-grid", "Grid", (SYMBOL,)
    is_waking: bool = Input(True)

    def on_start(self) -> None:
        self._reached: Line = self.chart.add(Custom(reached_lines, 2))
        if self.is_waking:
            self.wake(self._reached)

    def on_bar(self, _bar: Bar) -> None:
        line = self._reached[-1]
        if not line > 0.0:
            return
        comment, held = f"{line:.0f}", self.positions
        if len(held) < rules.GRID_OPEN and all(each.comment != comment for each in held):
            self.buy(rules.VOLUME_LOTS, tp=(line + 1) * rules.GRID_STEP_POINTS / POINTS, comment=comment)


class Prepared(NamedTuple):
    supply: KeptSupply
    timeframe: int


def _prepare(bars: Bars) -> Prepared:
    rates = np.zeros(len(bars), RATES)
    for name in ("time", "open", "high", "low", "close"):
        rates[name] = bars[name]
    timeframe = M1 if int(np.diff(bars["time"]).min()) < PERIODS_S[H1] else H1
    return Prepared(KeptSupply(SPEC, rates, timeframe), timeframe)


def _run(prepared: Prepared, expert: type[Expert], manner: str) -> TestResult:
    test = Test(
        symbol=SYMBOL,
        timeframe=NAMES[prepared.timeframe],
        from_s=prepared.supply.first_s,
        inputs={"is_waking": manner == "wake"},
        deposit=Decimal(1_000_000),
        spread_points=0,
        commission=Decimal(0),
        with_swaps=False,
        close_at_end=False,
    )
    cache = KERNEL_CACHE if manner == "declared" else None
    supplies = {SYMBOL: prepared.supply}
    return run_test(expert, test, supplies, every_tick=manner == "tick", kernel_cache=cache)


def _trades(done: TestResult, bars: Bars) -> Iterable[Trade]:
    for line in map(line_of, fold(deal_of(deal) for deal in done.deals)):
        if line.exited_msc is None or line.entered_msc is None:
            continue
        entered, left = (
            int(bars["time"][np.searchsorted(bars["time"], at_msc // 1000, "right") - 1])
            for at_msc in (line.entered_msc, line.exited_msc)
        )
        side = 1 if line.side == "buy" else -1
        assert line.entry_price is not None
        assert line.exit_price is not None
        yield Trade(entered, left, side, line.entry_price, line.exit_price, float(line.profit))


def tested(expert: type[Expert], bars: Bars, manner: str) -> TestResult:
    """Run one of the EAs over bars. manner: one of MANNERS."""
    return _run(_prepare(bars), expert, manner)


def _entry(expert: type[Expert], manner: str) -> Entry:
    return Entry(_prepare, lambda prepared: _run(prepared, expert, manner), _trades)


if __name__ == "__main__":
    chosen = sys.argv.pop(1)
    if chosen not in MANNERS:
        raise SystemExit(f"There is no manner {chosen!r}; there are {', '.join(MANNERS)}.")
    experts = {"reversal": Reversal, "stops": Stops, "grid": Grid}
    contest.enter("metafleet", {name: _entry(each, chosen) for name, each in experts.items()})
