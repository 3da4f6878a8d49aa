"""The host agent beside the whole product: a terminal's account comes into the journal by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metafleet.engine.broker.records import OrderRequest
from tests.flows.person import BROKER_PASSWORD, SERVER, Person, assert_journal_equals_broker
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow


class Agent:
    """`metafleet agent` with one paper terminal."""

    def __init__(self, folder: Path, stack: Stack, login: int, code: str) -> None:
        self._settings = folder / "agent.toml"
        self._settings.write_text(
            f'hub = "http://127.0.0.1:{stack.gateway_port}"\n[[terminals]]\nname = "vps"\nsource = "paper"\n'
            f'address = "127.0.0.1:{stack.broker_port}"\nlogin = {login}\npassword = "{BROKER_PASSWORD}"\n'
            f'server = "{SERVER}"\npairing_code = "{code}"\n'
        )
        self.process = subprocess.Popen(self._command("run"))

    def status(self) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(self._command("status", "--json"), capture_output=True, check=False)
        return done.returncode, json.loads(done.stdout)[0]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)

    def _command(self, verb: str, *options: str) -> list[str]:
        return [sys.executable, "-m", "metafleet.cli", "agent", verb, str(self._settings), *options]


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    with Person(stack) as somebody:
        somebody.sign_up("vps@example.com")
        yield somebody


def trade(person: Person, login: int, **order: Any) -> int:
    with person.broker() as broker:
        broker.login(login, BROKER_PASSWORD, SERVER)
        done = broker.order_send(OrderRequest(**order))
        assert done.retcode == 10009
        return done.order


def test_an_account_reports_through_the_agent_and_a_revoked_token_ends_it(
    stack: Stack, person: Person, tmp_path: Path
) -> None:
    account = person.connect()
    login = account["login"]
    closed = trade(person, login, action="deal", symbol="EURUSD", side="buy", volume=0.2)
    trade(person, login, action="close", position=closed)
    held = trade(person, login, action="deal", symbol="EURUSD", side="sell", volume=0.1)
    made = person.post(f"/api/accounts/{account['id']}/terminals", {"label": "VPS"})
    agent = Agent(tmp_path, stack, login, made["pairingCode"])
    try:
        assert wait_until(lambda: agent.status()[0] == 0, PATIENCE_S, 0.3), agent.status()
        assert_journal_equals_broker(person, login)
        seen = person.get(f"/api/accounts/{account['id']}")
        assert float(seen["balance"]) == float(agent.status()[1]["balance"])

        (machine,) = person.get("/api/machines")
        assert machine["state"] == "online"
        assert 0 < machine["memoryUsedMb"] < machine["memoryMb"]
        assert [(seen["login"], seen["processState"]) for seen in machine["terminals"]] == [
            (login, "running")
        ]

        # Killed in the middle of things, it goes on where it was.
        os.kill(agent.status()[1]["pid"], signal.SIGKILL)
        trade(person, login, action="close", position=held)
        wait_until(lambda: _totals_agree(person, login), PATIENCE_S, 0.3)
        assert_journal_equals_broker(person, login)

        person.post(f"/api/terminals/{made['terminal']['id']}/revoke")
        assert wait_until(lambda: agent.status()[1]["state"] == "refused", PATIENCE_S, 0.3)
        assert agent.process.wait(PATIENCE_S) == 0
    finally:
        agent.end()


def _totals_agree(person: Person, login: int) -> bool:
    try:
        assert_journal_equals_broker(person, login)
    except AssertionError:
        return False
    return True
