"""Rules: one module for each kind, found by its slug."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from metafleet.hub.monitor.rules.contract import Kind


def _found() -> dict[str, type[Kind]]:
    kinds = {}
    for module in iter_modules(__path__):
        members = vars(import_module(f"{__name__}.{module.name}")).values()
        for member in members:
            if isinstance(member, type) and issubclass(member, Kind) and member is not Kind:
                kinds[member.slug] = member
    return dict(sorted(kinds.items()))


KINDS: Final = _found()
"""Every kind, by slug."""
