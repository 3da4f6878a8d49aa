"""The process driver keeps the drivers' contract."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from metafleet.hub.fleet.drivers.process.driver import ProcessDriver
from metafleet.hub.fleet.drivers.tests.contract import DriverContract, silent_gateway


class ProcessRig:
    def __init__(self, home: Path, gateway_url: str) -> None:
        self.gateway_url = gateway_url
        self._home = home
        self._drivers: list[ProcessDriver] = []

    def driver(self) -> ProcessDriver:
        self._drivers.append(ProcessDriver(self._home))
        return self._drivers[-1]

    def kill(self, instance_id: UUID, handle: dict[str, Any]) -> None:
        os.kill(handle["pid"], signal.SIGKILL)

    def count(self, instance_id: UUID) -> int:
        return len(self._living(str(instance_id)))

    def shown(self, instance_id: UUID, handle: dict[str, Any]) -> str:
        process = psutil.Process(handle["pid"])
        shown = " ".join(process.cmdline()) + str(process.environ())
        for file in self._home.rglob("*"):
            shown += str(file) + (file.read_text(errors="replace") if file.is_file() else "")
        return shown

    def close(self) -> None:
        for process in self._living(str(self._home)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for driver in self._drivers:
            driver.close()

    def _living(self, folder: str) -> list[psutil.Process]:
        """The processes that work in this folder."""
        return [process for process in psutil.process_iter() if folder in _workplace(process)]


def _workplace(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.cwd()
    except psutil.Error:
        return ""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ProcessRig]:
    with silent_gateway("127.0.0.1") as port:
        rig = ProcessRig(tmp_path / "runners", f"http://127.0.0.1:{port}")
        yield rig
        rig.close()


class TestContract(DriverContract):
    every = 3
