"""A broker process for the tests: on a free port, talked to by its client, killed and started again."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import SERVER_NAME, AccountInfo, Event

ADMIN_KEY = "test-admin-key"
PASSWORD = "correct horse"
READY_S = 20.0


class BrokerProcess:
    """A broker on a data folder. A context manager that kills what still runs."""

    def __init__(self, folder: Path, *options: str, admin_key: str | None = ADMIN_KEY) -> None:
        self._folder = folder
        self._options = options
        self._admin_key = admin_key
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, port: int = 0) -> str:
        """Start the process and return the line that says it is ready."""
        self.process = launched(self._folder, *self._options, port=port, admin_key=self._admin_key)
        line = first_line(self.process)
        found = re.search(r"ready on [\w.]+:(\d+),", line)
        assert found, f"the broker did not start: {line!r} {self.process.communicate()[1]}"
        self.port = int(found[1])
        return line

    def kill(self) -> None:
        """End the process as kill -9 does, and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def terminate(self) -> int:
        """Ask the process to stop and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        self.process.communicate(timeout=READY_S)
        code = self.process.returncode
        self.process = None
        return code

    def client(self) -> BrokerClient:
        return BrokerClient("127.0.0.1", self.port, timeout_s=READY_S)

    def new_account(self, deposit: str = "10000", margin_mode: str = "hedging") -> AccountInfo:
        with self.client() as client:
            return client.open_account(
                ADMIN_KEY,
                name="Alice",
                password=PASSWORD,
                deposit=Decimal(deposit),
                margin_mode=margin_mode,
            )

    def signed_in(self, login: int) -> BrokerClient:
        client = self.client()
        client.login(login, PASSWORD, SERVER_NAME)
        return client


def launched(
    folder: Path, *options: str, port: int = 0, admin_key: str | None = ADMIN_KEY
) -> subprocess.Popen[str]:
    """Start `python -m metafleet.engine.broker`."""
    environment = {name: value for name, value in os.environ.items() if "BROKER_ADMIN_KEY" not in name}
    if admin_key is not None:
        environment["METAFLEET_BROKER_ADMIN_KEY"] = admin_key
    command = [sys.executable, "-m", "metafleet.engine.broker", "--data", str(folder), "--port", str(port)]
    return subprocess.Popen(  # noqa: S603 -- our own program
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line that a process prints, or "" when it ends or keeps silent."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(READY_S) else ""


def events_until(client: BrokerClient, count: int, kind: type[Event]) -> list[Event]:
    """Poll until so many events of a kind came; fails after a deadline."""
    deadline = time.monotonic() + READY_S
    events: list[Event] = []
    while sum(isinstance(event, kind) for event in events) < count:
        assert time.monotonic() < deadline, f"only {events} came"
        events += client.poll(1.0)
    return events
