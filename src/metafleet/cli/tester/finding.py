"""Which EA was meant: one that ships, or a class of the user's own file."""

from __future__ import annotations

import difflib
import importlib.util
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Final

from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from metafleet.engine.experts.expert import Expert

_MODULE: Final = "tested_ea"


def find_expert(word: str) -> type[Expert]:
    """Return the EA's class. Raises Refused, with a suggestion where a name was misspelt.

    A file is the user's own program: it is run, with its folder first in the path, as Python would.
    """
    from metafleet.engine.experts.catalogue import EXPERTS

    path, _, name = word.partition(":")
    if path.endswith(".py") or os.sep in path:
        return _of_file(Path(path), name)
    if word in EXPERTS:
        return EXPERTS[word]
    near = difflib.get_close_matches(word, EXPERTS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(EXPERTS)}; or name a .py file."
    raise Refused(f"there is no EA {word!r}; {hint}")


def _of_file(file: Path, name: str) -> type[Expert]:
    from metafleet.engine.experts.expert import Expert

    if not file.is_file():
        raise Refused(f"there is no file {file}.")
    module = _loaded(file)
    found = {
        one.__name__: one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Expert) and one.__module__ == _MODULE
    }
    if name in found:
        return found[name]
    if name:
        near = difflib.get_close_matches(name, found, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(found) or 'none'}."
        raise Refused(f"{file} has no EA {name!r}; {hint}")
    if len(found) != 1:
        hint = f"say which, as {file}:{next(iter(found))}" if found else "expected a class of Expert"
        raise Refused(f"{file} has {len(found)} EAs; {hint}.")
    return next(iter(found.values()))


def _loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(_MODULE, file)
    if spec is None or spec.loader is None:
        raise Refused(f"{file} is no Python program.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module  # where Python looks up what annotations name
    sys.path.insert(0, str(file.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as fault:
        traceback.print_exception(fault.with_traceback(own_trace(fault)))
        raise Refused(f"{file} cannot be loaded: {type(fault).__name__}: {fault}.") from fault
    return module


def own_trace(fault: Exception) -> TracebackType | None:
    """Return the traceback from the user's file on: what called it helps nobody. None if it is not in it."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__") != _MODULE:
        trace = trace.tb_next
    return trace
