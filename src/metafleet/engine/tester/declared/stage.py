"""One test's prices and costs as the kernel takes them, and what an EA that declares may look at."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.declaring import Declaration, Firsts, Risk
from metafleet.engine.experts.indicators.contract import Columns
from metafleet.engine.experts.lines import Line
from metafleet.engine.tester.charts import TapeCharts
from metafleet.engine.tester.columns import said_in
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.acting import acts_of
from metafleet.engine.tester.declared.costs import Account, Costs, costs_of, volumes_of
from metafleet.engine.tester.declared.fitting import check_fit, lots_of
from metafleet.engine.tester.declared.reel import STATUS_WORDS, Reel, Unfit, reel_of
from metafleet.engine.tester.declared.story import TRADE_ROWS, Story
from metafleet.engine.tester.play import Play
from metafleet.engine.tester.tape import Span, asks_of

if TYPE_CHECKING:
    from metafleet.engine.experts.declaring import Places

_SHORT: Final = "money was so short that only the ledger can say what was still possible"


class WholePast:
    """A `declaring.Past` of all bars of a chart, those to come among them."""

    def __init__(self, charts: TapeCharts, stage: Stage) -> None:
        self._charts = charts
        self._stage = stage

    def values(self, line: Line, at: Places | None = None) -> NDArray[np.float64]:
        for other in self._charts.others:
            if other.has(line):
                values = self._stage.seen(other.array_of(line), other.span)
                return values if at is None else values[at]
        if at is not None:
            return self._charts.own.at(line, np.flatnonzero(at) if at.dtype == bool else at.astype(np.intp))
        values = self._charts.own.array_of(line).view()
        values.flags.writeable = False
        return values

    def where(self, line: Line) -> NDArray[np.intp]:
        own = self._charts.own
        return own.where(line) if own.has(line) else said_in(self.values(line))

    @property
    def count(self) -> int:
        return len(self._stage.closes)

    def closed(self, chart: Chart) -> NDArray[np.bool_]:
        for other in self._charts.others:
            if other is chart:
                return self._stage.closed(other.span)
        return np.ones(len(self._stage.closes), bool)

    @property
    def firsts(self) -> Firsts:
        return self._stage.firsts

    @property
    def bars(self) -> Columns:
        return self._charts.own.columns()


class Stage:
    """One test's prices and costs, laid out for any number of runs; arrays that they fill are used again."""

    def __init__(self, play: Play, folder: Path = compiling.KERNEL_CACHE) -> None:
        """Raises Unfit."""
        test, spec = play.test, play.tape.spec
        check_fit(play.cls, test, play.timeframe, spec, len(play.tapes))
        if not compiling.is_there():
            raise Unfit(compiling.MISSING)
        self.first = play.chart.cursor.at
        is_open_only = test.ticks == "open"
        self._kernel = compiling.kernel(folder)
        self.reel: Reel = reel_of(
            self._kernel, play.tape, play.span, play.begin, self.first, is_open_only=is_open_only
        )
        self.columns = play.chart.columns()
        self.closes: NDArray[np.float64] = play.span.rates["close"]
        self.account = Account(
            spec, play.ledger.terms, play.ledger.quotes, play.ledger.book.currency, play.ledger.book.leverage
        )
        self._deposit = play.ledger.deals[0]
        self._closes_at_end = test.close_at_end
        self._costs: dict[float | tuple[float], Costs] = {}
        self._trades = np.empty((TRADE_ROWS, 0), np.int64)
        self._notes = np.empty((4, 0), np.int64)
        self._unmade = np.empty((2, 0), np.int64)

    @cached_property
    def firsts(self) -> Firsts:
        """The first price after each bar of the own chart."""
        reel, count = self.reel, len(self.closes)
        rows = reel.rates[reel.begins(slice(1, None))]
        times, bids, asks = np.zeros(count, np.int64), *np.full((2, count), np.nan)
        lived = self._lived
        times[lived], bids[lived] = rows["time"], rows["open"]
        asks[lived] = asks_of(rows["spread"], self.account.spec, rows["open"])
        for each in (times, bids, asks):
            each.flags.writeable = False
        return Firsts(times, bids, asks)

    def seen(self, values: NDArray[np.float64], span: Span) -> NDArray[np.float64]:
        """Return the newest of another chart's values with each bar of the own one. span: its bars."""
        made, newest = np.full(len(self.closes), np.nan), self._counts(span)[1:] - 1
        made[self._lived] = np.where(newest >= 0, values[newest], np.nan)
        return made

    def closed(self, span: Span) -> NDArray[np.bool_]:
        """Return at which bars of the own chart one of another has closed."""
        made = np.zeros(len(self.closes), bool)
        made[self._lived] = np.diff(self._counts(span)) > 0
        return made

    def _counts(self, span: Span) -> NDArray[np.intp]:
        """Return how many bars of another chart have closed at each stride."""
        return np.searchsorted(span.ends, self.reel.times(self.reel.begins()), "right")

    @property
    def _lived(self) -> slice:
        return slice(self.first, self.first + self.reel.strides - 1)

    def run(self, declared: Declaration) -> Story:
        """Return what comes of a declaration; its arrays are overwritten by the next run. Raises Unfit."""
        spec, reel = self.account.spec, self.reel
        costs = self._costs_of(declared.volume)
        acts = acts_of(declared, reel, spec, self.closes, self.first)
        self._make_room(acts.table, trails=declared.trail is not None)
        numbers = self._numbers(declared, costs)
        status, made, noted, balance = self._kernel.run(
            reel.rates,
            reel.nights_at,
            costs.night_amounts,
            costs.night_divisors,
            acts.table,
            acts.ways,
            costs.sizes,
            numbers,
            self._factors(declared, costs),
            self._trades,
            self._notes,
            self._unmade,
        )
        if status != self._kernel.DONE:
            raise Unfit(_SHORT if status == self._kernel.THIN else STATUS_WORDS[status])
        trades, notes = self._trades[:, :made], self._notes[:, :noted]
        return Story(
            reel=reel,
            account=self.account,
            costs=costs,
            declared=declared,
            first=self.first,
            deposit=self._deposit,
            trades=trades,
            notes=notes,
            balance=balance,
            unmade=self._unmade[:, : numbers[self._kernel.words.SILENT]],
        )

    def _costs_of(self, volume: float | Risk) -> Costs:
        key = (volume.most,) if isinstance(volume, Risk) else volume
        costs = self._costs.get(key)
        if costs is None:
            spec = self.account.spec
            sizes = volumes_of(volume.most, spec) if isinstance(volume, Risk) else [lots_of(volume, spec)]
            costs = self._costs[key] = costs_of(self.account, sizes, self.reel)
        return costs

    def _numbers(self, declared: Declaration, costs: Costs) -> NDArray[np.int64]:
        reel, trail, words = self.reel, declared.trail, self._kernel.words
        said = {
            words.REVERSES: declared.reverses,
            words.OPEN_ONLY: reel.is_open_only,
            words.CLOSES: self._closes_at_end,
            words.DEPOSIT: int(self._deposit.profit * costs.unit),
            words.NUMERATOR: costs.numerator,
            words.DENOMINATOR: costs.denominator,
            words.IS_DIVIDED: costs.is_divided,
            words.LOWEST: reel.lowest,
            words.HIGHEST: reel.highest,
            words.TICK_MS: reel.tick_ms,
            words.SIZED: isinstance(declared.volume, Risk),
            words.LONGEST: declared.longest,
            words.TRAILS: 0 if trail is None else 2 if trail.at_once else 1,
            words.MOST_ENTRIES: declared.limits.entries,
            words.GAP: max(self.account.spec.stops_level_points, 1),
        }
        numbers = np.zeros(words.COUNT, np.int64)
        for place, value in said.items():
            numbers[place] = value
        return numbers

    def _factors(self, declared: Declaration, costs: Costs) -> NDArray[np.float64]:
        spec, volume = self.account.spec, declared.volume
        percent, most = (volume.percent, volume.most) if isinstance(volume, Risk) else (0.0, 0.0)
        return np.array(
            [
                costs.point_cents,
                costs.keep_cents,
                costs.floor_cents,
                10.0**spec.digits,
                costs.unit,
                percent,
                declared.limits.loss_percent,
                0.0 if declared.trail is None else declared.trail.step,
                most,
                spec.volume_max,
                spec.volume_min,
                spec.volume_step,
            ]
        )

    def _make_room(self, acts: NDArray[np.int64], *, trails: bool) -> None:
        """At an act at most one trade begins. Notes: of two deals and a moved stop, and of each night."""
        trades = int(np.count_nonzero(acts[1])) + 1
        notes = 3 * trades + trails * acts.shape[1] + len(self.reel.days) + 2
        if self._trades.shape[1] < trades:
            self._trades = np.empty((TRADE_ROWS, trades), np.int64)
            self._unmade = np.empty((2, trades), np.int64)
        if self._notes.shape[1] < notes:
            self._notes = np.empty((4, notes), np.int64)
