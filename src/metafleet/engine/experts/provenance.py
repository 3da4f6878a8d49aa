"""Which code an EA is: the hash that a deployment's receipt names."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

from metafleet.engine.experts.expert import Expert


class SourceMissing(LookupError):
    """The EA's module has no source file to take the hash of."""


def content_hash(cls: type[Expert]) -> str:
    """Return "sha256:" and the hex digest of the source file of the EA's module.

    Read once: a class that is loaded stays what it was when its file changes.
    Raises SourceMissing for a class that was not loaded from a file.
    """
    path: str | None = getattr(sys.modules.get(cls.__module__), "__file__", None)
    digest = None if path is None else _digest_of(path)
    if digest is None:
        raise SourceMissing(f"{cls.__name__} of module {cls.__module__} has no source file")
    return f"sha256:{digest}"


@cache
def _digest_of(path: str) -> str | None:
    """None where there is no such file. A runner may lose the right to look there after the first time."""
    source = Path(path)
    return hashlib.sha256(source.read_bytes()).hexdigest() if source.is_file() else None
