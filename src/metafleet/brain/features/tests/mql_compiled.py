"""Compiles generated MQL5 as C++, for what both languages share: g++ and a page of what MetaTrader has."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent

_PARAMETER: Final = re.compile(r"\b(const )?(\w+) &(\w+)\[\]")
_DECLARED: Final = re.compile(r"^(\s+)(\w+)(\s+)(\w+)\[\];", re.MULTILINE)


def as_cpp(text: str) -> str:
    """Return this MQL5 as C++: it writes its dynamic arrays in another way, and nothing else that we use."""
    text = _PARAMETER.sub(lambda found: f"{found[1] or ''}Array<{found[2]}> &{found[3]}", text)
    return _DECLARED.sub(r"\1Array<\2>\3\4;", text)


MAIN: Final = (_HERE / "mql_main.hpp").read_text()
"""Lets Python ask for features with all that they may need."""


def compiled(text: str, folder: Path, main: str) -> ctypes.CDLL:
    """Return a library of this MQL5 and of what asks it, in C++."""
    compiler = shutil.which("g++")
    assert compiler, "g++ is needed: infra/bootstrap/compiler installs it (Debian: apt-get install g++)"
    parts = ((_HERE / "mql_shim.hpp").read_text(), as_cpp(text), main)
    source, library = folder / "features.cpp", folder / "features.so"
    source.write_text("\n".join(parts))
    # MetaTrader's compiler joins no multiplication with an addition; on some processors g++ would.
    strictness = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter")
    options = ("-std=c++17", "-O2", "-ffp-contract=off", *strictness, "-shared", "-fPIC")
    done = subprocess.run(  # noqa: S603 - our own words and the compiler that was found
        [compiler, *options, "-o", str(library), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(library))
