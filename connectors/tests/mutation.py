"""Do the rules of the files (stores.py) notice each mutant of their headers? All of them:

.venv/bin/python -m connectors.tests.mutation
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from connectors.harness.compiler import compile_mutants
from connectors.harness.mutants import Mutant
from connectors.harness.running import Criticised
from connectors.tests.probing import Probe
from connectors.tests.stores import RULES

HEADERS_FOLDER: Final = Path(__file__).parents[1] / "include" / "metafleet"
PROBE: Final = Path(__file__).parent / "programs" / "Probe.mq5"
HEADERS: Final = ("Outbox.mqh", "CommandJournal.mqh", "Slots.mqh")

_SET_BY_OPEN: Final = "Open sets it before anything reads it"
_ROOT: Final = "node 0 is the document's root, and no member of anything"
EQUIVALENT: Final = {
    ('Slots.mqh: m_name = "";', "left out"): _SET_BY_OPEN,
    ("Slots.mqh: m_number = 0;", "left out"): _SET_BY_OPEN,
    ("Slots.mqh: m_is_failing = false;", "left out"): _SET_BY_OPEN,
    ("Slots.mqh: m_is_failing = false;", "true"): _SET_BY_OPEN,
    ("Outbox.mqh: m_is_dirty = false;", "true"): _SET_BY_OPEN,
    ("Outbox.mqh: m_is_dirty = false;", "left out"): _SET_BY_OPEN,
    ('Slots.mqh: text = "";', "left out"): "whoever calls gives a text that is new, and so empty",
    ("Slots.mqh: FileFlush(handle);", "left out"): "closing a file writes what was left",
}
"""What nothing can tell from the program, each with its reason: by the source's line and what changed."""

EQUAL_IN: Final = {
    ("return;", "left out"): "a document that is none has no members to go through",
    ("for(int node = reader.First(reader.Root()); node >= 0; node = reader.Next(node))", ">"): _ROOT,
    ("m_number = number_of_even > number_of_odd ? number_of_even : number_of_odd;", ">="): (
        "both are equal only where there is no file"
    ),
    (
        "return number_of_even > number_of_odd ? even : odd;",
        ">=",
    ): "both are equal only where there is no file",
}


def compiled_mutants(folder: Path) -> tuple[Path, list[Mutant]]:
    """Return the probe with all mutants in it, and those that are none by another name."""
    return compile_mutants(PROBE, folder, HEADERS)


def reason_of(mutant: Mutant) -> str:
    """Return why nothing can tell a mutant from the program; "" for one that a rule must notice."""
    line = (HEADERS_FOLDER / mutant.file).read_text().split("\n")[mutant.line - 1].strip()
    becomes = mutant.becomes or "left out"
    return EQUIVALENT.get((f"{mutant.file}: {line}", becomes)) or EQUAL_IN.get((line, becomes), "")


def unchanged() -> Mutant:
    """Return the program itself: what notices it is no judge of mutants."""
    return Mutant(0, "", 0, "", "")


def is_caught(binary: Path, mutant: Mutant) -> str:
    """Return which rule notices it and how; "" where none does."""
    for rule in RULES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                rule(Probe(binary, Path(folder), mutant=mutant.number))
            except (AssertionError, Criticised, OSError, ValueError, IndexError) as caught:
                return f"{rule.__name__}: {str(caught)[:80]}"
    return ""


def main() -> int:
    binary, mutants = compiled_mutants(Path(tempfile.gettempdir()) / "metafleet-mutants")
    if how := is_caught(binary, unchanged()):
        sys.stdout.write(f"The program itself does not keep to the rules: {how}\n")
        return 1
    left = 0
    for mutant in mutants:
        reason = reason_of(mutant)
        how = f"equivalent, {reason}" if reason else is_caught(binary, mutant)
        sys.stdout.write(f"{mutant}: {how or 'SURVIVES'}\n")
        left += not how
    sys.stdout.write(f"{len(mutants)} mutants, {left} survive\n")
    return min(left, 1)


if __name__ == "__main__":
    sys.exit(main())
