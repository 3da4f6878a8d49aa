"""From a program's file to something that runs: read, held to the subset, translated, compiled with g++."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from connectors.harness.grammar import items_of
from connectors.harness.lint import faults_of
from connectors.harness.source import INCLUDES, read_program
from connectors.harness.tokens import Unreadable
from connectors.harness.translate import translated

SHIM: Final = Path(__file__).parent / "shim"
WARNINGS: Final = (
    *("-Wall", "-Wextra", "-Werror", "-Wfloat-conversion", "-Wshadow", "-Wimplicit-fallthrough"),
    # MQL compares and mixes what is signed and what is not without a word, and so does MetaEditor.
    *("-Wno-sign-compare", "-Wno-unused-parameter", "-Wno-unused-function", "-Wno-unused-const-variable"),
)
SANITIZERS: Final = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


class NotCompiled(Exception):
    """The program is no MQL of the subset, or g++ refuses it; the text is what was said."""


def check(main: Path, includes: Sequence[Path] = (INCLUDES,)) -> str:
    """Return the program as C++. Raises NotCompiled with every fault."""
    try:
        program = read_program(main, includes)
        items = list(items_of(program.tokens))
        faults = faults_of(program, items)
        if faults:
            raise NotCompiled("\n".join(map(str, faults)))
        return translated(program, items)
    except Unreadable as wrong:
        raise NotCompiled(str(wrong)) from wrong


def compile_program(
    main: Path, folder: Path, *, includes: Sequence[Path] = (INCLUDES,), sanitize: bool = True
) -> Path:
    """Return the compiled program, from the folder if the same was compiled there. Raises NotCompiled."""
    compiler = shutil.which("g++")
    if compiler is None:
        raise NotCompiled("there is no g++ here: install it (Debian: apt-get install g++)")
    text = check(main, includes)
    shim = "".join(path.read_text() for path in sorted(SHIM.glob("*.hpp")))
    options = [*WARNINGS, *(SANITIZERS if sanitize else ())]
    key = hashlib.sha256("\0".join((text, shim, *options)).encode()).hexdigest()[:16]
    made = folder / f"{main.stem}-{key}"
    if made.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{main.stem}-{key}.{os.getpid()}.cpp"
    source.write_text(text)
    unfinished = source.with_suffix(".out")
    command = [compiler, "-std=c++17", "-O1", "-g1", "-isystem", str(SHIM), *options, str(source)]
    done = subprocess.run([*command, "-o", str(unfinished)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotCompiled(done.stderr[:20_000])
    source.unlink()
    # Two workers may compile the same at once; each result is whole.
    unfinished.replace(made)
    return made
