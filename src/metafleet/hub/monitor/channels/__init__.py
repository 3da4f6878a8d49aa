"""Kinds of channels, a folder each: a folder with a KIND is found by itself."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from metafleet.hub.monitor.channels.contract import Kind


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its name."""
    folders = [one.name for one in pkgutil.iter_modules(__path__) if one.ispkg and one.name != "tests"]
    found: list[Any] = [importlib.import_module(f"{__name__}.{name}").KIND for name in folders]
    return {kind.name: kind for kind in found}
