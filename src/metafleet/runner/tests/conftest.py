"""Fixtures of the runner's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.runner.tests.gateway import TOKEN, Gateway
from metafleet.runner.tests.rig import Broker, Runner
from metafleet.wire.client import WireClient


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    running = Gateway()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[WireClient]:
    speaking = WireClient(gateway.url, token=TOKEN)
    yield speaking
    speaking.close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that nobody kills, at a speed at which something happens."""
    running = Broker(tmp_path_factory.mktemp("broker"), "--source", "generator", "--speed", "60")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def runner(tmp_path: Path, gateway: Gateway) -> Iterator[Runner]:
    made = Runner(tmp_path / "runner", gateway)
    yield made
    made.kill()
