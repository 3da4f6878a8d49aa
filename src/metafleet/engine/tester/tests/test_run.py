"""The tester's two loops give the same deals, and they are those of the desk that plays ticks one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Deal
from metafleet.engine.experts import Bar, Expert
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.indicators import EMA
from metafleet.engine.experts.inputs import Input
from metafleet.engine.experts.offline import OfflineRun, run_over_bars
from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import bar_ticks
from metafleet.engine.market.timeframes import H1
from metafleet.engine.tester import Test, TestRefused, TestResult
from metafleet.engine.tester.contract import TickModel
from metafleet.engine.tester.play import Cancelled
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tape import span_of, tape_of
from metafleet.engine.tester.tests.rooms import MONDAY_S, Crossing, Dice, supply, ticks_of, walk

WALK = walk(6_000)
FROM_S = int(WALK["time"][1_500])


class Sleeper(Expert):
    """Holds for days what it opens."""

    slug, name, symbols = "sleeper", "Sleeper", ("EURUSD",)
    is_waking: bool = Input(False)

    def on_start(self) -> None:
        self.crossed = self.chart.crossing(self.chart.add(EMA(3)), self.chart.add(EMA(9)))
        if self.is_waking:
            self.wake(self.crossed)

    def on_bar(self, bar: Bar) -> None:
        held = self.positions
        if self.crossed[-1] and len(held) > 2:
            self.close(held[0])
        elif self.crossed[-1]:
            self.buy(0.1, tp=round(bar.close + 0.004, 5))


def story(result: TestResult) -> list[Any]:
    """All of what was dealt but the magic number."""
    return [msgspec.structs.replace(deal, magic=0) for deal in result.deals]


def wanted(**facts: Any) -> Test:
    return Test(symbol="EURUSD", from_s=FROM_S, **facts)


@pytest.mark.parametrize("ticks", ["ohlc", "open", "m1"])
@pytest.mark.parametrize("timeframe", ["M1", "M5"])
def test_what_is_passed_over_changes_nothing(ticks: TickModel, timeframe: str) -> None:
    test = wanted(ticks=ticks, timeframe=timeframe, ticks_per_bar=6)
    quick, slow = (run_test(Crossing, test, supply(WALK), every_tick=each) for each in (False, True))
    woken = run_test(Crossing, msgspec.structs.replace(test, inputs={"is_waking": True}), supply(WALK))
    assert len(quick.deals) > 60
    assert story(quick) == story(slow) == story(woken)


@given(
    seed=st.integers(0, 10_000),
    ticks=st.sampled_from(["ohlc", "open", "m1"]),
    mode=st.sampled_from(["hedging", "netting"]),
    dealing=st.sampled_from(["off", "hostile"]),
    symbol=st.sampled_from(["EURUSD", "USDJPY"]),
    timeframe=st.sampled_from(["M1", "M15"]),
    volume=st.sampled_from([0.1, 2.0, 9.0]),
    latency_ms=st.sampled_from([0, 0, 300, 9_000]),
)
@settings(max_examples=40, deadline=None)
def test_nothing_that_an_ea_does_tells_the_loops_apart(
    seed: int,
    ticks: TickModel,
    mode: Literal["hedging", "netting"],
    dealing: Literal["off", "hostile"],
    symbol: str,
    timeframe: str,
    volume: float,
    latency_ms: int,
) -> None:
    rates = walk(1_200, seed=seed, symbol=symbol)
    test = Test(
        symbol=symbol,
        inputs={"seed": seed, "volume": volume, "is_waking": seed % 3 == 0},
        ticks=ticks,
        mode=mode,
        dealing=dealing,
        timeframe=timeframe,
        ticks_per_bar=5,
        latency_ms=latency_ms,
        with_swaps=seed % 2 == 0,
        from_s=int(rates["time"][100]),
        deposit=Decimal(3_000),
    )
    quick, slow = (run_test(Dice, test, supply(rates, symbol), every_tick=each) for each in (False, True))
    assert story(quick) == story(slow)
    assert quick.account.equity == slow.account.equity
    if ticks != "open":  # of the last bar only its open was seen
        # Where a rate converts, gains and losses take its two sides, and the curve takes the bid.
        near = 0.011 if symbol == "EURUSD" else 0.5
        assert quick.curve.equity[-1] == pytest.approx(float(quick.account.equity), abs=near)
    np.testing.assert_allclose(quick.curve.equity, slow.curve.equity, atol=0.011)


@pytest.mark.parametrize("timeframe", ["M15", "H1", "H4"])
def test_nights_that_cost_nothing_are_noted_as_if_each_had_been_seen(timeframe: str) -> None:
    test = wanted(timeframe=timeframe, with_swaps=False, inputs={"is_waking": timeframe == "H1"})
    quick, slow = (run_test(Sleeper, test, supply(WALK), every_tick=each) for each in (False, True))
    assert story(quick) == story(slow)
    for name in ("balance", "equity", "low", "margin"):
        np.testing.assert_array_equal(getattr(quick.curve, name), getattr(slow.curve, name))


@pytest.mark.parametrize("slug", ["trend-following", "grid"])
def test_an_ea_trades_as_at_a_desk_that_plays_ticks_one_by_one(slug: str) -> None:
    bars = [Bar(*row[:7]) for row in WALK.tolist()]
    account = NewAccount(login=1, name="Alice", deposit=Decimal(10_000))
    played = run_over_bars(
        EXPERTS[slug], symbol="EURUSD", bars=bars, account=account, magic=1, warm_up=1_500, close_at_end=True
    )
    ticks = supply(ticks_of(WALK, count=4), timeframe=0)
    tested = run_test(EXPERTS[slug], wanted(timeframe="M1", ticks="every"), ticks)
    assert len(played.deals) > 4
    assert [_seen(deal) for deal in tested.deals] == [_seen(deal) for deal in played.deals]


def _seen(deal: Deal) -> tuple[object, ...]:
    return (
        deal.time_msc,
        deal.type,
        deal.entry,
        deal.volume,
        deal.price,
        deal.profit,
        deal.reason,
        deal.comment,
    )


def prices(bar: Bar) -> tuple[float, ...]:
    return bar.time_s, bar.open, bar.high, bar.low, bar.close


@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("seed", range(4))
def test_real_ticks_are_passed_over_alike(mode: Literal["hedging", "netting"], seed: int) -> None:
    ticks = supply(ticks_of(walk(1_500, seed=seed), seed), timeframe=0)
    test = Test(symbol="EURUSD", inputs={"seed": seed, "volume": 0.8}, ticks="every", mode=mode)
    quick, slow = (run_test(Dice, test, ticks, every_tick=each) for each in (False, True))
    assert len(quick.deals) > 20
    assert story(quick) == story(slow)
    assert quick.ticks == slow.ticks > 3_000


class Curious(Expert):
    """Looks at everything there is to see and writes it down."""

    slug, name, symbols, timeframe = "curious", "Curious", ("EURUSD",), "M5"

    def on_start(self) -> None:
        """Volumes and spreads are of the ticks that were seen, which no made path has as a file says."""
        self._average = self.chart.add(EMA(9))
        self._hours = self.chart_of("H1")
        self._slow = self._hours.add(EMA(3))

    def on_bar(self, bar: Bar) -> None:
        now_s, hour = self.desk.now_msc() // 1000, self._hours[-1]
        assert self.chart[-1] == bar
        assert bar.time_s + 300 <= now_s
        assert hour.time_s + 3_600 <= now_s
        lines = [self._average[-1], self._average[-2], self._slow[-1]]
        self.log(repr([prices(bar), prices(hour), lines, [prices(past) for past in self.bars(3)]]))


def test_the_future_changes_nothing_that_was_seen_before_it() -> None:
    other = WALK.copy()
    for name in ("open", "high", "low", "close"):
        other[name][4_000:] += 0.01
    seen, seen_otherwise = (run_test(Curious, wanted(), supply(rates)).log for rates in (WALK, other))
    same = sum(a == b for a, b in zip(seen, seen_otherwise, strict=True))
    assert list(seen[:same]) == list(seen_otherwise[:same])
    assert 400 < same < len(seen) - 300


def test_lines_that_are_computed_at_once_are_those_that_step_bar_by_bar() -> None:
    """To the last bit: the logs print all digits."""
    bars = [Bar(*row[:7]) for row in WALK.tolist()]
    quotes = Quotes(SYMBOLS.values())
    account = NewAccount(login=1, name="Alice", deposit=Decimal(10_000))
    ledger = open_ledger(account, quotes, Tickets(), FROM_S * 1000)
    live = OfflineRun(Curious, ledger, "EURUSD", 1, history=bars[:1_500])
    for bar in bars[1_500:]:
        for tick in bar_ticks(SYMBOLS["EURUSD"], bar, 60, 4):
            ledger.on_tick(tick)
            live.take(tick)
    quick, slow = (run_test(Curious, wanted(), supply(WALK), every_tick=each).log for each in (False, True))
    assert len(quick) > 800
    assert list(quick) == list(slow)
    assert list(quick) == live.desk.lines


def test_a_bar_that_has_not_closed_cannot_be_read() -> None:
    class Peeking(Crossing):
        def on_bar(self, bar: Bar) -> None:
            self.chart.add(EMA(3))[0]

    with pytest.raises(IndexError, match="has not closed yet"):
        run_test(Peeking, wanted(), supply(WALK))


def test_longer_bars_are_made_of_the_finer_ones_that_there_are() -> None:
    tape = tape_of(supply(WALK)["EURUSD"], Test(symbol="EURUSD"), 0)
    hours = span_of(tape, "H1")
    first = WALK[WALK["time"] < WALK["time"][0] + 3_600]
    assert hours.rates["high"][0] == first["high"].max()
    assert hours.rates["close"][0] == first["close"][-1]
    assert hours.ends[0] == WALK["time"][0] + 3_600
    with pytest.raises(TestRefused, match="bars of H1 only"):
        span_of(tape_of(supply(hours.rates, timeframe=H1)["EURUSD"], Test(symbol="EURUSD"), 0), "M15")


def test_a_test_ends_early_with_what_there_is() -> None:
    def enough(share: float) -> None:
        raise Cancelled

    ended = run_test(Crossing, wanted(), supply(WALK), progress=enough, every_tick=True)
    assert "ended early" in ended.notes[0]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"symbol": "GBPUSD"}, "no prices of GBPUSD; there are of EURUSD"),
        ({"timeframe": "M7"}, "no timeframe 'M7'"),
        ({"latency_ms": 60_000}, "say 0 to 10000"),
        ({"from_s": 2_000_000_000}, "has no bars in this time"),
        ({"currency": "JPY"}, "give the prices of a pair"),
    ],
)
def test_what_cannot_be_tested_says_what_to_change(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(TestRefused, match=words):
        run_test(Crossing, msgspec.structs.replace(wanted(), **facts), supply(WALK))


class Bracketed(Expert):
    """Buys once, with a stop and a target."""

    slug, name, symbols = "bracketed", "Bracketed", ("EURUSD",)

    def on_bar(self, bar: Bar) -> None:
        if not self.positions and self.account.balance == 10_000:
            self.buy(0.1, sl=1.0990, tp=1.1010)


@pytest.mark.parametrize(
    ("low", "high", "opens", "price", "reason"),
    [
        (1.0980, 1.1002, 1.1000, 1.0990, 4),  # within the bar: at its level, not at the low
        (1.0998, 1.1020, 1.1000, 1.1010, 5),
        (1.0975, 1.0985, 1.0980, 1.0980, 4),  # it opens beyond: at the open
        (1.1015, 1.1025, 1.1020, 1.1020, 5),
    ],
)
def test_a_level_fills_at_its_price_within_a_bar_and_at_the_open_after_a_gap(
    low: float, high: float, opens: float, price: float, reason: int
) -> None:
    rates = np.zeros(40, RATES)
    rates["time"] = MONDAY_S + 60 * np.arange(40)
    for name in ("open", "high", "low", "close"):
        rates[name] = 1.1000
    rates[30:] = (0, opens, high, low, opens, 1, 0, 0)
    rates["time"] = MONDAY_S + 60 * np.arange(40)
    test = Test(symbol="EURUSD", from_s=int(rates["time"][28]), spread_points=0)
    for every_tick in (False, True):
        deals = run_test(Bracketed, test, supply(rates), every_tick=every_tick).deals
        assert (deals[2].price, deals[2].reason) == (price, reason)


def test_costs_are_the_tests_own() -> None:
    free = run_test(Crossing, wanted(commission=Decimal(0), spread_points=0, ticks="open"), supply(WALK))
    dear = run_test(Crossing, wanted(commission=Decimal(7), spread_points=30, ticks="open"), supply(WALK))
    assert all(deal.commission == 0 for deal in free.deals)
    assert dear.deals[1].commission == Decimal("-0.70")
    assert dear.deals[1].price - free.deals[1].price in (pytest.approx(0.0003), 0.0)
    assert SYMBOLS["EURUSD"].point == 0.00001
