"""Do the rules of files and commands (stores.py, obeying.py) notice each mutant of their headers? All:

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
from connectors.tests import obeying, stores
from connectors.tests.probing import Probe

HEADERS_FOLDER: Final = Path(__file__).parents[1] / "include" / "metafleet"
PROBE: Final = Path(__file__).parent / "programs" / "Probe.mq5"
COMMANDS: Final = "Commands.mqh"
HEADERS: Final = ("Outbox.mqh", "CommandJournal.mqh", "Slots.mqh", COMMANDS)

_WRONG: Final = (AssertionError, Criticised, OSError, ValueError, IndexError, TypeError, KeyError)
"""How a rule fails: by what it finds, or by finding nothing that it could look into."""

_SET_BY_OPEN: Final = "Open sets it before anything reads it"
_FULL: Final = "an outbox that is full takes no answer either"
_FOUND: Final = "it is not 0 here"
_ROOT: Final = "node 0 is the document's root, and no member of anything"
EQUIVALENT: Final = {
    ('Slots.mqh: m_name = "";', "left out"): _SET_BY_OPEN,
    ("Slots.mqh: m_number = 0;", "left out"): _SET_BY_OPEN,
    ("Slots.mqh: m_is_failing = false;", "left out"): _SET_BY_OPEN,
    ("Slots.mqh: m_is_failing = false;", "true"): _SET_BY_OPEN,
    ("Outbox.mqh: m_is_dirty = false;", "true"): _SET_BY_OPEN,
    ("Outbox.mqh: m_is_dirty = false;", "left out"): _SET_BY_OPEN,
    ('Slots.mqh: text = "";', "left out"): "whoever calls gives a text that is new, and so empty",
    ("Commands.mqh: m_may_trade = false;", "left out"): _SET_BY_OPEN,
    ("Commands.mqh: m_may_trade = false;", "true"): _SET_BY_OPEN,
    ("Commands.mqh: m_began = 0;", "left out"): _SET_BY_OPEN,
    ("Commands.mqh: bool is_buy = false;", "true"): "which side it is is asked for and not looked at",
    ("Commands.mqh: return found > 0;", ">="): _FOUND,
    ('Commands.mqh: outcome.error = "The outbox is full.";', "left out"): _FULL,
    ("Slots.mqh: FileFlush(handle);", "left out"): "closing a file writes what was left",
}
"""What nothing can tell from the program, each with its reason: by the source's line and what changed."""

EQUAL_IN: Final = {
    (
        "for(int command = reader.First(commands); command >= 0; command = reader.Next(command))",
        ">",
    ): _ROOT,
    (
        'ModifyPosition((ulong)reader.Whole(payload, "ticket"), reader.Find(payload, "stopLoss") >= 0,',
        ">",
    ): _ROOT,
    ('reader.Number(payload, "stopLoss"), reader.Find(payload, "takeProfit") >= 0,', ">"): _ROOT,
    (
        "while(length > 0 && StringGetCharacter(text, length - 1) == ' ')",
        ">=",
    ): "a comment begins with its mark, and so is never all blank",
    (
        'ulong closes = type == "CLOSE" ? (ulong)reader.Whole(payload, "ticket") : 0;',
        "!=",
    ): "MetaTrader 5 finds a closing by its mark; test_kills has it on MetaTrader 4",
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


def unchanged(file: str = "") -> Mutant:
    """Return the program itself: what notices it is no judge of that file's mutants."""
    return Mutant(0, file, 0, "", "")


def is_caught(binary: Path, mutant: Mutant) -> str:
    """Return which rule notices it and how; "" where none does."""
    of_commands = mutant.file == COMMANDS
    for rule in obeying.RULES if of_commands else stores.RULES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                rule(Probe(binary, Path(folder), mutant=mutant.number))
            except (
                AssertionError,
                Criticised,
                OSError,
                ValueError,
                IndexError,
                TypeError,
                KeyError,
            ) as caught:
                return f"{rule.__name__}: {str(caught)[:80]}"
    return ""


def main() -> int:
    binary, mutants = compiled_mutants(Path(tempfile.gettempdir()) / "metafleet-mutants")
    if how := is_caught(binary, unchanged()) or is_caught(binary, unchanged(COMMANDS)):
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
