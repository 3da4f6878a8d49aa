"""From a program's file to something that runs: read, held to the subset, translated, compiled with g++."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from connectors.harness.grammar import items_of
from connectors.harness.lint import faults_of
from connectors.harness.mutants import Mutant, with_mutants
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
    options = (*WARNINGS, *(SANITIZERS if sanitize else ()))
    return _compiled(main.stem, check(main, includes), folder, options)


def compile_mutants(main: Path, folder: Path, headers: Collection[str]) -> tuple[Path, list[Mutant]]:
    """Return the program with all mutants of these files in it, without sanitizers. Raises NotCompiled."""
    check(main)
    program = read_program(main)
    program.tokens, found = with_mutants(program.tokens, headers)
    text = translated(program, list(items_of(program.tokens)))
    return _compiled(f"{main.stem}-mutants", text, folder, ("-w", "-DMQL_MUTANTS")), found


def _compiled(name: str, text: str, folder: Path, options: Sequence[str]) -> Path:
    compiler = shutil.which("g++")
    if compiler is None:
        raise NotCompiled("there is no g++ here: install it (Debian: apt-get install g++)")
    shim = "".join(path.read_text() for path in sorted(SHIM.glob("*.hpp")))
    # Two thirds of the time went into making quick what waits for its terminal anyway.
    options = ("-std=c++17", "-O0", "-g1", *options)
    key = hashlib.sha256("\0".join((text, shim, *options)).encode()).hexdigest()[:16]
    made = folder / f"{name}-{key}"
    if made.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}-{key}.{os.getpid()}.cpp"
    source.write_text(text)
    unfinished = source.with_suffix(".out")
    command = [compiler, "-isystem", str(SHIM), *options, str(source), "-o", str(unfinished)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotCompiled(done.stderr[:20_000])
    source.unlink()
    # Two workers may compile the same at once; each result is whole.
    unfinished.replace(made)
    return made
