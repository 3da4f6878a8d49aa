"""The golden examples: one JSON per message, the same bytes after reading and writing it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import msgspec
import pytest

from metafleet.wire import brain, messages

KINDS: dict[str, type[messages.Message]] = {
    "assignment": messages.Assignment,
    "assignment_uploaded": messages.Assignment,
    "assignment_request": messages.AssignmentRequest,
    "candles": messages.Candles,
    "candles_reply": messages.CandlesReply,
    "command_result": messages.CommandResult,
    "commands_reply": messages.CommandsReply,
    "heartbeat": messages.Heartbeat,
    "heartbeat_reply": messages.HeartbeatReply,
    "positions": messages.Positions,
    "problem": messages.Problem,
    "signal_reply": brain.SignalReply,
    "signal_request": brain.SignalRequest,
    "signals_reply": brain.SignalsReply,
    "signals_request": brain.SignalsRequest,
    "success": messages.Success,
    "trades": messages.Trades,
    "trades_reply": messages.TradesReply,
}
ITEMS: dict[str, tuple[str, type[messages.Message]]] = {
    "candles": ("candles", messages.Candle),
    "positions": ("positions", messages.Position),
    "trades": ("trades", messages.Deal),
}


def example(name: str) -> bytes:
    return (files("metafleet.wire") / "examples" / f"{name}.json").read_bytes()


def written(message: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(message), indent=2) + b"\n"


def names() -> Iterator[str]:
    for file in (files("metafleet.wire") / "examples").iterdir():
        yield file.name.removesuffix(".json")


def test_every_message_has_an_example() -> None:
    assert set(names()) == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_an_example_is_the_same_after_reading_and_writing_it(name: str) -> None:
    assert written(msgspec.json.decode(example(name), type=KINDS[name])) == example(name)


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_is_the_same_after_reading_and_writing_it(name: str) -> None:
    field, kind = ITEMS[name]
    items = msgspec.json.decode(example(name), type=dict[str, object])[field]
    assert isinstance(items, list)
    assert items
    for item in items:
        raw = msgspec.json.encode(item)
        assert msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(raw, type=kind))) == item


def test_a_refusal_never_says_the_word_that_version_1_clients_look_for() -> None:
    assert b"success" not in example("problem").lower()
    for name, kind in KINDS.items():
        if "success" in kind.__struct_fields__:
            assert b'"success": true' in example(name)
