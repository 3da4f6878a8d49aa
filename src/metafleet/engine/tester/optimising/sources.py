"""Which EA a job is about: one that ships, or a file, and the hash of its source."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.provenance import content_hash

_MODULE: Final = "metafleet_tested_ea"


class ExpertMissing(LookupError):
    """There is no such EA here; the text says what was looked for."""


class ExpertRef(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An EA. name: the slug of one that ships, or a file: my_ea.py, my_ea.py:Class.

    sha256: of its source file, not of what that imports; "" for any.
    """

    name: str
    sha256: str = ""


def ref_of(name: str) -> ExpertRef:
    """Return the reference to an EA as it is now. Raises ExpertMissing."""
    ref = ExpertRef(name=name)
    return ExpertRef(name=name, sha256=content_hash(expert_of(ref)))


def expert_of(ref: ExpertRef) -> type[Expert]:
    """Return the class of an EA. Raises ExpertMissing, also where its source is another one."""
    cls = _loaded(ref.name)
    if ref.sha256 and content_hash(cls) != ref.sha256:
        raise ExpertMissing(f"{ref.name} has changed since the job was made, or is another one here")
    return cls


@lru_cache(maxsize=8)
def _loaded(name: str) -> type[Expert]:
    if name in EXPERTS:
        return EXPERTS[name]
    file, _, wanted = name.partition(":")
    path = Path(file)
    if path.suffix != ".py" or not path.is_file():
        raise ExpertMissing(f"there is no EA {name}: neither a file, nor one of {', '.join(EXPERTS)}")
    module = _module_of(path)
    own = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Expert)]
    found = {one.__name__: one for one in own if one.__module__ == module.__name__}
    if wanted in found:
        return found[wanted]
    if wanted or len(found) != 1:
        raise ExpertMissing(f"{path} has {len(found)} EAs ({', '.join(found)}), expected {wanted or 'one'}")
    return next(iter(found.values()))


def _module_of(path: Path) -> ModuleType:
    """Run a file, its folder first in the path, as Python would."""
    name = f"{_MODULE}_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ExpertMissing(f"{path} is no Python program")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as fault:
        del sys.modules[name]
        raise ExpertMissing(f"{path} cannot be loaded: {type(fault).__name__}: {fault}") from fault
    return module
