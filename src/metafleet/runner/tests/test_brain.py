"""Brain Signal in the real runner on the real paper terminal, with a Brain that answers, or does not."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.engine.experts.charts import Chart
from metafleet.engine.experts.signals import Heard, Signal, Silence
from metafleet.engine.market.records import Bar
from metafleet.runner import brain as brains
from metafleet.runner.brain import Brain
from metafleet.runner.tests.gateway import TOKEN, Gateway
from metafleet.runner.tests.rig import Broker, Runner, assignment
from metafleet.wire.brain import BrainClient, SignalRequest, WireError

PERIOD_S = 300
EAGER = {"own_change_period": 2, "own_strength": 0.1, "stop_atr": 20.0, "target_atr": 0.0}


def saying(side: str = "buy", probability: float = 0.7, **changes: Any) -> Any:
    """A Brain that says this of each newest bar that it is sent, valid for as long as another bar."""

    def think(asked: dict[str, Any]) -> tuple[int, bytes]:
        at = datetime.fromtimestamp(asked["bars"][-1][0], UTC)
        reply = {
            "success": True,
            "signalId": "s-1",
            "symbol": asked["symbol"],
            "timeframe": asked["timeframe"],
            "barTime": at.isoformat(),
            "side": side,
            "probability": probability,
            "size": 0.5,
            "model": "test-model",
            "modelVersion": 7,
            "inputsHash": "0" * 64,
            "validUntil": (at + timedelta(seconds=2 * PERIOD_S)).isoformat(),
            "issuedAt": at.isoformat(),
            "horizonBars": 2,
        }
        return 200, json.dumps(reply | changes).encode()

    return think


def dealt(gateway: Gateway) -> list[dict[str, Any]]:
    """What it opened."""
    return [deal for deal in gateway.deals.values() if deal.get("entryType") == 0]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A market on which five minutes take less than two seconds."""
    running = Broker(tmp_path_factory.mktemp("broker"), "--source", "generator", "--speed", "180")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def start(broker: Broker, gateway: Gateway, runner: Runner) -> Iterator[Any]:
    def begin(**inputs: Any) -> None:
        cls, login = EXPERTS["brain-signal"], broker.open_account().login
        gateway.assignment = assignment(
            broker,
            login,
            expert=cls.slug,
            version=cls.version,
            hash=content_hash(cls),
            inputs={"timeframe": "M5", "sent_bars": 50, **inputs},
        )
        runner.start()

    yield begin
    if runner._process is not None:
        runner.terminate()
        assert runner.exit_code() == 0
        assert "Traceback" not in runner.log()


def test_it_follows_what_the_brain_says_and_the_journal_knows_why(start: Any, gateway: Gateway) -> None:
    gateway.brain = saying("buy")
    start(without_signal="hold")
    gateway.wait_until(lambda: dealt(gateway), 30.0)
    (deal,) = dealt(gateway)
    assert (deal["comment"], deal["tag"]) == ("2 bars brain", "brain")
    assert deal["note"] == "test-model 7: buy with 0.700, size 0.50, signal s-1."
    asked = gateway.questions[0]
    assert (asked["symbol"], asked["timeframe"], len(asked["bars"])) == ("GBPUSD", "M5", 50)
    times = [bar[0] for bar in asked["bars"]]
    assert all(later - before >= PERIOD_S for before, later in itertools.pairwise(times))


def test_its_questions_carry_the_token_that_a_heartbeat_has_renewed(start: Any, gateway: Gateway) -> None:
    gateway.next_token = "another-token"
    gateway.brain = saying("none", 0.5)
    start()
    gateway.wait_until(lambda: gateway.questions, 30.0)
    assert gateway.token == "another-token"


@pytest.mark.parametrize(
    ("mind", "why"),
    [
        (
            lambda _: (404, b'{"title":"n","status":404,"detail":"No champion.","instance":"r"}'),
            "(404): No cham",
        ),
        (lambda _: (200, b"<html>welcome</html>"), "is not a SignalReply"),
        (lambda _: (200, b'{"success": true}'), "is not a SignalReply"),
        (saying(probability=7.0), "is not a SignalReply"),
        (saying(symbol="EURUSD"), "answered for EURUSD"),
        (saying(validUntil="2001-01-01T00:00:00Z"), "past its validity"),
        (lambda _: (503, b""), "(503)"),
    ],
    ids=["404", "html", "empty", "impossible", "another", "old", "503"],
)
def test_without_a_good_answer_it_goes_by_its_own_rule_and_says_why(
    start: Any, gateway: Gateway, runner: Runner, mind: Any, why: str
) -> None:
    gateway.brain = mind
    start(**EAGER)
    gateway.wait_until(lambda: dealt(gateway), 60.0)
    deal = dealt(gateway)[0]
    assert deal["tag"] == "own-rule"
    assert deal["note"].startswith("No signal: ")
    assert why in deal["note"]
    assert why in runner.log()
    assert "going by its own rule" in runner.log()


