"""The Brain EAs of both platforms: signals of the real gateway, a Brain that is silent or talks nonsense."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.harness.compiler import compile_program
from connectors.harness.machine import Asked, Machine
from connectors.harness.mt4 import Mt4Terminal
from connectors.harness.mt5 import Mt5Terminal
from connectors.harness.running import Running
from connectors.tests.conftest import CONNECTORS, LOGIN, SERVER, Scene, configured
from metafleet.hub.kernel import clock
from metafleet.hub.signals import registry
from metafleet.hub.signals.tests.made import file_of

URL = "http://hub.test"
HOUR = 3_600
# 8 September 2025, 07:00 UTC: a Monday on which EURUSD trades.
BEGIN_MSC = 1_757_314_800_000


@pytest.fixture(scope="session")
def brain(compiled: Path) -> Callable[[str], Path]:
    def program(platform: str) -> Path:
        ending = platform[-1]
        return compile_program(CONNECTORS / f"mql{ending}" / f"MetafleetBrain.mq{ending}", compiled)

    return program


class Desk:
    """A terminal of either platform with a Brain EA, and a hub that says what a test wants."""

    def __init__(self, folder: Path, platform: str, binary: Path, **inputs: object) -> None:
        self.machine = Machine(folder, platform, allowed=(URL,), web=self.answer)
        self.machine.advance_to(BEGIN_MSC)
        kind = Mt4Terminal if platform == "mql4" else Mt5Terminal
        self.terminal = kind(self.machine, configured(zone="UTC"))
        self.says: Asked = lambda *_: (503, b"", b'{"detail": "no model"}')
        self.asked: list[dict[str, Any]] = []
        given = {"InpAddress": URL, "InpMostSpread": 1_000, **inputs}
        self.program = Running(binary, self.terminal, self.machine, given)
        self.program.init()

    def answer(self, method: str, address: str, body: bytes) -> tuple[int, bytes, bytes] | None:
        self.asked.append(json.loads(body))
        return self.says(method, address, body)

    def next_bars(self, count: int = 1) -> None:
        """Live until so many more bars have closed; between them the machine sleeps."""
        for _ in range(count):
            closes_msc = (self.machine.now_msc() // 900_000 + 1) * 900_000
            self.machine.advance_to(closes_msc)
            self.program.pass_time(3)

    def positions(self) -> list[tuple[bool, float, str]]:
        """Whether it is a buy, volume and comment of each."""
        if isinstance(self.terminal, Mt4Terminal):
            return [(one.type == 0, one.lots, one.comment) for one in self.terminal.pool.values()]
        held = self.terminal.api.positions_get() or ()
        return [(one.type == 0, one.volume, one.comment) for one in held]

    def end(self) -> None:
        faults = self.program.faults
        self.program.close()
        assert faults == []


def signal(side: str, probability: float = 0.7, size: float = 1.0, **changes: Any) -> Asked:
    def say(_: str, __: str, body: bytes) -> tuple[int, bytes, bytes]:
        asked = json.loads(body)
        said = {
            "success": True,
            "symbol": asked["symbol"],
            "timeframe": asked["timeframe"],
            "side": side,
            "probability": probability,
            "size": size,
            "horizonBars": 4,
            **changes,
        }
        return 200, b"", json.dumps(said).encode()

    return say


@pytest.fixture(params=["mql5", "mql4"])
def desk_of(request: pytest.FixtureRequest, brain: Callable[[str], Path], tmp_path: Path) -> Any:
    desks: list[Desk] = []

    def make(**inputs: object) -> Desk:
        desks.append(Desk(tmp_path, request.param, brain(request.param), **inputs))
        return desks[-1]

    yield make
    for desk in desks:
        desk.end()


def test_it_asks_once_a_bar_with_the_closed_ones(desk_of: Any) -> None:
    desk = desk_of(InpBars=100)
    desk.says = signal("none", 0.5, 0.0)
    desk.program.pass_time(2)
    desk.next_bars(3)
    assert len(desk.asked) == 4
    for asked in desk.asked:
        times = [bar[0] for bar in asked["bars"]]
        assert len(times) == 100
        assert times == sorted(times)
        assert all(len(bar) == 7 for bar in asked["bars"])
    newest = [asked["bars"][-1][0] for asked in desk.asked]
    assert len(set(newest)) == len(newest)
    # None of them is the bar that is still forming.
    assert max(newest) + 900 <= desk.machine.now_msc() // 1000
    assert desk.positions() == []


def test_a_signal_is_traded_within_the_risk_and_ends_in_time(desk_of: Any) -> None:
    desk = desk_of(InpRiskPercent=0.5, InpStopAtr=2.0)
    desk.says = signal("buy", 0.7, 1.0)
    desk.program.pass_time(2)
    [(is_buy, volume, comment)] = desk.positions()
    assert is_buy
    assert comment == "mf brain"
    # 50 USD at risk at the stop, never more than a step's worth above it.
    assert volume > 0
    half = desk.positions()[0][1]
    desk.says = signal("none", 0.5, 0.0)
    desk.next_bars(6)
    assert desk.positions() == [], "the model looked four bars ahead"
    desk.says = signal("sell", 0.2, 0.5)
    desk.next_bars()
    [(is_buy, volume, _)] = desk.positions()
    assert not is_buy
    assert volume < half


def test_an_opposite_signal_closes_what_is_held(desk_of: Any) -> None:
    desk = desk_of()
    desk.says = signal("buy")
    desk.program.pass_time(2)
    assert len(desk.positions()) == 1
    desk.says = signal("sell", 0.2)
    desk.next_bars()
    assert [is_buy for is_buy, _, _ in desk.positions()] == [False]


@pytest.mark.parametrize(
    "says",
    [
        lambda *_: (503, b"", b'{"detail": "There is no model."}'),
        lambda *_: (404, b"", b'{"detail": "There is no champion of EURUSD M15."}'),
        lambda *_: (200, b"", b"<html>"),
        lambda *_: (429, b"Retry-After: 30\r\n", b'{"detail": "slow"}'),
        signal("up"),
        signal("buy", 7.0),
        signal("buy", symbol="GBPUSD"),
    ],
    ids=["no-model", "not-found", "html", "slow-down", "no-side", "no-probability", "other-market"],
)
def test_while_the_brain_is_silent_it_opens_nothing_and_says_so(desk_of: Any, says: Asked) -> None:
    desk = desk_of()
    desk.says = says
    desk.program.pass_time(120)
    assert desk.positions() == []
    assert any("the Brain is silent" in line for line in desk.program.log)


def test_its_own_rule_decides_where_it_may(desk_of: Any) -> None:
    desk = desk_of(InpFallback=1)
    no_champion = b'{"status": 404, "detail": "There is no champion of EURUSD M15."}'
    desk.says = lambda *_: (404, b"", no_champion)
    comments: set[str] = set()
    for _ in range(40):
        desk.next_bars()
        comments |= {comment for _, _, comment in desk.positions()}
    assert comments == {"mf own rule"}


def test_a_wide_spread_and_a_doubtful_signal_open_nothing(desk_of: Any) -> None:
    desk = desk_of(InpMostSpread=0)
    desk.says = signal("buy")
    desk.program.pass_time(2)
    assert desk.positions() == []
    assert any("the spread is too wide" in line for line in desk.program.log)


def test_a_doubtful_signal_opens_nothing(desk_of: Any) -> None:
    desk = desk_of(InpProbability=0.8)
    desk.says = signal("buy", 0.7)
    desk.program.pass_time(2)
    assert desk.positions() == []
    assert any("not sure enough" in line for line in desk.program.log)


def test_a_model_of_the_real_hub_is_traded(scene: Scene[Mt5Terminal], brain: Any) -> None:
    """Paired by the connector, served by the gateway, as of now."""
    model = file_of(tilt=2.0)
    version = registry.register(content=model, actor="oscar@example.com", now=clock.now())
    registry.promote(version_id=version.id, actor="oscar@example.com", note="", now=clock.now())
    scene.machine.advance_to(int(time.time() * 1000))
    scene.terminal = Mt5Terminal(scene.machine, configured())
    with scene.begin() as connector:
        connector.init()
        connector.pass_time(10)
    time.sleep(1.5)  # so often the gateway looks which models there are
    inputs = {"InpAddress": scene.gateway.url, "InpMostSpread": 1_000}
    with Running(brain("mql5"), scene.terminal, scene.machine, inputs) as program:
        program.init()
        program.pass_time(20)
        assert program.faults == []
        told = program.log
    [position] = scene.terminal.api.positions_get() or ()
    assert (position.type, position.comment) == (0, "mf brain"), told
    assert (scene.terminal.api.account_info().login, SERVER) == (LOGIN, SERVER)  # type: ignore[union-attr]
    with scene.begin() as connector:
        connector.init()
        connector.pass_time(10)
    assert scene.journal() == scene.history()
