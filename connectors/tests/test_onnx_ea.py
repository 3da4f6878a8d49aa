"""The EA that runs an exported model itself: it says what Python says, and trades within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from connectors.harness.compiler import compile_program
from connectors.harness.machine import Machine, MqlError
from connectors.harness.models import Models
from connectors.harness.mt5 import Mt5Terminal
from connectors.harness.running import Running
from connectors.harness.source import INCLUDES
from connectors.tests.conftest import CONNECTORS
from connectors.tests.test_brain_eas import Desk
from metafleet.brain import features
from metafleet.brain.export import export
from metafleet.brain.features.tests.markets import SPEC, beside, walk
from metafleet.brain.model import Linear, Model
from metafleet.brain.model.tests.made import made_card, made_linear, made_spec

NAMES: Final = (
    *("return_1", "return_5", "atr_14", "strength_base_5", "strength_profit_5"),
    *("hour_sin", "hour_cos"),
)
BARS: Final = 2_000
SAID: Final = re.compile(r"P\(rise\) ([0-9.]+), (\w+)")


def program_of(model: Model, folder: Path, compiled: Path) -> Path:
    export(model, folder, even_if_unpromoted=True)
    main = CONNECTORS / "mql5" / "MetafleetOnnx.mq5"
    return compile_program(main, compiled, includes=(INCLUDES, folder))


class Market:
    """A terminal whose bars are given, up to one that a test chooses; its names end in .m."""

    def __init__(self, rates: dict[str, NDArray[Any]]) -> None:
        self.rates, self.models = rates, Models()
        self.newest_s = 0

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        if name == "CopyRatesFromPos":
            return self.bars(arguments[0].removesuffix(".m"), int(arguments[3]))
        if name == "SymbolInfo":
            known = {
                "SYMBOL_POINT": SPEC.point,
                "SYMBOL_CURRENCY_BASE": SPEC.currency_base,
                "SYMBOL_CURRENCY_PROFIT": SPEC.currency_profit,
            }
            return [known.get(arguments[1], 0)]
        known_words: dict[str, object] = {"Symbol": "EURUSD.m", "SymbolSelect": 1, "PositionsTotal": 0}
        if name == "AccountInfo":
            return [10_000.0]
        return [known_words[name]] if name in known_words else self.models.answer(name, arguments)

    def bars(self, symbol: str, count: int) -> list[object]:
        rates = self.rates[symbol]
        end = int(np.searchsorted(rates["time"], self.newest_s, "right"))
        if end == 0:
            raise MqlError(4401)
        return [value.item() for bar in rates[max(0, end - count) : end] for value in bar]


def walked() -> tuple[Model, NDArray[Any], dict[str, NDArray[Any]]]:
    """A line over real features that is now of one mind and now of another, its bars and those beside."""
    rates = walk(4, BARS)
    others = {name: bars for name, bars in beside(4, BARS).items() if name in {"GBPUSD", "EURGBP"}}
    rows = features.matrix(NAMES, rates, spec=SPEC, beside=others)[100:].astype(np.float64)
    line = Linear(
        means=tuple(rows.mean(axis=0).tolist()),
        scales=tuple((rows.std(axis=0) + 0.01).tolist()),
        weights=tuple((np.random.default_rng(2).standard_normal(len(NAMES)) * 0.3).tolist()),
        intercept=0.02,
    )
    spec = made_spec(name="eurusd h1", features=NAMES, beside=tuple(sorted(others)))
    return Model(spec, line, made_card(features=NAMES)), rates, others


def test_it_says_what_python_says_bar_by_bar(tmp_path: Path, compiled: Path) -> None:
    model, rates, others = walked()
    market, machine = Market({"EURUSD": rates, **others}), Machine(tmp_path)
    program = Running(program_of(model, tmp_path / "model", compiled), market, machine)
    first = 40
    with program:
        market.newest_s = int(rates["time"][first - 1])
        assert program.init() == 0
        for bar in rates[first:]:
            market.newest_s = int(bar["time"])
            machine.advance_to(machine.now_msc() + 60_000)
            asked = len(program.asked)
            program.timer()
            if "OnnxRun" not in program.asked[asked:]:
                # A symbol beside it has no bar of this time: it waits, and then goes without.
                machine.advance_to(machine.now_msc() + 11_000)
                program.timer()
        program.deinit()
        assert program.faults == []
    assert market.models.loaded == 0
    said = [SAID.search(line) for line in program.log if "P(rise)" in line]
    found = np.array([float(match[1]) for match in said if match])
    matrix = features.matrix(NAMES, rates, spec=SPEC, beside=others)
    expected = model.probability(matrix)[first:]
    assert len(found) == len(expected) == BARS - first
    assert np.abs(found - expected).max() < 1e-6
    sides = [match[2] for match in said if match]
    assert sides == [model.verdict(float(one)).side for one in expected]
    assert set(sides) == {"buy", "sell", "none"}


@pytest.fixture(scope="module")
def bullish(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program whose model always buys, whatever its gate said."""
    model = made_linear(name="always up", timeframe="M15", symbols=("EURUSD",))
    line = msgspec.structs.replace(model.scorer, weights=(0.0, 0.0, 0.0), intercept=1.0)  # type: ignore[type-var]
    card = made_card(gate=msgspec.structs.replace(model.card.gate, promoted=False))
    return program_of(Model(model.spec, line, card), tmp_path_factory.mktemp("bullish"), compiled)


