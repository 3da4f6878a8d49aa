"""The kernel deals as the ledger does, to the cent; what it cannot is left to the ordinary loop."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.records import Deal
from metafleet.engine.experts import Bar, Declaration, DeclaredExpert, Input, Limits, Past, Risk, Trail
from metafleet.engine.experts.indicators import ATR, SMA
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.experts.offline import run_over_bars
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import H1, M1
from metafleet.engine.tester import Test, TestRefused, TestResult
from metafleet.engine.tester.contract import WARM_UP_BARS, TickModel
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.declared.many import run_many
from metafleet.engine.tester.declared.proving import Standing
from metafleet.engine.tester.optimising.measuring import measure
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import MONDAY_S, Crossing, supply, ticks_of, walk

needs_numba = pytest.mark.skipif(not compiling.is_there(), reason="metafleet[fast] is not installed")

WALK = walk(6_000)
WALK.flags.writeable = False
"""As what is mapped from a file."""

BELIEVED = "Run by what the EA declares"


class Thrown(DeclaredExpert):
    """Declares anything that can be declared, by what the digits of a bar's close happen to be."""

    slug, name, symbols, memory = "thrown", "Thrown", ("EURUSD", "USDJPY"), 1
    seed: int = Input(1, ge=0, le=10_000)
    volume: float = Input(0.1, gt=0.0, le=50.0)
    with_stops: bool = Input(True)
    with_targets: bool = Input(True)
    with_exits: bool = Input(True)
    turns: bool = Input(True)
    by_close: bool = Input(False)
    by_risk: bool = Input(False)
    by_side: bool = Input(False)
    of_entries: bool = Input(False)
    longest: int = Input(0, ge=0, le=100)
    trailing: int = Input(0, ge=0, le=3)
    a_day: int = Input(0, ge=0, le=100)
    loss_percent: float = Input(0.0, ge=0.0, le=50.0)

    def declare(self, past: Past) -> Declaration:
        close, point = past.bars.close, self.symbol.point
        dice = (np.rint(close / point).astype(np.int64) * 2_654_435_761 + self.seed * 40_503) % 1_000_003
        distance = (np.array([0, 5, 12, 20, 35, 60, 150, -3, np.nan])[dice % 9] + 0.37) * point
        distance[dice % 9 == 0] = 0.0
        exits = dice % 13 == 5
        if self.by_side:
            exits = np.where(exits, 1.0, np.where(dice % 13 == 6, -1.0, np.nan))
        lost = np.array([0.0, 15.0, 88.0, 260.0, 1e9, -1.0, np.nan, 33.3])[dice % 8]
        if self.of_entries:
            distance, lost = (each[dice % 11 < 2] for each in (distance, lost))
        follows = Trail(
            distances=np.where(dice % 5 == 0, np.nan, (12 + dice % 40 + 0.5) * point),
            step=0.1 * (self.trailing - 1),
            at_once=self.trailing > 1,
        )
        return Declaration(
            entries=np.where(dice % 11 == 0, 1, np.where(dice % 11 == 1, -1, 0)).astype(np.int8),
            volume=Risk(percent=0.5, loss_per_lot=lost, most=self.volume) if self.by_risk else self.volume,
            stop=distance if self.with_stops else None,
            target=distance[::1] * 1.7 if self.with_targets else None,
            exits=exits if self.with_exits else None,
            reverses=self.turns,
            levels_from="close" if self.by_close else "fill",
            longest=self.longest,
            trail=follows if self.trailing else None,
            limits=Limits(entries=self.a_day, loss_percent=self.loss_percent),
            comment="thrown",
            note=lambda place: f"{close[place] if place < len(close) else close[-1]}.",
        )


class Declaring(Crossing):
    """The hand-written crossing, which also declares what it does."""

    def declare(self, past: Past) -> Declaration:
        crossed = past.values(self._crossed)
        return Declaration(entries=crossed, volume=0.1, exits=crossed != 0)


class Lying(Declaring):
    """Declares something else than what it does."""

    def declare(self, past: Past) -> Declaration:
        entries = past.values(self._crossed).copy()
        entries[np.flatnonzero(entries)[4::5]] = 0.0
        return Declaration(entries=entries, volume=0.1, exits=entries != 0)


