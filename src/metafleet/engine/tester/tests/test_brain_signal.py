"""Brain Signal: whom it follows, how far, and what it does when nobody speaks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.experts import Bar
from metafleet.engine.experts.brain_signal import BrainSignal
from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.inputs import InputRefused, parse_inputs
from metafleet.engine.experts.offline import LedgerDesk, OfflineRun
from metafleet.engine.experts.signals import Heard, Side, Signal, SignalTape, Silence
from metafleet.engine.experts.tests.market import MAGIC, account
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import bar_ticks
from metafleet.engine.tester import Test, TestResult
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import rolled, supply, walk
from metafleet.engine.tester.tests.scenes import BEFORE, atr_at, entries, exits, minutes, quiet

FLAT = quiet(BEFORE + 60, height=0.0002)
AT = BEFORE + 5
RISING = [*quiet(height=0.0001), *(round(1.1 + 0.0002 * step, 5) for step in range(1, 30))]


def said(place: int, side: Side = "buy", closes: list[float] = FLAT, **changes: Any) -> Signal:
    """A signal at the close of this minute, good for two."""
    end_s = int(minutes(closes)["time"][place]) + 60
    up = {"buy": 0.7, "sell": 0.3, "none": 0.5}[side]
    signal = Signal(time_s=end_s, side=side, probability=up, size=1.0, valid_until_s=end_s + 120)
    return msgspec.structs.replace(signal, **changes)


def played(*signals: Signal, closes: list[float] = FLAT, **inputs: Any) -> TestResult:
    rates = minutes(closes)
    test = Test(
        symbol="EURUSD",
        timeframe="M1",
        from_s=int(rates["time"][BEFORE - 50]),
        inputs=inputs,
        commission=Decimal(0),
        close_at_end=False,
    )
    return run_test(BrainSignal, test, supply(rates), signals=signals)


@pytest.mark.parametrize(("side", "type_"), [("buy", 0), ("sell", 1)])
def test_it_follows_a_signal_at_the_price_after_it(side: Side, type_: int) -> None:
    result = played(said(AT, side, model="m", version=3, id="s-1"), stop_atr=2.0, target_atr=3.0)
    (entry,) = entries(result)
    assert (entry.type, entry.comment) == (type_, "brain")
    assert entry.time_msc // 1000 == minutes(FLAT)["time"][AT + 1]
    assert result.reasons[entry.order].note == f"m 3: {side} with 0.700, size 1.00, signal s-1."
    assert entry.sl is not None
    assert entry.tp is not None
    sign = 1 if side == "buy" else -1
    stop = max(2.0 * atr_at(FLAT, AT, 14), 3 * 10e-5)
    assert sign * (entry.price - entry.sl) == pytest.approx(stop, abs=1.1e-5)
    assert sign * (entry.tp - entry.price) == pytest.approx(1.5 * stop, abs=1.1e-5)


@pytest.mark.parametrize(
    ("signal", "inputs"),
    [
        (said(AT, "none"), {}),
        (said(AT, probability=0.59), {"min_probability": 0.6}),
        (said(AT, "sell", probability=0.41), {"min_probability": 0.6}),
        (said(AT, size=0.0), {}),
        (said(AT), {"max_spread_points": 5}),
        (said(AT), {"session_start_hour": 12}),
    ],
)
def test_what_is_not_wanted_is_left_alone(signal: Signal, inputs: dict[str, Any]) -> None:
    assert entries(played(signal, without_signal="hold", **inputs)) == []


def test_the_models_hint_scales_the_volume() -> None:
    volumes = [
        entries(played(said(AT, size=size), scales_size=scales, risk_percent=1.0, max_volume=50.0))[0].volume
        for size, scales in ((1.0, True), (0.25, True), (0.25, False))
    ]
    assert volumes[1] == pytest.approx(volumes[0] / 4, abs=0.01)
    assert volumes[2] == volumes[0]


@pytest.mark.parametrize(("max_bars", "horizon", "bars"), [(0, 6, 6), (4, 6, 4)])
def test_it_holds_no_longer_than_the_model_looks_ahead(max_bars: int, horizon: int, bars: int) -> None:
    signal = said(AT, horizon_bars=horizon)
    result = played(signal, max_bars=max_bars, without_signal="hold", stop_atr=20.0, target_atr=0.0)
    (entry,), (out,) = entries(result), exits(result)
    assert entry.comment == f"{bars} bars brain"
    assert out.time_msc // 1000 == minutes(FLAT)["time"][AT + 1 + bars]


@pytest.mark.parametrize(("closes", "count"), [(True, 1), (False, 0)])
def test_a_signal_the_other_way_closes_and_turns(closes: bool, count: int) -> None:
    wide: dict[str, Any] = {"stop_atr": 20.0, "target_atr": 0.0, "closes_on_opposite": closes}
    result = played(said(AT), said(AT + 3, "sell"), without_signal="hold", **wide)
    assert len(exits(result)) == count
    assert [deal.type for deal in entries(result)] == [0, 1][: count + 1]


def test_no_signal_is_followed_twice() -> None:
    """Its stop is hit within its validity; the same signal opens nothing again."""
    fall = [*FLAT[: AT + 2], *(round(FLAT[AT] - 0.002, 5) for _ in range(20))]
    signal = said(AT, closes=fall, valid_until_s=said(AT).time_s + 3_600)
    result = played(signal, closes=fall, without_signal="hold", stop_atr=0.5)
    assert (len(entries(result)), len(exits(result))) == (1, 1)


def test_after_its_validity_a_signal_is_none_and_the_own_rule_says_why() -> None:
    old = said(BEFORE - 100, closes=RISING)
    result = played(old, closes=RISING)
    entry = entries(result)[0]
    assert entry.comment == "24 bars own-rule"
    note = result.reasons[entry.order].note
    assert note.startswith("No signal: the newest signal is past its validity. Moved +")
    assert result.log[0] == "no signal: the newest signal is past its validity; going by its own rule"


def test_without_any_signal_it_trades_by_its_own_rule_and_the_report_says_so() -> None:
    result = played(closes=RISING)
    assert entries(result)[0].comment == "24 bars own-rule"
    assert any("No signals were given to this test: at all 78 bars" in note for note in result.notes)


def test_or_it_holds_still() -> None:
    result = played(closes=RISING, without_signal="hold")
    assert entries(result) == []
    assert result.log == ["no signal: no signals were given; holding still"]


def test_the_own_rule_risks_its_own_share() -> None:
    more: dict[str, Any] = {"risk_percent": 2.0, "max_volume": 50.0}
    whole, half = (entries(played(closes=RISING, own_size=share, **more))[0].volume for share in (1.0, 0.5))
    assert half == pytest.approx(whole / 2, abs=0.011)


def test_silence_and_its_end_are_said_once_each() -> None:
    result = played(*(said(place, "none") for place in (AT, AT + 10)), without_signal="hold")
    words = [line.split(":")[0] for line in result.log]
    assert words == ["no signal", "the Brain speaks again"] * 2 + ["no signal"]
    assert any("had no valid signal" in note for note in result.notes)


def test_signals_to_come_change_nothing_before_them() -> None:
    rates = walk(4_000)
    at_s = int(rates["time"][3_000])
    known = rolled(rates)
    other = [
        msgspec.structs.replace(one, side="buy", probability=0.9) if one.time_s > at_s else one
        for one in known
    ]
    test = Test(symbol="EURUSD", from_s=int(rates["time"][1_000]), inputs={"timeframe": "M15", "max_bars": 2})
    deals = [run_test(BrainSignal, test, supply(rates), signals=signals).deals for signals in (known, other)]
    before = [[deal for deal in each if deal.time_msc <= at_s * 1000] for each in deals]
    assert before[0] == before[1]
    assert len(before[0]) > 10
    assert list(deals[0]) != list(deals[1])


def test_a_tape_shows_nothing_before_its_time_and_nothing_after() -> None:
    tape = SignalTape("EURUSD", [said(AT)])
    begin_s, end_s = said(AT).time_s, said(AT).valid_until_s
    found = [tape.at("EURUSD", "M1", at) for at in (begin_s - 1, begin_s, end_s - 1, end_s)]
    assert [type(one).__name__ for one in found] == ["Silence", "Signal", "Signal", "Silence"]
    assert (tape.asked, tape.silent) == (4, 2)
    assert isinstance(tape.at("GBPUSD", "M1", begin_s), Silence)


class Slow(LedgerDesk):
    """Answers later, as a terminal does."""

    asked = 0

    def ask_brain(self, chart: Chart, *, model: str, bars: int) -> Heard:
        self.asked += 1
        return Silence("it was asked just now", is_awaited=True)


def test_an_answer_that_is_awaited_is_followed_when_it_comes() -> None:
    bars = [Bar(*row[:7]) for row in minutes(FLAT).tolist()]
    ledger = open_ledger(account(), Quotes(SYMBOLS.values()), Tickets(), bars[BEFORE].time_s * 1000)
    run = OfflineRun(BrainSignal, ledger, "EURUSD", MAGIC, {"timeframe": "M5"}, bars[:BEFORE])
    run.desk.__class__ = Slow
    for bar in bars[BEFORE : AT + 3]:
        for tick in bar_ticks(SYMBOLS["EURUSD"], bar, 60, 4):
            ledger.on_tick(tick)
            run.take(tick)
    assert isinstance(run.desk, Slow)
    assert run.desk.asked == 1
    assert run.desk.positions() == []
    run._expert.on_signal(said(AT + 1))
    assert [held.side for held in run.desk.positions()] == ["buy"]


def test_a_name_of_a_model_has_an_end() -> None:
    with pytest.raises(InputRefused, match="at most 64"):
        parse_inputs(BrainSignal, {"model": "x" * 65})