def terminal_of(desk: Desk) -> Mt5Terminal:
    assert isinstance(desk.terminal, Mt5Terminal)
    return desk.terminal


@pytest.fixture
def desk(bullish: Path, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, "mql5", bullish, InpMayBeUnpromoted=True, InpFallback=1)
    yield made
    made.end()


def test_its_signal_is_traded_within_the_risk_and_ends_in_time(desk: Desk) -> None:
    desk.program.pass_time(2)
    [(is_buy, volume, comment)] = desk.positions()
    assert (is_buy, comment) == (True, "mf model")
    assert 0 < volume < 10
    [position] = terminal_of(desk).api.positions_get() or ()
    assert position.sl < position.price_open < position.tp
    [opened] = terminal_of(desk).api.history_deals_get(position=position.ticket) or ()
    risked = (position.price_open - position.sl) / 0.00001 * volume
    assert risked <= 50.0 * 1.1, "half a percent of 10,000"
    desk.next_bars(14)
    closed = terminal_of(desk).api.history_deals_get(position=position.ticket) or ()
    assert len(closed) == 2, opened
    assert desk.asked == [], "it asks nobody"


def test_a_model_that_does_not_answer_leaves_it_to_the_own_rule(desk: Desk) -> None:
    terminal_of(desk).models.is_broken = True
    comments = set()
    for _ in range(40):
        desk.next_bars()
        comments |= {comment for _, _, comment in desk.positions()}
    assert comments == {"mf own rule"}
    said = [line for line in desk.program.log if "silent" in line]
    assert all("did not answer, error 5803); the own rule decides" in line for line in said)
    assert len(said) >= 39


def test_without_a_rule_nothing_is_opened(bullish: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path, "mql5", bullish, InpMayBeUnpromoted=True)
    terminal_of(desk).models.is_broken = True
    desk.next_bars(2)
    assert desk.positions() == []
    assert "error 5803); nothing is opened" in "\n".join(desk.program.log)
    desk.end()


def test_what_it_may_not_trade_it_does_not_begin_with(bullish: Path, tmp_path: Path) -> None:
    unpromoted = Desk(tmp_path, "mql5", bullish)
    assert unpromoted.program.init() == 32_767
    assert "did not pass its gate" in unpromoted.program.log[-1]
    unpromoted.end()
    other = Desk(tmp_path, "mql5", bullish, InpMayBeUnpromoted=True)
    terminal_of(other).chart = "GBPUSD"
    assert other.program.init() == 1
    assert "is a model of EURUSD, not of GBPUSD" in other.program.log[-1]
    other.end()
