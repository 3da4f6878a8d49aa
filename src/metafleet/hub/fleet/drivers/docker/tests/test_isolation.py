"""Uploaded code in containers, without an engine: what is refused before anything is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from metafleet.hub.fleet.drivers.contract import DriverError
from metafleet.hub.fleet.drivers.docker import image
from metafleet.hub.fleet.drivers.docker.driver import DockerDriver
from metafleet.hub.fleet.drivers.docker.network import UNFENCED, RunnerNetwork
from metafleet.hub.fleet.drivers.process.tests.test_driver import spec


def test_a_container_whose_network_is_not_fenced_takes_no_uploaded_ea(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = RunnerNetwork("runners", "172.31.240.0/20", "metafleet0", (8001, 8002))
    driver = DockerDriver("unix:///nowhere", "metafleet/runner", network)
    untouched: Any = object()
    driver.__dict__["_api"] = untouched
    monkeypatch.setattr(image, "find", lambda *_: untouched)
    monkeypatch.setattr(RunnerNetwork, "ensure", lambda *_: UNFENCED)
    with pytest.raises(DriverError, match="runs only isolated") as refusal:
        driver.start(replace(spec("http://172.31.240.1:8001"), is_shipped=False))
    assert refusal.value.permanent