def test_a_slow_brain_holds_up_no_tick(start: Any, gateway: Gateway, runner: Runner) -> None:
    release = threading.Event()

    def think(_: dict[str, Any]) -> tuple[int, bytes]:
        release.wait(20.0)
        return 404, b"{}"

    gateway.brain = think
    start(**EAGER)
    gateway.wait_until(lambda: gateway.questions, 30.0)
    minutes, beats = len(gateway.candles), len(gateway.heartbeats)
    gateway.wait_until(lambda: len(gateway.candles) > minutes + 1 and len(gateway.heartbeats) > beats + 2)
    gateway.wait_until(lambda: dealt(gateway), 60.0)
    release.set()
    assert "No signal: the Brain has not answered within a bar" in dealt(gateway)[0]["note"]
    assert all("lastError" not in beat["expert"] for beat in gateway.heartbeats)


def test_a_dead_brain_is_silent_and_a_risen_one_is_heard(
    start: Any, gateway: Gateway, runner: Runner
) -> None:
    gateway.brain = saying("none", 0.5)
    start(**EAGER)
    gateway.wait_until(lambda: gateway.questions, 30.0)
    gateway.stop()
    by = time.monotonic() + 30.0
    while "no connection to the gateway" not in runner.log() or "no signal: " not in runner.log():
        assert time.monotonic() < by, runner.log()
        time.sleep(0.05)
    gateway.start()
    by = time.monotonic() + 30.0
    while "the Brain speaks again" not in runner.log():
        assert time.monotonic() < by, runner.log()
        time.sleep(0.05)


class Bars:
    """A chart of which the line needs its name and its bars."""

    symbol, timeframe = "EURUSD", "M5"

    def bars(self, count: int) -> list[Bar]:
        return [Bar(PERIOD_S * place, 1.1, 1.2, 1.0, 1.1, 5, 2) for place in range(1, count + 1)]


class Asking:
    """A line to a Brain, and whoever waits for the bell."""

    def __init__(self, gateway: Gateway, timeout_s: float = 5.0) -> None:
        self.rung = threading.Event()
        self.brain = Brain(
            BrainClient(gateway.url, token=None, timeout_s=timeout_s), lambda: TOKEN, self.rung.set
        )

    def ask(self, now_s: int) -> Heard:
        return self.brain.ask(cast(Chart, Bars()), model="", bars=10, now_s=now_s)

    def heard(self, now_s: int) -> list[Heard]:
        assert self.rung.wait(10.0)
        self.rung.clear()
        return self.brain.heard(now_s)


def test_one_bar_is_one_question_and_its_end_is_told_once(gateway: Gateway) -> None:
    gateway.brain = saying()
    asking = Asking(gateway)
    assert asking.ask(3_301) == brains.AWAITED
    (found,) = asking.heard(3_302)
    assert isinstance(found, Signal)
    assert (found.time_s, found.valid_until_s, found.id) == (3_300, 3_600, "s-1")
    assert (asking.brain.has_news, asking.brain.heard(3_303)) == (False, [])
    assert asking.ask(3_310) == found
    assert len(gateway.questions) == 1


def test_within_its_validity_the_newest_signal_stands_in_for_one_that_does_not_come(gateway: Gateway) -> None:
    """It was of bar 10, which ended at 3300, and is good until 3600."""
    gateway.brain = saying(validUntil=datetime.fromtimestamp(3_900, UTC).isoformat())
    asking = Asking(gateway)
    asking.ask(3_301)
    (first,) = asking.heard(3_302)
    gateway.brain = lambda _: (503, b"")
    asking.ask(3_601)
    assert asking.heard(3_602) == [first]
    asking.ask(3_901)
    (gone,) = asking.heard(3_902)
    assert isinstance(gone, Silence)
    assert gone.why.startswith("the Brain refused (503)")


def test_a_market_that_is_faster_than_the_brain_does_not_wait_for_ever(gateway: Gateway) -> None:
    release = threading.Event()

    def think(asked: dict[str, Any]) -> tuple[int, bytes]:
        release.wait(10.0)
        return cast(tuple[int, bytes], saying()(asked))

    gateway.brain = think
    asking = Asking(gateway)
    assert asking.ask(3_301) == brains.AWAITED
    assert asking.ask(3_601) == brains.LATE
    release.set()
    while not isinstance(heard := asking.heard(3_602), list) or not heard:
        pass
    assert isinstance(heard[0], Silence | Signal)


def test_patience_ends_where_no_time_out_does(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brains, "PATIENCE_S", 0.1)
    release = threading.Event()
    gateway.brain = lambda _: (release.wait(5.0), (404, b"{}"))[1]
    asking = Asking(gateway)
    asking.ask(3_301)
    gateway.wait_until(lambda: asking.brain.has_news)
    (heard,) = asking.brain.heard(3_302)
    assert isinstance(heard, Silence)
    assert heard.why.startswith("no answer from the Brain")
    release.set()


def test_an_answer_that_dribbles_in_is_cut_off(tmp_path: Path) -> None:
    """Each byte comes within the time-out, all of them never."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65_536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                try:
                    for _ in range(200):
                        line.sendall(b" ")
                        time.sleep(0.05)
                except OSError:
                    return

        threading.Thread(target=dribble, daemon=True).start()
        port = server.getsockname()[1]
        brain = BrainClient(f"http://127.0.0.1:{port}", token="t", timeout_s=0.3)
        began_s = time.monotonic()
        with pytest.raises(WireError, match="took longer"):
            brain.signal(SignalRequest(symbol="EURUSD", timeframe="M5"))
        assert time.monotonic() - began_s < 3.0
