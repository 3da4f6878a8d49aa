"""The same EA with many inputs, on one thread: prices are laid out once, and an indicator computed once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.charts import TapeChart, TapeCharts
from metafleet.engine.tester.contract import Test, TestResult
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.declared.fitting import declares
from metafleet.engine.tester.declared.proving import OTHERWISE, PROVED
from metafleet.engine.tester.declared.reel import Unfit
from metafleet.engine.tester.declared.running import started
from metafleet.engine.tester.declared.stage import Stage, WholePast
from metafleet.engine.tester.declared.story import Story
from metafleet.engine.tester.desk import TesterDesk, no_bars
from metafleet.engine.tester.figures import figures_of
from metafleet.engine.tester.layout import Layout, lay_out, timeframe_of
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tape import Span
from metafleet.engine.tester.trades import trades_of

Made = TypeVar("Made")

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

    def by_kernel(given: Mapping[str, InputValue], story: Story) -> Tried:
        return Tried(given, figures_in(story), True)

    return run_each(cls, test, supplies, inputs, by_kernel, _by_test, kernel_cache=kernel_cache)


def run_each(
    cls: type[Expert],
    test: Test,
    supplies: Mapping[str, Supply],
    inputs: Sequence[Mapping[str, InputValue]],
    by_kernel: Callable[[Mapping[str, InputValue], Story], Made],
    by_test: Callable[[Mapping[str, InputValue], TestResult], Made],
    *,
    doubt: Callable[[str], object] | None = None,
    kernel_cache: Path = KERNEL_CACHE,
) -> list[Made]:
    """Do as `run_many`, and return what is made of each: of a story by the one, of a result by the other.

    A story's arrays are another's as soon as `by_kernel` has returned. doubt: is told where an EA does not
    do what it declares.
    """
    tests = [msgspec.structs.replace(test, inputs={**test.inputs, **each}) for each in inputs]
    rooms: dict[str, _Room | None] = {}
    is_believed = declares(cls) and compiling.is_there()
    if is_believed:
        lies = _lies(cls, tests, supplies, kernel_cache)
        is_believed = not lies
        if lies and doubt is not None:
            doubt(lies[0])
    made = []
    for each in tests:
        timeframe = timeframe_of(cls, each)
        if is_believed and timeframe not in rooms:
            rooms[timeframe] = _room(lay_out(cls, each, supplies), kernel_cache)
        room = rooms.get(timeframe)
        story = None if room is None else room.story(each.inputs)
        if story is not None:
            made.append(by_kernel(each.inputs, story))
        else:
            made.append(by_test(each.inputs, run_test(cls, each, supplies, kernel_cache=kernel_cache)))
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

    def story(self, inputs: Mapping[str, InputValue]) -> Story | None:
        """Return what comes of these inputs; None where they are not for the kernel."""
        layout, ledger = self._layout, self._play.ledger
        chart = TapeChart(layout.test.symbol, layout.timeframe, layout.span, self._first, self._series)
        chart.keep(self._stage.columns)
        charts = TapeCharts(chart, self._other, lambda: ledger.quotes.now_msc // 1000)
        desk = TesterDesk(ledger, self._play.tape.spec, charts, no_bars, None)
        try:
            declared = started(layout.cls(desk, inputs), ledger, WholePast(charts, self._stage), self._stage)
            return None if declared is None else self._stage.run(declared)
        except (Unfit, ChartRefused):
            return None

    def _other(self, symbol: str, timeframe: str) -> Span:
        return self._play.charts.chart(timeframe, symbol).span


def figures_in(story: Story) -> dict[str, float | None]:
    """Return the figures of a story, as `figures.figures_of` has them, of whole arrays at once."""
    unit, deposit = story.costs.unit, float(story.deposit.profit)
    closed = story.trades[8] != 0
    cents = nets_of(story)[closed]
    won, lost = cents[cents >= 0], cents[cents < 0]
    count, balance = len(cents), story.balance / unit
    # What opening cost of a position that is still open is in the balance, and no trade's.
    unborne = int(story.costs.sizes[1, story.trades[12, -1]]) if story.is_open else 0
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


def nets_of(story: Story) -> NDArray[np.int64]:
    """Return what each trade has made, all costs in it, in cents. Shape (n,)."""
    nets: NDArray[np.int64] = story.trades[9] + story.trades[10]
    nets += story.costs.sizes[1:, story.trades[12]].sum(axis=0)
    return nets


def _falls(balances: NDArray[np.int64]) -> tuple[float, float]:
    """Return the deepest fall from a peak, and the deepest as a share of its peak."""
    peaks = np.maximum.accumulate(balances)
    falls = peaks - balances
    shares = np.divide(falls, peaks, out=np.zeros(len(falls)), where=peaks > 0)
    return float(falls.max()), float(shares.max())


def _lies(
    cls: type[Expert], tests: Sequence[Test], supplies: Mapping[str, Supply], folder: Path
) -> list[str]:
    """Run the first of these tests, the last and some between both ways, and return where they differ."""
    places = (
        {round(share * (len(tests) - 1) / max(PROVED - 1, 1)) for share in range(PROVED)} if tests else ()
    )
    results = [run_test(cls, tests[place], supplies, kernel_cache=folder) for place in places]
    return [note for result in results for note in result.notes if note.startswith(OTHERWISE)]


def _room(layout: Layout, folder: Path) -> _Room | None:
    try:
        return _Room(layout, folder)
    except Unfit:
        return None


def _by_test(inputs: Mapping[str, InputValue], result: TestResult) -> Tried:
    made = figures_of(result, trades_of(result))
    figures = {name: attrgetter(source)(made) for name, source in _SOURCES.items()}
    finite = {name: each if each is None or math.isfinite(each) else None for name, each in figures.items()}
    return Tried(inputs, finite, False)
