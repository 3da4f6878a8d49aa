"""Fixtures of the agent's tests: the runner's gateway and broker, and a made-up MetaTrader5 package."""

from __future__ import annotations

import sys

import pytest

from metafleet.runner.agent.tests.mt5_package import Mt5Package
from metafleet.runner.tests.conftest import broker, gateway

__all__ = ["broker", "gateway"]


@pytest.fixture
def mt5(monkeypatch: pytest.MonkeyPatch) -> Mt5Package:
    """Installed in the real package's place: its program is this interpreter, which runs."""
    package = Mt5Package(sys.executable)
    monkeypatch.setitem(sys.modules, "MetaTrader5", package)
    return package
