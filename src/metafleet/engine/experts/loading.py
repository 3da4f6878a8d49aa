"""Load an uploaded EA: its source becomes a module that sees only what a reviewed EA may name.

That is the same list as the static checks have (`review.allowed`), held once more; it makes mistakes
loud and is no fence. Load uploaded code only in a process that is one: `metafleet.runner.trial`, or a
runner that its driver has isolated.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import linecache
import sys
from collections.abc import Mapping, Sequence
from types import CodeType, ModuleType, TracebackType
from typing import Any, Final, cast

from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.review import allowed

FILE_NAME: Final = "<uploaded>"
_MODULE: Final = "uploaded_ea"


class NotLoadable(Exception):
    """The source makes no Expert; the text says where and why."""


def hash_of(source: bytes) -> str:
    """Return the content hash of an uploaded EA: of its file, byte by byte."""
    return f"sha256:{hashlib.sha256(source).hexdigest()}"


def preload() -> None:
    """Import all that an uploaded EA may: where it runs nothing can be read from disk any more."""
    for name in sorted(allowed.MODULES):
        importlib.import_module(name)


def load_expert(source: str) -> type[Expert]:
    """Return the one Expert of this source. Raises NotLoadable."""
    module = ModuleType(_MODULE)
    vars(module)["__builtins__"] = _BUILTINS
    sys.modules[_MODULE] = module  # where Python looks up what annotations name
    linecache.cache[FILE_NAME] = (len(source), None, source.splitlines(keepends=True), FILE_NAME)
    try:
        code: CodeType = compile(source, FILE_NAME, "exec", dont_inherit=True)
        exec(code, vars(module))  # noqa: S102 - what this module is for
        found = [one for one in vars(module).values() if isinstance(one, type) and _is_own(one)]
    except Exception as fault:
        raise NotLoadable(words_of(fault)) from fault
    if len(found) != 1:
        raise NotLoadable(f"expected one class of Expert, found {len(found)}")
    return cast("type[Expert]", found[0])


def words_of(fault: BaseException) -> str:
    """Return what went wrong and on which line of the uploaded source, in at most 400 characters."""
    try:
        said = str(fault)
    except Exception:  # noqa: BLE001 - the EA's own exception may do anything
        said = ""
    line = _line_of(fault.__traceback__)
    if isinstance(fault, SyntaxError):
        line, said = fault.lineno, fault.msg or ""
    where = "" if line is None else f" (line {line})"
    return f"{type(fault).__name__}: {said[:300]}{where}"[:400]


def _line_of(trace: TracebackType | None) -> int | None:
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _is_own(cls: type) -> bool:
    return issubclass(cls, Expert) and cls.__module__ == _MODULE


def _import(
    name: str,
    globals_: Mapping[str, object] | None = None,
    locals_: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    parts = [f"{name}.{part}" for part in fromlist or ()]
    if level or not (name in allowed.MODULES or (parts and set(parts) <= allowed.SDK)):
        raise ImportError(f"an EA may not import {name}")
    return builtins.__import__(name, globals_, locals_, fromlist or (), level)


_BUILTINS: Final[dict[str, Any]] = {
    name: value
    for name, value in vars(builtins).items()
    if name not in allowed.FORBIDDEN_NAMES and name not in {"__loader__", "__spec__"}
} | {"__import__": _import}
