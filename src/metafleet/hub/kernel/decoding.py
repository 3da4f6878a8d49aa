"""What msgspec says of a body that does not fit, in the words of our replies."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from metafleet.hub.kernel.errors import Fault

_WHERE: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")
_MISSING: Final = re.compile(r"^Object missing required field `([^`]+)`$")


def fault(error: msgspec.ValidationError) -> Fault:
    """Name the field: "… - at `$.accountInfo.equity`" is /accountInfo/equity."""
    message = str(error)
    found = _WHERE.match(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    pointer = "".join(f"/{name or index}" for name, index in _STEP.findall(path))
    if missing := _MISSING.match(what):
        return Fault(f"{pointer}/{missing[1]}", "This field is required.")
    if what.startswith("Invalid enum value"):
        what = "This is none of the allowed words"
    return Fault(pointer, f"{what}.")


def item_fault(error: Exception) -> str:
    """Return what is wrong with one item of a batch, its field first."""
    if isinstance(error, msgspec.ValidationError):
        found = fault(error)
        field = found.pointer.removeprefix("/")
        return f"{field}: {found.detail}" if field else found.detail
    return "The item is nested too deeply." if isinstance(error, RecursionError) else str(error)
