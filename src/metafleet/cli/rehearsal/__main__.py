"""The process in which a user's program runs: `python -m metafleet.cli.rehearsal WORK`, WORK as JSON."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import msgspec

from metafleet.cli.rehearsal.printing import as_json, as_page, as_text
from metafleet.engine.rehearsal.program import leave
from metafleet.engine.rehearsal.request import Rehearsal, RehearsalRefused
from metafleet.engine.rehearsal.stage import Stage, open_stage


def main() -> None:
    """Run the program, report on its account and end as it ended."""
    work = msgspec.json.decode(sys.argv[1], type=Rehearsal)
    try:
        stage = open_stage(work)
    except RehearsalRefused as refusal:
        print(f"metafleet: {refusal}", file=sys.stderr)
        sys.exit(1)
    leave(stage.perform(lambda: write_report(stage)))


def write_report(stage: Stage) -> None:
    """Print the account's report and write the files that were asked for."""
    work = stage.work
    report = stage.report()
    for name, content in ((work.json, as_json), (work.report, as_page)):
        if name is None:
            continue
        made = content(report)
        try:
            Path(name).write_bytes(made if isinstance(made, bytes) else made.encode())
        except OSError as error:
            print(f"metafleet: cannot write {name}: {error.strerror}.", file=sys.stderr)
    with contextlib.suppress(BrokenPipeError):  # who read the program's output has seen enough
        print(as_text(report), flush=True)


if __name__ == "__main__":
    main()
