"""Drivers: where EA runners live. One folder each, found by its name in the settings."""

from __future__ import annotations

from importlib import import_module

from metafleet.hub.fleet.drivers.contract import Driver


def driver(name: str) -> Driver:
    """Return the driver of this name. Raises ModuleNotFoundError for one that is not installed."""
    found: Driver = import_module(f"{__name__}.{name}.driver").create()
    return found
