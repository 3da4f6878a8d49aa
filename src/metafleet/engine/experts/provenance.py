"""Which code an EA is: the hash that a deployment's receipt names."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from metafleet.engine.experts.expert import Expert


class SourceMissing(LookupError):
    """The EA's module has no source file to take the hash of."""


def content_hash(cls: type[Expert]) -> str:
    """Return "sha256:" and the hex digest of the source file of the EA's module.

    Raises SourceMissing for a class that was not loaded from a file.
    """
    path = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if path is None or not Path(path).is_file():
        raise SourceMissing(f"{cls.__name__} of module {cls.__module__} has no source file")
    return f"sha256:{hashlib.sha256(Path(path).read_bytes()).hexdigest()}"
