"""The golden examples: one JSON per message, the same bytes after reading and writing it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

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
    "commands_reply_orders": messages.CommandsReply,
    "enrolment": messages.Enrolment,
    "enrolment_reply": messages.EnrolmentReply,
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
        if file.is_file():
            yield file.name.removesuffix(".json")


def spoken() -> Iterator[str]:
    """Yield the names of what the MQL connectors say, as their own tests hold them to it."""
    for file in (files("metafleet.wire") / "examples" / "connector").iterdir():
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


def test_the_connectors_say_every_message_of_a_terminal() -> None:
    wanted = {"enrolment", "heartbeat", "trades", "positions", "candles", "command_result", "signal_request"}
    assert {f"{platform}_{name}" for platform in ("mql4", "mql5") for name in wanted} == set(spoken())


@pytest.mark.parametrize("name", sorted(spoken()))
def test_what_the_connectors_say_is_understood_whole(name: str) -> None:
    """Unknown fields are ignored on the wire: a misspelt one would be lost without a word."""
    kind = name.split("_", 1)[1]
    raw = msgspec.json.decode(example(f"connector/{name}"), type=dict[str, Any])
    assert set(raw) <= {field.encode_name for field in msgspec.structs.fields(KINDS[kind])}
    typed = msgspec.json.decode(example(f"connector/{name}"), type=KINDS[kind])
    assert msgspec.json.decode(msgspec.json.encode(typed), type=KINDS[kind]) == typed
    if kind in ITEMS:
        field, of = ITEMS[kind]
        names = {one.encode_name for one in msgspec.structs.fields(of)}
        assert raw[field]
        for item in raw[field]:
            assert set(item) <= names
            msgspec.convert(item, of)
    if kind == "heartbeat":
        assert set(raw["accountInfo"]) == {
            one.encode_name for one in msgspec.structs.fields(messages.AccountInfo)
        }
