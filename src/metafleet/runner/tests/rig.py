"""Real processes for the runner's tests: the paper broker and the runner itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import SERVER_NAME, AccountInfo, Deal, OrderRequest
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.runner.tests.gateway import ASSIGNMENT_TOKEN, TERMINAL_ID, TOKEN, Gateway
from metafleet.wire import messages

ADMIN_KEY = "admin-key-of-the-tests"
PASSWORD = "correct-horse"
MAGIC = 4242


class Broker:
    """`python -m metafleet.engine.broker`; killed and started again on the same port and data."""

    def __init__(self, data: Path, *options: str, past_minutes: int = 300, code: str | None = None) -> None:
        """code: runs in place of the module, to make it an older one."""
        self._program = ["-m", "metafleet.engine.broker"] if code is None else ["-c", code]
        self._data = data
        self._options = (*options, "--past-minutes", str(past_minutes))
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        where = ["--port", str(self.port), "--data", str(self._data)]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, *self._program, *where, *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "METAFLEET_BROKER_ADMIN_KEY": ADMIN_KEY},
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        assert "ready on" in ready, ready
        self.port = int(ready.split("ready on ")[1].split(",")[0].rpartition(":")[2])

    def kill(self) -> None:
        """kill -9."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def open_account(self) -> AccountInfo:
        with BrokerClient("127.0.0.1", self.port) as client:
            return client.open_account(ADMIN_KEY, name="Alice", password=PASSWORD, deposit=Decimal(10_000))

    def signed_in(self, login: int) -> BrokerClient:
        client = BrokerClient("127.0.0.1", self.port)
        client.login(login, PASSWORD, SERVER_NAME)
        return client

    def deals(self, login: int) -> list[Deal]:
        with self.signed_in(login) as client:
            found: list[Deal] = []
            while page := client.deals(found[-1].ticket if found else 0, 1000):
                found += page
            return found

    def order(self, login: int, **fields: Any) -> int:
        with self.signed_in(login) as client:
            result = client.order_send(OrderRequest(**fields))
            assert result.retcode == 10009, result
            return result.order


class Runner:
    """`python -m metafleet.runner`, with its state folder and its log."""

    def __init__(self, folder: Path, gateway: Gateway) -> None:
        self.folder = folder
        self._gateway = gateway
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, token: str = ASSIGNMENT_TOKEN, code: str | None = None) -> None:
        """Start it; `code` runs in place of the module, to break something first."""
        program = ["-m", "metafleet.runner"] if code is None else ["-c", code]
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, *program, "--state-dir", str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        line = msgspec.json.encode({"gatewayUrl": self._gateway.url, "assignmentToken": token})
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def exit_code(self, within_s: float = 15.0) -> int:
        return self.process.wait(within_s)

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()


def assignment(broker: Broker, login: int, /, **changes: Any) -> messages.Assignment:
    """A grid on GBPUSD that opens nothing by itself, unless the test says otherwise."""
    cls = EXPERTS["grid"]
    work = messages.Assignment(
        instance_id="5c3f0a7e-58d3-4a40-8f59-0f4e7c1d2a11",
        run_id="0b6f2d61-7f43-4a0c-9a1e-9f1b1f6a7c22",
        generation=3,
        intent="run",
        terminal_id=TERMINAL_ID,
        terminal_token=TOKEN,
        expert="grid",
        version=cls.version,
        hash=content_hash(cls),
        symbol="GBPUSD",
        magic=MAGIC,
        inputs={"step_points": 50_000},
        platform="paper",
        broker=messages.BrokerLogin(
            host="127.0.0.1", port=broker.port, login=login, password=PASSWORD, server=SERVER_NAME
        ),
        heartbeat_interval_s=0.5,
    )
    return msgspec.structs.replace(work, **changes)


def eager(broker: Broker, login: int) -> messages.Assignment:
    """A trend follower that turns its position every few market minutes."""
    cls = EXPERTS["trend-following"]
    inputs = {"bar_minutes": 1, "fast_period": 2, "slow_period": 3, "atr_period": 2}
    return assignment(
        broker, login, expert=cls.slug, version=cls.version, hash=content_hash(cls), inputs=inputs
    )