class Stopped(DeclaredExpert):
    """Written by what it declares alone."""

    slug, name, symbols = "stopped", "Stopped", ("EURUSD",)

    def on_start(self) -> None:
        self._crossed = self.chart.crossing(self.chart.add(SMA(4)), self.chart.add(SMA(9)))
        self._range = self.chart.add(ATR(14))

    def declare(self, past: Past) -> Declaration:
        entries = past.values(self._crossed)
        reach = past.values(self._range, entries != 0)
        return Declaration(entries=entries, volume=0.1, stop=2 * reach + 0.0002, target=3 * reach + 0.0002)


def bars_of(seed: int, symbol: str, timeframe: int) -> Array:
    """A walk with gaps, of minutes or, over two months, of hours."""
    rates, chance = walk(1_400, seed=seed, symbol=symbol), np.random.default_rng(seed)
    if timeframe == H1:
        rates["time"] = MONDAY_S + (rates["time"] - MONDAY_S) * 60
    for place in chance.integers(1, len(rates), 12):
        gap = chance.integers(-60, 60) * SYMBOLS[symbol].point
        for name in ("open", "high", "low", "close"):
            rates[name][place:] = (rates[name][place:] + gap).round(SYMBOLS[symbol].digits)
    rates["spread"] += chance.integers(0, 2, len(rates)) * chance.integers(0, 40, len(rates))
    return rates


def same(quick: TestResult, slow: TestResult) -> None:
    assert list(quick.deals) == list(slow.deals)
    assert list(quick.orders) == list(slow.orders)
    assert quick.account == slow.account
    assert quick.positions == slow.positions
    assert quick.ticks == slow.ticks
    assert quick.reasons == slow.reasons
    assert list(quick.log) == list(slow.log)
    for name in ("times", "balance", "equity", "low", "margin"):
        np.testing.assert_array_equal(getattr(quick.curve, name), getattr(slow.curve, name), name)


@needs_numba
@given(
    seed=st.integers(0, 10_000),
    ticks=st.sampled_from(["ohlc", "open"]),
    symbol=st.sampled_from(["EURUSD", "USDJPY"]),
    timeframes=st.sampled_from([(M1, "M1"), (M1, "M15"), (H1, "H1"), (H1, "H4"), (H1, "D1")]),
    declared=st.fixed_dictionaries(
        {name: st.booleans() for name in ("with_stops", "with_targets", "with_exits", "turns", "by_close")}
        | {name: st.booleans() for name in ("by_risk", "by_side", "of_entries")}
        | {"longest": st.sampled_from([0, 1, 7]), "trailing": st.integers(0, 3)}
        | {"a_day": st.sampled_from([0, 0, 4]), "loss_percent": st.sampled_from([0.0, 0.0, 0.2])}
    ),
    volume=st.sampled_from([0.1, 0.37, 3.0]),
    costs=st.fixed_dictionaries(
        {
            "spread_points": st.sampled_from([None, 0, 25]),
            "commission": st.sampled_from([None, Decimal(0), Decimal("3.33")]),
            "deposit": st.sampled_from([Decimal(4_000), Decimal(10_000), Decimal(1_000_000)]),
            "with_swaps": st.booleans(),
            "close_at_end": st.booleans(),
        }
    ),
)
@settings(max_examples=30, deadline=None)
def test_a_declaration_deals_as_its_on_bar(
    seed: int,
    ticks: TickModel,
    symbol: str,
    timeframes: tuple[int, str],
    declared: dict[str, Any],
    volume: float,
    costs: dict[str, Any],
) -> None:
    rates = bars_of(seed, symbol, timeframes[0])
    test = Test(
        symbol=symbol,
        inputs={"seed": seed, "volume": volume, **declared},
        ticks=ticks,
        timeframe=timeframes[1],
        from_s=int(rates["time"][50]),
        **costs,
    )
    prices = supply(rates, symbol, timeframes[0])
    quick, slow = (run_test(Thrown, test, prices, kernel_cache=each) for each in (KERNEL_CACHE, None))
    is_short = "money was so short" in quick.notes[0]
    assert quick.notes[0].startswith(BELIEVED) or (is_short and volume == 3.0 and test.deposit < 20_000)
    same(quick, slow)


