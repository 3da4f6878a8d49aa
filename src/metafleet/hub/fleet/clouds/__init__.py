"""Clouds: where hosts are made and removed. One module each, found by the group's provider."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from metafleet.hub.fleet.clouds.contract import Cloud

SIMULATED: Final = "simulated"
PROVIDERS: Final = (SIMULATED, "aws")


def cloud(provider: str, group: str, settings: dict[str, Any]) -> Cloud:
    """Return the cloud of a scaling group. Raises CloudError where its settings do not fit."""
    if provider not in PROVIDERS:
        raise LookupError(f"no cloud is called {provider!r}")
    found: Cloud = import_module(f"{__name__}.{provider}").create(group, settings)
    return found
