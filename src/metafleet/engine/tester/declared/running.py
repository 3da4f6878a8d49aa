"""Runs what an EA declares in a test, and believes it once its `on_bar` has done the same on a stretch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.money import rounded
from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.declaring import Declaration, Firsts, Past, Risk
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.indicators.contract import Columns
from metafleet.engine.experts.lines import Line
from metafleet.engine.market.records import Tick
from metafleet.engine.tester.charts import TapeCharts
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.acting import acts_of
from metafleet.engine.tester.declared.costs import Account, Costs, costs_of, volumes_of
from metafleet.engine.tester.declared.fitting import check_fit, lots_of
from metafleet.engine.tester.declared.reel import Reel, Unfit, laid, reel_of
from metafleet.engine.tester.declared.story import AT_END, TRADE_ROWS, Story
from metafleet.engine.tester.play import Play
from metafleet.engine.tester.striding import Striding
from metafleet.engine.tester.tape import Span

SAMPLE_BARS: Final = 5_000
SAMPLE_TRADES: Final = 20
SAMPLE_MOST_BARS: Final = 50_000
"""The stretch on which both ways are compared: so many bars, and on until there were so many trades."""

TICKS_A_BAR: Final = 4
"""Of ticks "ohlc"."""

PROOF_TRADES: Final = 10
"""So many alike, and the same EA with the same inputs and conditions is believed for as long as the process
lives: what is asked is whether two programs do the same, on whatever prices."""

PROVED: Final = 3
"""Of many sets of inputs of one EA so many are run both ways."""

_SHORT: Final = "money was so short that only the ledger can say what was still possible"


class WholePast:
    """A `declaring.Past` of all bars of a chart, those to come among them."""

    def __init__(self, charts: TapeCharts, stage: Stage) -> None:
        self._charts = charts
        self._stage = stage

    def values(self, line: Line) -> NDArray[np.float64]:
        for other in self._charts.others:
            if other.has(line):
                return self._stage.seen(other.array_of(line), other.span)
        values = self._charts.own.array_of(line).view()
        values.flags.writeable = False
        return values

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
        own = laid(self._kernel, play.span.rates, play.tape.period_s)
        self.reel: Reel = reel_of(
            self._kernel, play.tape, play.span, own, play.begin, self.first, is_open_only=is_open_only
        )
        self.columns = Columns(*own.columns)
        self.closes = self.columns.close
        play.chart.keep(self.columns)
        self.account = Account(
            spec, play.ledger.terms, play.ledger.quotes, play.ledger.book.currency, play.ledger.book.leverage
        )
        self._deposit = play.ledger.deals[0]
        self._is_open_only, self._closes_at_end = is_open_only, test.close_at_end
        self._costs: dict[float | tuple[float], Costs] = {}
        self._trades = np.empty((TRADE_ROWS, 0), np.int64)
        self._notes = np.empty((4, 0), np.int64)
        self._unmade = np.empty((2, 0), np.int64)

    @cached_property
    def firsts(self) -> Firsts:
        """The first price after each bar of the own chart."""
        reel, count, scale = self.reel, len(self.closes), 10.0**self.account.spec.digits
        times, bids = np.zeros(count, np.int64), np.full(count, np.nan)
        asks, at = bids.copy(), reel.begins[1:]
        lived = self._lived
        times[lived] = reel.times[at]
        bids[lived] = reel.opens[at] / scale
        asks[lived] = (reel.opens[at] + reel.spreads[at]) / scale
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
        return np.searchsorted(span.ends, self.reel.times[self.reel.begins], "right")

    @property
    def _lived(self) -> slice:
        return slice(self.first, self.first + len(self.reel.begins) - 1)

    def run(self, declared: Declaration) -> Story:
        """Return what comes of a declaration; its arrays are overwritten by the next run. Raises Unfit."""
        spec, reel = self.account.spec, self.reel
        costs = self._costs_of(declared.volume)
        acts = acts_of(declared, reel, spec, self.closes, self.first)
        self._make_room(acts.table, trails=declared.trail is not None)
        numbers = self._numbers(declared, costs)
        status, made, noted, balance = self._kernel.run(
            reel.opens,
            reel.highs,
            reel.lows,
            reel.closes,
            reel.spreads,
            reel.times,
            reel.nights_at,
            costs.night_amounts,
            costs.night_divisors,
            acts.table,
            acts.ways,
            costs.sizes,
            numbers,
            self._rates(declared, costs),
            self._trades,
            self._notes,
            self._unmade,
        )
        if status != self._kernel.DONE:
            raise Unfit(_SHORT)
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
            unmade=self._unmade[:, : numbers[self._kernel.SILENT]],
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
        reel, trail = self.reel, declared.trail
        return np.array(
            [
                declared.reverses,
                self._is_open_only,
                self._closes_at_end,
                int(self._deposit.profit * costs.unit),
                costs.numerator,
                costs.denominator,
                costs.is_divided,
                reel.lowest,
                reel.highest,
                reel.tick_ms,
                isinstance(declared.volume, Risk),
                declared.longest,
                0 if trail is None else 2 if trail.at_once else 1,
                declared.limits.entries,
                max(self.account.spec.stops_level_points, 1),
                0,
            ],
            np.int64,
        )

    def _rates(self, declared: Declaration, costs: Costs) -> NDArray[np.float64]:
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


class Proof:
    """How many trades of an EA with these inputs came out alike, in this process."""

    def __init__(self) -> None:
        self.trades = 0

    @property
    def is_given(self) -> bool:
        return self.trades >= PROOF_TRADES


@lru_cache(maxsize=1 << 12)
def proof_of(cls: Hashable, inputs: bytes, conditions: bytes) -> Proof:  # noqa: ARG001 - it is kept by them
    """Return what is known so far. conditions: of the test, whenever it is."""
    return Proof()


class Standing:
    """How an EA has kept to what it declares, in this process, whatever its inputs. sets: of inputs alike."""

    def __init__(self) -> None:
        self.sets = 0
        self.has_lied = False

    def is_believed(self, after: int | None) -> bool:
        """Say whether so many sets have been alike, and none otherwise; None asks to see each."""
        return after is not None and self.sets >= after and not self.has_lied


@lru_cache(maxsize=1 << 8)
def standing_of(cls: Hashable, conditions: bytes) -> Standing:  # noqa: ARG001 - it is kept by them
    """Return what is known so far. conditions: as of `proof_of`."""
    return Standing()


class Attempt(msgspec.Struct, frozen=True):
    """What came of trying. story: None where the test goes by the ordinary loop, and `loop` the one that has
    begun with it already, if any; play: whose it is.
    """

    play: Play
    notes: tuple[str, ...]
    story: Story | None = None
    loop: Striding | None = None


def try_declared(seat: Callable[[], Play], folder: Path, believes_after: int | None = None) -> Attempt:
    """Run what the EA declares, and believe it if its `on_bar` does the same. seat: makes plays of the test.

    believes_after: as of `run_test`.

    Raises TestRefused where arrays are not of the test's bars, and whatever the EA raises.
    """
    play = seat()
    try:
        stage = Stage(play, folder)
        declared = started(play.expert, play.ledger, WholePast(play.charts, stage), stage)
        if declared is None:
            return Attempt(play, ("The EA declares nothing with these inputs.",))
        story = stage.run(declared)
    except Unfit as unfit:
        return Attempt(play, (f"What the EA declares is not used: {unfit}.",))
    conditions, cls = conditions_of(play), cast(Hashable, play.cls)
    standing = standing_of(cls, conditions)
    proof = proof_of(cls, msgspec.json.encode(play.expert.inputs), conditions)
    if proof.is_given:
        return Attempt(play, (_believed("seen before"),), story)
    if standing.is_believed(believes_after):
        seen = f"seen of {standing.sets} other sets of its inputs"
        return Attempt(play, (_believed(seen),), story)
    ordinary = seat()
    loop = Striding(ordinary, None)
    end = sample_end(story, stage.first)
    loop.run(end)
    found = difference(story, ordinary.ledger.deals, end, stage.first)
    if found is not None:
        standing.has_lied = True
        return Attempt(
            ordinary, (f"What the EA declares is not what it does: {found}. Its on_bar ran.",), None, loop
        )
    proof.trades = (len(ordinary.ledger.deals) - 1) // 2
    standing.sets += proof.is_given
    return Attempt(play, (_believed(f"{end - stage.first} bars and {proof.trades} trades"),), story)


def started(expert: Expert, ledger: Ledger, past: Past, stage: Stage) -> Declaration | None:
    """Return what an EA declares once it has started. Raises Unfit where it trades while it does."""
    reel, spec = stage.reel, stage.account.spec
    bid, ask = (int(each) / 10**spec.digits for each in (reel.opens[0], reel.opens[0] + reel.spreads[0]))
    ledger.quotes.apply(Tick(spec.name, int(reel.times[0]) * 1000, bid, ask))
    expert.on_start()
    declared = expert.declare(past)
    if ledger.version:
        raise Unfit("the EA trades while it starts")
    return declared


def tell(play: Play, story: Story) -> None:
    """Leave the account, the curve and the EA as the ordinary loop would at the end of a test."""
    reel, ledger = story.reel, play.ledger
    ledger.quotes.apply(story.last_tick())
    balance = Decimal(story.balance) / story.costs.unit
    ledger.book = msgspec.structs.replace(
        ledger.book, balance=rounded(balance, story.account.currency), positions=story.held()
    )
    first = play.tested[0]
    play.curves.reckoned = lambda: story.noted(first)
    play.curves.end = first + len(reel.begins)
    is_open_only = play.test.ticks == "open"
    play.ticks = len(reel.begins) if is_open_only else TICKS_A_BAR * len(reel.opens)
    play.chart.cursor.at = play.curves.end - 1
    play.desk.reasons.update(story.reasons())
    play.desk.lines += story.log()
    play.expert.on_stop()


def _believed(seen: str) -> str:
    return f"Run by what the EA declares, which its on_bar does, too ({seen})."


def sample_end(story: Story, first: int) -> int:
    """Return the last stride of the stretch to compare."""
    reel, last = story.reel, len(story.reel.begins) - 1
    ends = story.trades[5][story.trades[8] != 0]
    if len(ends) < SAMPLE_TRADES:
        return first + min(SAMPLE_MOST_BARS, last)
    wanted = int(np.searchsorted(reel.begins, ends[SAMPLE_TRADES - 1], "right"))
    return first + min(max(wanted, SAMPLE_BARS), SAMPLE_MOST_BARS, last)


def difference(story: Story, deals: Sequence[Deal], end: int, first: int) -> str | None:
    """Return what the first deals that are not alike are. deals: of the ordinary loop up to a stride."""
    reel = story.reel
    until = reel.begins[end - first + 1] if end - first + 1 < len(reel.begins) else len(reel.opens)
    begun = int(np.searchsorted(story.trades[0], until))
    mine = story.deals_of(begun)
    if (
        begun
        and mine[-1].entry
        and (story.trades[5, begun - 1] >= until or story.trades[8, begun - 1] == AT_END)
    ):
        mine.pop()
    for place in range(max(len(mine), len(deals))):
        said = mine[place] if place < len(mine) else None
        done = deals[place] if place < len(deals) else None
        if said != done:
            return f"declare() says {_words(said)}, on_bar does {_words(done)}"
    return None


def _words(deal: Deal | None) -> str:
    if deal is None:
        return "nothing more"
    at = dt.datetime.fromtimestamp(deal.time_msc / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    side = "sell" if deal.type else "buy"
    return (
        f"deal {deal.ticket}, {side} {deal.volume} at {deal.price} on {at} {deal.comment} "
        f"(stop {deal.sl}, target {deal.tp}, profit {deal.profit}, swap {deal.swap})"
    )


def conditions_of(play: Play) -> bytes:
    """Return what a proof holds for: the test, whenever it is, and the symbol."""
    test = msgspec.structs.replace(play.test, from_s=None, to_s=None, forward_s=None, inputs={})
    return msgspec.json.encode((test, play.timeframe, play.tape.spec))
