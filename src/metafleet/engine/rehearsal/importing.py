"""`import MetaTrader5` of a program that runs here: the paper terminal, in place of anything of that name."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
import types
from collections.abc import Iterable
from importlib.metadata import Distribution, DistributionFinder
from typing import Any, Final

from metafleet.engine import mt5

NAME: Final = "MetaTrader5"


def offer() -> types.ModuleType:
    """Let this process find the paper terminal under the package's name, its version included."""
    sys.meta_path.insert(0, _Finder())
    # Whatever of that name was imported before is not the program's.
    sys.modules.pop(NAME, None)
    return importlib.import_module(NAME)


def _is_packages(name: str, value: Any) -> bool:
    """Say whether a name is the package's: a constant, a struct, a function, its version or author."""
    if name in ("__version__", "__author__"):
        return True
    if isinstance(value, type):
        return value.__module__ == mt5.structs.__name__ or hasattr(value, "n_fields")
    return name.isupper() if isinstance(value, int) else getattr(value, "__self__", None) is mt5.DEFAULT


class _Metadata(Distribution):
    """What `importlib.metadata` tells of the package."""

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {mt5.__version__}\n"

    def locate_file(self, path: str | os.PathLike[str]) -> Any:
        raise FileNotFoundError(path)


class _Loader(importlib.abc.Loader):
    """Fills the module, also when it is reloaded: the terminal, and whom it is connected to, stay."""

    def exec_module(self, module: types.ModuleType) -> None:
        names = {name: value for name, value in vars(mt5).items() if _is_packages(name, value)}
        module.__dict__.update(names, __doc__=mt5.__doc__, __file__=mt5.__file__)


class _Finder(DistributionFinder):
    """Finds the module and its metadata; others are found elsewhere."""

    def find_spec(self, name: str, *_: Any, **__: Any) -> importlib.machinery.ModuleSpec | None:
        if name != NAME:
            return None
        return importlib.machinery.ModuleSpec(NAME, _Loader(), origin=mt5.__file__)

    def find_distributions(self, context: Any = None) -> Iterable[Distribution]:
        name = getattr(context, "name", None)
        return [_Metadata()] if name is None or name.lower() == NAME.lower() else []