@needs_numba
@given(
    seed=st.integers(0, 10_000),
    columns=st.sets(st.sampled_from(["open", "high", "low", "close"]), min_size=1),
    share=st.sampled_from([0.002, 1.0]),
    with_stops=st.booleans(),
)
@settings(max_examples=12, deadline=None)
def test_prices_between_points_are_dealt_as_by_on_bar(
    seed: int, columns: set[str], share: float, with_stops: bool
) -> None:
    """Where nothing happens at them they change nothing; elsewhere the ordinary loop has the say."""
    rates, chance = bars_of(seed, "EURUSD", M1), np.random.default_rng(seed)
    for name in columns:
        moved = chance.random(len(rates)) < share
        rates[name][moved] = (0.7 * rates["high"] + 0.3 * rates["low"])[moved]
    prices = np.array([rates[name] for name in ("open", "high", "low", "close")])
    rates["high"], rates["low"] = prices.max(axis=0), prices.min(axis=0)
    test = Test(
        symbol="EURUSD",
        inputs={"seed": seed, "with_stops": with_stops, "with_targets": with_stops},
        from_s=int(rates["time"][50]),
    )
    quick, slow = (run_test(Thrown, test, supply(rates), kernel_cache=each) for each in (KERNEL_CACHE, None))
    said = (BELIEVED, "What the EA declares is not used: it has prices between the points of its digits")
    assert quick.notes[0].startswith(said)
    same(quick, slow)


def wanted(**facts: Any) -> Test:
    return Test(symbol="EURUSD", from_s=int(WALK["time"][1_500]), **facts)


@needs_numba
def test_an_ea_that_is_written_by_its_declaration_alone_trades_live_as_it_is_tested() -> None:
    """The offline run drives it with each tick, a step of its indicators a bar."""
    bars = [Bar(*row[:7]) for row in WALK.tolist()]
    account = NewAccount(login=1, name="Alice", deposit=Decimal(10_000))
    live = run_over_bars(
        Stopped, symbol="EURUSD", bars=bars, account=account, magic=1, warm_up=1_500, close_at_end=True
    )
    ticks = supply(ticks_of(WALK, count=4), timeframe=0)
    tested = run_test(Stopped, wanted(ticks="every", timeframe="M1"), ticks)
    assert {deal.reason for deal in tested.deals} >= {3, 4, 5}
    assert [_seen(deal) for deal in tested.deals] == [_seen(deal) for deal in live.deals]
    assert run_test(Stopped, wanted(), supply(WALK)).notes[0].startswith(BELIEVED)


def _seen(deal: Deal) -> tuple[object, ...]:
    return deal.time_msc, deal.type, deal.entry, deal.price, deal.profit, deal.commission, deal.comment


@needs_numba
def test_a_declaration_that_is_not_what_the_ea_does_is_named_and_not_used() -> None:
    result, honest = (run_test(cls, wanted(), supply(WALK)) for cls in (Lying, Declaring))
    assert "declare() says" in result.notes[0]
    pairs = enumerate(zip(_declared(Lying), _declared(Declaring), strict=True))
    wrong = min(place for place, (said, done) in pairs if said != done and place >= WARM_UP_BARS)
    assert f"after [{wrong}] of its arrays, declare() says" in result.notes[0]
    assert honest.notes[0].startswith(BELIEVED)
    same(result, run_test(Crossing, wanted(), supply(WALK)))
    same(honest, result)


def _declared(cls: type[Declaring]) -> list[float]:
    """The entries that it declares, of the warm-up's bars too."""
    seen: list[list[float]] = []

    class Watched(cls):  # type: ignore[misc, valid-type]
        def declare(self, past: Past) -> Declaration:
            declared: Declaration = super().declare(past)
            seen.append(declared.entries.tolist())
            return declared

    run_test(Watched, wanted(), supply(WALK))
    return seen[0]


@needs_numba
def test_after_some_sets_of_inputs_the_others_are_believed_if_asked_for() -> None:
    class Fresh(Declaring):
        pass

    class Sometimes(Declaring):
        def declare(self, past: Past) -> Declaration:
            crossed = past.values(self._crossed)
            volume = 0.1 if self.fast < 9 else 0.2
            return Declaration(entries=crossed, volume=volume, exits=crossed != 0)

    def notes(cls: type[Declaring], fast: int, after: int | None) -> str:
        return run_test(cls, wanted(inputs={"fast": fast}), supply(WALK), believes_after=after).notes[0]

    assert [" trades)" in notes(Fresh, fast, 2) for fast in (3, 4, 5, 6)] == [True, True, False, False]
    assert "2 other sets" in notes(Fresh, 7, 2)
    assert " trades)" in notes(Fresh, 8, None)
    assert "declare() says" in notes(Sometimes, 9, 2)
    assert all(" trades)" in notes(Sometimes, fast, 2) for fast in (3, 4, 5, 6))


