"""The golden messages: what the MQL programs say, to the byte, and what they make of the hub's answers."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from connectors.harness.machine import Machine
from connectors.harness.running import Running
from connectors.harness.source import Platform
from connectors.tests.still import EXAMPLES, PLATFORMS, Hub, Still, example, lived, spoken
from connectors.tests.test_harness import Nobody


@pytest.fixture(scope="module", params=PLATFORMS)
def life(
    request: pytest.FixtureRequest, compiled: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Platform, Path, Hub, Still]:
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, folder, *lived(request.param, folder, compiled)


def test_the_programs_say_the_golden_messages_to_the_byte(life: tuple[Platform, Path, Hub, Still]) -> None:
    platform, _, hub, _ = life
    found = dict(spoken(hub))
    kept = {
        path.stem.removeprefix(f"{platform}_"): path.read_bytes()
        for path in (EXAMPLES / "connector").glob(f"{platform}_*.json")
    }
    assert set(found) == set(kept)
    for name, message in found.items():
        assert message.decode() == kept[name].decode(), f"{name}: python -m connectors.tests.still renews it"


def test_the_hub_s_golden_answers_are_obeyed(life: tuple[Platform, Path, Hub, Still]) -> None:
    _, folder, hub, terminal = life
    newest = max(folder.rglob("*-terminal.?"), key=lambda path: path.read_bytes()[:20])
    identity = json.loads(newest.read_bytes().split(b"\n", 1)[1])
    # The heartbeat's answer renewed the token that the enrolment's had given.
    assert identity["token"] == json.loads(example("heartbeat_reply"))["token"]
    assert identity["terminalId"] == json.loads(example("enrolment_reply"))["terminalId"]
    results = {path.split("/")[-2]: json.loads(body) for path, body in hub.said if path.endswith("/result")}
    asked = [
        command
        for name in ("heartbeat_reply", "commands_reply", "commands_reply_orders")
        for command in json.loads(example(name))["commands"]
    ]
    assert set(results) == {command["id"] for command in asked}
    opened, fetched, pinged = json.loads(example("commands_reply_orders"))["commands"]
    assert {results[one["id"]]["status"] for one in (opened, fetched, pinged)} == {"done"}
    order, traded = terminal.sent
    assert opened["payload"]["symbol"] in order
    assert str(float(opened["payload"]["volume"])) in [_number(field) for field in order]
    # The Brain's answer: to buy, with its share of the risk.
    assert "mf brain" in traded


def _number(field: str) -> str:
    try:
        return str(float(field))
    except ValueError:
        return field


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.json")), ids=lambda path: path.stem)
def test_every_golden_message_comes_through_mql_as_it_was(path: Path, echo: Path, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes(path.read_bytes())
    with Running(echo, Nobody(), Machine(tmp_path)) as program:
        assert program.init() == 0
        assert program.faults == []
    written = (tmp_path / "out.json").read_bytes()
    assert msgspec.json.format(written, indent=2) + b"\n" == path.read_bytes()
