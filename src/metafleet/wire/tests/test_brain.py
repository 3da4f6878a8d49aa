"""A program asks the Brain and is told, or is told clearly why not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from metafleet.wire.brain import (
    MOST_BARS,
    MOST_SIGNALS,
    Asked,
    BrainBar,
    BrainClient,
    Signal,
    SignalRequest,
    SignalsRequest,
    WireError,
)
from metafleet.wire.tests.test_client import Stub, stub

__all__ = ["stub"]

BAR = BrainBar(1772452800, 1.0841, 1.0843, 1.084, 1.0842, 512, 8)


def reply(name: str) -> dict[str, Any]:
    text = (files("metafleet.wire") / "examples" / f"{name}.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def brain(stub: Stub) -> Iterator[BrainClient]:
    with BrainClient(stub.url, token="t-1", timeout_s=1.0) as speaking:
        yield speaking


def test_a_question_carries_the_bars_and_brings_a_signal(stub: Stub, brain: BrainClient) -> None:
    stub.answer(reply("signal_reply"))
    signal = brain.signal(SignalRequest(symbol="EURUSD", timeframe="M15", bars=[BAR]))
    assert (signal.side, signal.probability, signal.valid_until.isoformat()) == (
        "buy",
        0.6134,
        "2026-03-02T12:45:00+00:00",
    )
    path, headers, body = stub.seen[0]
    assert (path, headers["Authorization"]) == ("POST /brain/v1/signal", "Bearer t-1")
    assert json.loads(body) == {"symbol": "EURUSD", "timeframe": "M15", "bars": [list(BAR)]}


def test_a_batch_gives_each_question_its_place(stub: Stub, brain: BrainClient) -> None:
    stub.answer(reply("signals_reply"))
    asked = [Asked(symbol="EURUSD", timeframe="M15"), Asked(symbol="USDJPY", timeframe="H1")]
    found = brain.signals(asked)
    assert [signal and signal.symbol for signal in found.signals] == ["EURUSD", None]
    assert [(fault.index, fault.status) for fault in found.errors] == [(1, 404)]


def test_a_batch_that_brings_another_number_of_signals_is_refused(stub: Stub, brain: BrainClient) -> None:
    stub.answer(reply("signals_reply"))
    with pytest.raises(WireError, match="1 signals were asked for, 2 came"):
        brain.signals([Asked(symbol="EURUSD", timeframe="M15")])


def test_no_model_is_a_refusal_with_its_words(stub: Stub, brain: BrainClient) -> None:
    stub.answer({"title": "Not Found", "status": 404, "detail": "No champion.", "instance": "r"}, status=404)
    with pytest.raises(WireError, match="404: No champion") as refused:
        brain.signal(SignalRequest(symbol="EURUSD", timeframe="M15"))
    assert (refused.value.status, refused.value.permanent) == (404, True)


def test_a_page_of_somebody_else_is_no_signal(stub: Stub, brain: BrainClient) -> None:
    stub.answers.append((200, {}, b"<html>Sign in to this hotel</html>"))
    with pytest.raises(WireError, match="not a SignalReply"):
        brain.signal(SignalRequest(symbol="EURUSD", timeframe="M15"))


def test_a_brain_that_never_answers_costs_no_more_than_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = BrainClient(f"http://127.0.0.1:{silent.getsockname()[1]}", token="t", timeout_s=0.2)
        with pytest.raises(WireError, match="no answer") as away:
            client.signal(SignalRequest(symbol="EURUSD", timeframe="M15"))
        assert away.value.status is None


@pytest.mark.parametrize(
    "change",
    [
        {"probability": 1.2},
        {"size": -0.1},
        {"side": "hold"},
        {"validUntil": "2026-03-02T12:45:00"},
        {"modelVersion": "3"},
    ],
)
def test_an_impossible_signal_is_not_read(stub: Stub, brain: BrainClient, change: dict[str, Any]) -> None:
    stub.answer({**reply("signal_reply"), **change})
    with pytest.raises(WireError, match="not a SignalReply"):
        brain.signal(SignalRequest(symbol="EURUSD", timeframe="M15"))


@pytest.mark.parametrize(
    ("side", "probability", "confidence"),
    [("buy", 0.7, 0.7), ("sell", 0.2, 0.8), ("none", 0.45, 0.55)],
)
def test_confidence_is_that_of_the_side(side: str, probability: float, confidence: float) -> None:
    said = {**reply("signal_reply"), "side": side, "probability": probability}
    assert msgspec.convert(said, Signal).confidence == pytest.approx(confidence)


def test_an_unknown_field_of_a_newer_hub_is_passed_over() -> None:
    assert msgspec.convert({**reply("signal_reply"), "mood": "fine"}, Signal).side == "buy"


@pytest.mark.parametrize(
    "body",
    [
        {"symbol": "EURUSD"},
        {"symbol": "", "timeframe": "M15"},
        {"symbol": "EURUSD", "timeframe": "M15", "bars": [[1, 1.0, 1.0, 1.0, 1.0]]},
        {"symbol": "EURUSD", "timeframe": "M15", "bars": [list(BAR)] * (MOST_BARS + 1)},
    ],
)
def test_a_question_that_is_none_is_refused_at_the_door(body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(body), type=SignalRequest)


@pytest.mark.parametrize("count", [0, MOST_SIGNALS + 1])
def test_a_batch_of_none_or_too_many_is_refused_at_the_door(count: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"signals": [{"symbol": "EURUSD", "timeframe": "M15"}] * count}, SignalsRequest)