def test_sets_that_trade_seldom_are_believed_once_they_have_traded_as_often() -> None:
    seldom = Standing()
    for _ in range(5):
        seldom.add(0)
        seldom.add(3)
    assert not seldom.is_believed(2)
    seldom.add(5)
    assert seldom.is_believed(2)
    assert not seldom.is_believed(3)
    assert not seldom.is_believed(None)
    seldom.has_lied = True
    assert not seldom.is_believed(2)


@needs_numba
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"dealing": "hostile"}, "orders are not executed at once"),
        ({"latency_ms": 200}, "orders are not executed at once"),
        ({"mode": "netting"}, "the account is netting"),
        ({"ticks": "m1"}, "ticks are 'm1'"),
        ({"deposit": Decimal(120)}, "money was so short"),
    ],
)
def test_what_is_not_for_the_kernel_goes_by_the_ordinary_loop(facts: dict[str, Any], words: str) -> None:
    result = run_test(Declaring, wanted(**facts), supply(WALK))
    assert words in result.notes[0]
    assert list(result.deals) == list(run_test(Crossing, wanted(**facts), supply(WALK)).deals)


def test_without_the_compiler_a_test_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_there", lambda: False)
    result = run_test(Declaring, wanted(), supply(WALK))
    assert "pip install 'metafleet[fast]'" in result.notes[0]
    assert len(result.deals) > 60


def test_arrays_of_other_bars_are_refused() -> None:
    pytest.importorskip("numba")

    class Short(Declaring):
        def declare(self, past: Past) -> Declaration:
            return Declaration(entries=past.values(self._crossed)[5:], volume=0.1)

    class Shorter(Declaring):
        def declare(self, past: Past) -> Declaration:
            entries = past.values(self._crossed)
            return Declaration(entries=entries, volume=0.1, stop=abs(entries[entries != 0][1:]))

    with pytest.raises(TestRefused, match=r"gives entries of shape \(\d+,\); it must be"):
        run_test(Short, wanted(), supply(WALK))
    with pytest.raises(TestRefused, match=r"gives stop of shape \(\d+,\); .* one for each entry"):
        run_test(Shorter, wanted(), supply(WALK))


def test_the_compiler_is_loaded_for_eas_that_declare_alone() -> None:
    program = (
        "import sys; from metafleet.engine.tester.run import run_test;"
        "from metafleet.engine.tester.tests.test_declared import *;"
        "run_test(Crossing, wanted(), supply(WALK)); print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "False\n"


@needs_numba
def test_many_runs_at_once_have_the_figures_of_each_by_itself() -> None:
    inputs = [{"fast": fast, "slow": slow} for fast in (3, 5, 9) for slow in (15, 30, 400)]
    test = wanted(close_at_end=False)
    many = run_many(Declaring, test, supply(WALK), inputs)
    assert all(one.is_declared for one in many)
    for one, given_inputs in zip(many, inputs, strict=True):
        alone = run_test(Crossing, msgspec.structs.replace(test, inputs=given_inputs), supply(WALK))
        figures = measure(alone).figures
        assert one.figures == pytest.approx({name: figures[name] for name in one.figures})
        assert one.inputs == given_inputs


@needs_numba
def test_many_runs_of_an_ea_that_declares_otherwise_are_those_of_its_on_bar() -> None:
    inputs = [{"fast": 3}, {"fast": 5}]
    lying, honest = (run_many(cls, wanted(), supply(WALK), inputs) for cls in (Lying, Crossing))
    assert [one.figures for one in lying] == [one.figures for one in honest]
    assert not any(one.is_declared for one in lying)


@needs_numba
def test_where_the_broker_stops_an_account_out_only_the_ledger_says_so() -> None:
    inputs: dict[str, InputValue] = dict.fromkeys(
        ("with_stops", "with_targets", "with_exits", "turns"), False
    )
    for drift in (-0.00006, 0.00006):
        rates = walk(1_400)
        for name in ("open", "high", "low", "close"):
            rates[name] = (rates[name] + drift * np.arange(len(rates))).round(5)
        test = Test(symbol="EURUSD", from_s=int(rates["time"][50]), deposit=Decimal(160), inputs=inputs)
        quick, slow = (
            run_test(Thrown, test, supply(rates), kernel_cache=each) for each in (KERNEL_CACHE, None)
        )
        same(quick, slow)
        assert slow.deals[-1].reason == 6
        assert "money was so short" in quick.notes[0]
