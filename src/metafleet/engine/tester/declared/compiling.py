"""Where the kernel's machine code comes from: numba, an extra of its own, loaded by testers only.

`metafleet[fast]` has it. It takes 130 MB and a second, so nothing but a test of an EA that declares loads it.
See docs/decisions/061-compiled-kernel.md.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from metafleet.engine.tester.declared.reel import Unfit

KERNEL_CACHE: Final = Path.home() / ".cache" / "metafleet" / "kernel"
"""Where machine code is kept between runs, unless somebody says otherwise."""

MISSING: Final = "numba is not installed, so that it ran by the ordinary loop: pip install 'metafleet[fast]'"

_KERNEL: Final = "metafleet.engine.tester.declared.kernel"


@cache
def is_there() -> bool:
    """Say whether EAs that declare can be compiled for; nothing is loaded to find out."""
    return importlib.util.find_spec("numba") is not None


@cache
def kernel(folder: Path = KERNEL_CACHE) -> Any:
    """Return the kernel. The first time on a machine it compiles, for some seconds. Raises Unfit."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR", folder)) / _edition()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unfit(f"machine code cannot be kept in {folder} ({fault.strerror})") from fault
    config: Any = importlib.import_module("numba").config
    config.CACHE_DIR = str(folder)
    try:
        return importlib.import_module(_KERNEL)
    except Exception as fault:  # whatever a compiler says on a machine that it does not know
        raise Unfit(f"the compiler does not work here ({type(fault).__name__}: {fault})") from fault


def _edition() -> str:
    """Return a name for the kernel's sources as they are.

    Numba takes what it has kept of a module for as long as that file is the same, also where another one,
    whose functions are compiled into it, is not.
    """
    sources = sorted(Path(__file__).with_name("kernel").glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
