"""The same EA with many inputs, on one thread: prices are laid out once, and an indicator computed once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.charts import TapeChart, TapeCharts
from metafleet.engine.tester.contract import Test, TestResult
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.declared.fitting import declares
from metafleet.engine.tester.declared.reel import Unfit
from metafleet.engine.tester.declared.running import Stage, WholePast, started
from metafleet.engine.tester.declared.story import Story
from metafleet.engine.tester.desk import TesterDesk, no_bars
from metafleet.engine.tester.figures import figures_of
from metafleet.engine.tester.layout import Layout, lay_out, timeframe_of
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tape import Span
from metafleet.engine.tester.trades import trades_of

PROVED: Final = 3
"""Of many runs of one EA so many are also run by `run_test`, which compares: the first, the last, between."""

_SOURCES: Final = {
    "net_profit": "total_net_profit",
    "balance": "final_balance",
    "trades": "total_trades",
    "win_rate_percent": "profit_trades_percent",
    "profit_factor": "profit_factor",
    "expected_payoff": "expected_payoff",
    "gross_profit": "gross_profit",
    "gross_loss": "gross_loss",
    "largest_profit": "largest_profit",
    "largest_loss": "largest_loss",
    "balance_drawdown": "balance_drawdown.maximal",
    "balance_drawdown_percent": "balance_drawdown.relative_percent",
}
"""Where each figure is in `tester.figures.Figures`; the names are those of `optimising.measuring.FIGURES`."""


class Tried(msgspec.Struct, frozen=True):
    """What came of one set of inputs. figures: as of a `TestResult` of them. is_declared: by the kernel."""

    inputs: Mapping[str, InputValue]
    figures: dict[str, float | None]
    is_declared: bool


def run_many(
    cls: type[Expert],
    test: Test,
    supplies: Mapping[str, Supply],
    inputs: Sequence[Mapping[str, InputValue]],
    *,
    kernel_cache: Path = KERNEL_CACHE,
) -> list[Tried]:
    """Test an EA with each of these inputs, beside those of the test, and return what came of them, in order.

    Some are run both ways first; where a declaration is not what `on_bar` does, and for what is not for the
    kernel, all goes by `run_test`. Raises TestRefused, InputRefused, and whatever the EA raises.
    """
    tests = [msgspec.structs.replace(test, inputs={**test.inputs, **each}) for each in inputs]
    rooms: dict[str, _Room | None] = {}
    if not declares(cls) or not _is_proved(cls, tests, supplies, kernel_cache):
        return [_by_test(cls, each, supplies, kernel_cache) for each in tests]
    made = []
    for each in tests:
        timeframe = timeframe_of(cls, each)
        if timeframe not in rooms:
            rooms[timeframe] = _room(lay_out(cls, each, supplies), kernel_cache)
        room = rooms[timeframe]
        figures = None if room is None else room.figures(each.inputs)
        made.append(
            _by_test(cls, each, supplies, kernel_cache)
            if figures is None
            else Tried(each.inputs, figures, True)
        )
    return made


class _Room:
    """One chart with all that was ever computed on it."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        """Raises Unfit."""
        self._layout = layout
        self._play = layout.seat()
        self._stage = Stage(self._play, folder)
        self._first = self._play.chart.cursor.at
        self._series: dict[Any, Any] = {}

    def figures(self, inputs: Mapping[str, InputValue]) -> dict[str, float | None] | None:
        """Return the figures with these inputs; None where they are not for the kernel."""
        layout, ledger = self._layout, self._play.ledger
        chart = TapeChart(layout.test.symbol, layout.timeframe, layout.span, self._first, self._series)
        chart.keep(self._stage.columns)
        charts = TapeCharts(chart, _no_other, lambda: ledger.quotes.now_msc // 1000)
        desk = TesterDesk(ledger, self._play.tape.spec, charts, no_bars, None)
        try:
            declared = started(layout.cls(desk, inputs), ledger, WholePast(chart), self._stage)
            return None if declared is None else figures_in(self._stage.run(declared))
        except (Unfit, ChartRefused):
            return None


def figures_in(story: Story) -> dict[str, float | None]:
    """Return the figures of a story, as `figures.figures_of` has them, of whole arrays at once."""
    unit, deposit = story.costs.unit, float(story.deposit.profit)
    closed = story.trades[8] != 0
    cents = story.trades[9] + story.trades[10] + (story.costs.charge_in + story.costs.charge_out)
    cents = cents[closed]
    won, lost = cents[cents >= 0], cents[cents < 0]
    count, balance = len(cents), story.balance / unit
    # What opening cost of a position that is still open is in the balance, and no trade's.
    unborne = story.costs.charge_in if story.is_open else 0
    gains, losses = int(won.sum()) + max(unborne, 0), int(lost.sum()) + min(unborne, 0)
    net = int(cents.sum()) + unborne
    fall, share = _falls(np.concatenate(([round(deposit * unit)], cents)).cumsum())
    return {
        "net_profit": net / unit,
        "balance": balance,
        "trades": count,
        "win_rate_percent": 100 * len(won) / count if count else None,
        "profit_factor": gains / -losses if losses else None,
        "expected_payoff": net / unit / count if count else None,
        "gross_profit": gains / unit,
        "gross_loss": losses / unit,
        "largest_profit": float(won.max()) / unit if len(won) else 0.0,
        "largest_loss": float(lost.min()) / unit if len(lost) else 0.0,
        "balance_drawdown": fall / unit,
        "balance_drawdown_percent": 100 * share if deposit > 0 or share else None,
    }


def _falls(balances: NDArray[np.int64]) -> tuple[float, float]:
    """Return the deepest fall from a peak, and the deepest as a share of its peak."""
    peaks = np.maximum.accumulate(balances)
    falls = peaks - balances
    shares = np.divide(falls, peaks, out=np.zeros(len(falls)), where=peaks > 0)
    return float(falls.max()), float(shares.max())


def _is_proved(
    cls: type[Expert], tests: Sequence[Test], supplies: Mapping[str, Supply], folder: Path
) -> bool:
    """Say whether some of these tests are what their EA declares, so far as it declares anything."""
    places = (
        {round(share * (len(tests) - 1) / max(PROVED - 1, 1)) for share in range(PROVED)} if tests else ()
    )
    results = [run_test(cls, tests[place], supplies, kernel_cache=folder) for place in places]
    return not any("declare() says" in note for result in results for note in result.notes)


def _room(layout: Layout, folder: Path) -> _Room | None:
    try:
        return _Room(layout, folder)
    except Unfit:
        return None


def _by_test(cls: type[Expert], test: Test, supplies: Mapping[str, Supply], folder: Path) -> Tried:
    result: TestResult = run_test(cls, test, supplies, kernel_cache=folder)
    made = figures_of(result, trades_of(result))
    figures = {name: attrgetter(source)(made) for name, source in _SOURCES.items()}
    finite = {name: each if each is None or math.isfinite(each) else None for name, each in figures.items()}
    return Tried(test.inputs, finite, False)


def _no_other(symbol: str, timeframe: str) -> Span:
    raise ChartRefused(f"{timeframe} of {symbol} is not laid out")
